"""Two members who are one person: made one by a person's decision, and two again by another."""

from app.journeys.merging.acts import (
    AlreadyMerged,
    Busy,
    CannotUndo,
    Kept,
    LaterMerge,
    NobodyToMerge,
    NotMerged,
    merge,
    undo,
)
from app.journeys.merging.preview import Preview, Sheet, preview

__all__ = [
    "AlreadyMerged",
    "Busy",
    "CannotUndo",
    "Kept",
    "LaterMerge",
    "NobodyToMerge",
    "NotMerged",
    "Preview",
    "Sheet",
    "merge",
    "preview",
    "undo",
]
