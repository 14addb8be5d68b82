"""Her rights over her data: a copy of it, and being forgotten."""
