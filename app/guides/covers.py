"""Who is away and who stands in for her, in a line for the board and for the sheet."""

from __future__ import annotations

from collections.abc import Sequence

from app.core import clock
from app.owners.models import GuideCover
from app.owners.queries import covers
from app.owners.words import away
from app.staff import queries as staff


def away_in(store_id: int) -> list[str]:
    """A line for each guide of this store who is away now."""
    return _lines(covers.of_store(store_id, clock.now()))


def away_of(staff_id: int | None) -> list[str]:
    """How this guide is stood in for; nothing while she is there."""
    return _lines(covers.of_guide(staff_id, clock.now()) if staff_id else [])


def _lines(found: Sequence[GuideCover]) -> list[str]:
    names = staff.names() if found else {}
    return list(dict.fromkeys(away(each, names) for each in found))
