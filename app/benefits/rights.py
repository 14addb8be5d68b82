"""What a tier gives on every basket, for the discount engine and in words."""

from __future__ import annotations

from app.benefits.quote import TierRights


def of_member(_member_id: int) -> TierRights | None:
    """What her tier gives; None for a tier that gives nothing on a basket."""
    return None


def in_words(member_id: int) -> list[str]:
    """「会员价 95 折」「免运费」."""
    return words(of_member(member_id))


def words(given: TierRights | None) -> list[str]:
    """The same of rights that are known."""
    if given is None:
        return []
    tenths = f"{(10_000 - given.off_basis_points) / 1000:g}"
    price = f"{given.name}会员价 {tenths} 折" if given.off_basis_points else ""
    shipping = "免运费" if given.is_shipping_free else ""
    return [part for part in (price, shipping) if part]
