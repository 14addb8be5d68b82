"""Whose customer she is and was; what a rule says of it."""

from app.owners.queries.held import (
    MOST_SHOWN,
    history,
    is_looked_after_in,
    loads,
    open_rows,
    owners_at,
)

__all__ = ["MOST_SHOWN", "history", "is_looked_after_in", "loads", "open_rows", "owners_at"]
