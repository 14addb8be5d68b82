"""Orders as they happen: recorded once, brought back, cancelled, corrected."""

from app.orders.service.correcting import NoOrder, TooMuchIsBack, correct
from app.orders.service.recording import OtherOrder, Recorded, record
from app.orders.service.returning import (
    OtherReturn,
    Returned,
    ReturnsTooMuch,
    Taken,
    bring_back,
)
from app.orders.service.told import (
    LONGEST_NO,
    TILL,
    BroughtBack,
    Payment,
    Told,
    ToldLine,
    ToldReturn,
    Unbalanced,
)

__all__ = [
    "LONGEST_NO", "TILL", "BroughtBack", "NoOrder", "OtherOrder", "OtherReturn", "Payment",
    "Recorded", "Returned", "ReturnsTooMuch", "Taken", "Told", "ToldLine", "ToldReturn",
    "TooMuchIsBack", "Unbalanced", "bring_back", "correct", "record",
]  # fmt: skip
