"""Orders as they happen: recorded once, brought back, cancelled, corrected."""

from app.orders.service.correcting import TooMuchIsBack, correct, disown
from app.orders.service.days import (
    MOST_ORDERS,
    Day,
    Difference,
    Sums,
    TwiceTold,
    compare,
    days,
    tell_day,
)
from app.orders.service.locks import receipt
from app.orders.service.recording import OtherOrder, Recorded, record
from app.orders.service.returning import (
    NoOrder,
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
    "LONGEST_NO", "MOST_ORDERS", "TILL", "BroughtBack", "Day", "Difference", "NoOrder",
    "OtherOrder", "OtherReturn", "Payment", "Recorded", "Returned", "ReturnsTooMuch", "Sums",
    "Taken", "Told", "ToldLine", "ToldReturn", "TooMuchIsBack", "TwiceTold", "Unbalanced",
    "bring_back", "compare", "correct", "days", "disown", "receipt", "record", "tell_day",
]  # fmt: skip
