"""Money is integer fen; this shows it."""

MINUS = "\N{MINUS SIGN}"


def yuan(fen: int) -> str:
    """`¥1,204.50`, with a true minus for discounts."""
    sign = MINUS if fen < 0 else ""
    return f"{sign}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def whole_yuan(fen: int) -> str:
    """`¥30` where there are no fen to show, as on a coupon; else two decimals."""
    return yuan(fen) if fen % 100 else yuan(fen)[:-3]
