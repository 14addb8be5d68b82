"""What a batch's coupons give and on which conditions: one value, frozen, the same everywhere.

`terms` are its parts, `form` its JSON, `words` its sentence.
"""

from app.coupons.rule.form import RuleSchema, read, stored, write
from app.coupons.rule.terms import (
    AfterClaim,
    Amount,
    BetweenDays,
    Exchange,
    Free,
    Gift,
    Gives,
    Goods,
    Hours,
    Kind,
    Pack,
    Part,
    Percent,
    Rule,
    Sample,
    Selector,
    Shipping,
    Stacking,
    kind_of,
)
from app.coupons.rule.words import Names, describe

__all__ = [
    "AfterClaim",
    "Amount",
    "BetweenDays",
    "Exchange",
    "Free",
    "Gift",
    "Gives",
    "Goods",
    "Hours",
    "Kind",
    "Names",
    "Pack",
    "Part",
    "Percent",
    "Rule",
    "RuleSchema",
    "Sample",
    "Selector",
    "Shipping",
    "Stacking",
    "describe",
    "kind_of",
    "read",
    "stored",
    "write",
]
