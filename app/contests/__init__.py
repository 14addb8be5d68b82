"""PK contests of guides: normalised by chances, live until they are closed, frozen then."""
