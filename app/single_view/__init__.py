"""One person, one view: what every feature knows of her, put together once for all who show it."""
