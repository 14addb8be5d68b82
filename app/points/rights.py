"""What a tier gives, as data beside the tier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.points.models import Tier


@dataclass(frozen=True)
class Rights:
    """On every basket: a price and the shipping; beside it, in the brand's own words."""

    name: str
    off_basis_points: int = 0
    is_shipping_free: bool = False
    perks: tuple[str, ...] = ()

    def words(self) -> list[str]:
        """「95 折」「免运费」「生日礼」."""
        price = [f"{(10_000 - self.off_basis_points) / 1000:g} 折"] if self.off_basis_points else []
        return [*price, *(["免运费"] if self.is_shipping_free else []), *self.perks]


def of_tier(tier: Tier) -> Rights:
    """What this tier gives."""
    kept: Mapping[str, Any] = tier.rights or {}
    return Rights(
        tier.name,
        int(kept.get("off_basis_points", 0)),
        bool(kept.get("is_shipping_free", False)),
        tuple(kept.get("perks", ())),
    )


def stored(rights: Rights) -> dict[str, Any]:
    """As it is kept beside the tier."""
    return {
        "off_basis_points": rights.off_basis_points,
        "is_shipping_free": rights.is_shipping_free,
        "perks": list(rights.perks),
    }
