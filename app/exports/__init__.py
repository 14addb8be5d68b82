"""Lists that leave the house: asked for with a reason, made in the background, gone in an hour."""
