"""What a tier gives on every basket, for the discount engine and in words."""

from __future__ import annotations

from app.benefits.quote import TierRights
from app.points import service as points


def of_member(member_id: int) -> TierRights | None:
    """What her tier gives on a basket; None for a tier that gives nothing there."""
    found = points.rights(member_id)
    if found is None or not (found.off_basis_points or found.is_shipping_free):
        return None
    return TierRights(found.name, found.off_basis_points, found.is_shipping_free)


def in_words(member_id: int) -> list[str]:
    """「95 折」「免运费」「生日礼」: all that her tier gives, also beside the basket."""
    found = points.rights(member_id)
    return found.words() if found else []
