"""Money is integer fen; this shows it."""

import re

MINUS = "\N{MINUS SIGN}"
AMOUNT = re.compile(r"(\d{1,8})(?:\.(\d{1,2}))?", re.ASCII)


def yuan(fen: int) -> str:
    """`¥1,204.50`, with a true minus for discounts."""
    sign = MINUS if fen < 0 else ""
    return f"{sign}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def whole_yuan(fen: int) -> str:
    """`¥30` where there are no fen to show, as on a coupon; else two decimals."""
    return yuan(fen) if fen % 100 else yuan(fen)[:-3]


def fen(written: str) -> int | None:
    """The fen of an amount as people write it: `418`, `418.00`, `¥1,204.5`; None for no amount."""
    found = AMOUNT.fullmatch(written.replace(",", "").replace(" ", "").removeprefix("¥"))
    return None if found is None else int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
