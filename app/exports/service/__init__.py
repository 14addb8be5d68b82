"""Taking a list away: counted, asked for with a reason, made, handed out once more checked."""

from app.exports.service.asking import (
    MOST_A_DAY,
    MOST_ROWS,
    NoRight,
    TooManyExports,
    TooManyRows,
    Wish,
    ask,
    count,
    may_export,
    mine,
)
from app.exports.service.freezing import freeze
from app.exports.service.making import KEPT_FOR, expire, is_any_due, work
from app.exports.service.taking import File, NoExport, take

__all__ = [
    "KEPT_FOR", "MOST_A_DAY", "MOST_ROWS", "File", "NoExport", "NoRight", "TooManyExports",
    "TooManyRows", "Wish", "ask", "count", "expire", "freeze", "is_any_due", "may_export", "mine",
    "take", "work",
]  # fmt: skip
