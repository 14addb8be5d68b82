"""A share as people read it: never a percentage of a handful."""

from __future__ import annotations

FEW, NOT_KNOWN = 30, "—"


def share(part: int, whole: int) -> str:
    """One decimal with its base; under 30 cases the counts themselves."""
    if whole == 0:
        return NOT_KNOWN
    if whole < FEW:
        return f"{part} / {whole}"
    return f"{part / whole:.1%}"
