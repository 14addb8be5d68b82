"""Tasks of guides: taken, touched, put off, handed over; written to her; ended by themselves."""

from app.tasks.queries import NoTask
from app.tasks.service.acts import (
    BadDay,
    HasChanged,
    IsOver,
    NoKey,
    NotAColleague,
    NotYourCall,
    SomeoneHasIt,
    Tap,
    TooLateToUndo,
    end_all_of,
    hand_over,
    note,
    snooze,
    take,
    undo,
)
from app.tasks.service.ending import bought, close_over, on_handed_over, on_paid
from app.tasks.service.leads import Lead, Refusal
from app.tasks.service.sending import BadBatch, Errand, start, stop

__all__ = [
    "BadBatch", "BadDay", "Errand", "HasChanged", "IsOver", "Lead", "NoKey", "NoTask",
    "NotAColleague", "NotYourCall", "Refusal", "SomeoneHasIt", "Tap", "TooLateToUndo", "bought",
    "close_over", "end_all_of", "hand_over", "note", "on_handed_over", "on_paid", "snooze", "start",
    "stop", "take", "undo",
]  # fmt: skip
