"""What a brand chose in matters of privacy: what leaving the account means, and how long
somebody who asked to be forgotten may change her mind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.brands import service as brands
from app.brands.models import Brand
from app.core import audit, db
from app.core.errors import BadInput

KEY = "privacy"
LONGEST_COOLING_OFF_DAYS = 15  # GB/T 35273 and the app rules: cancellation within 15 working days


class Leaving(StrEnum):
    """What it means that somebody unfollows the account."""

    KEEP = "keep"
    NO_MARKETING = "no_marketing"
    ERASE = "erase"


@dataclass(frozen=True)
class Promises:
    """The brand's choices; unless it says otherwise, leaving ends marketing, and seven days."""

    on_leaving: Leaving = Leaving.NO_MARKETING
    cooling_off_days: int = 7


def of_brand(brand: Brand) -> Promises:
    """What holds for this brand."""
    told = brand.settings.get(KEY, {})
    default = Promises()
    return Promises(
        Leaving(told.get("on_leaving", default.on_leaving)),
        int(told.get("cooling_off_days", default.cooling_off_days)),
    )


def change(promises: Promises, *, by: str) -> None:
    """The brand chooses otherwise, from now on. Raises BadInput."""
    if not 0 <= promises.cooling_off_days <= LONGEST_COOLING_OFF_DAYS:
        told = f"0 到 {LONGEST_COOLING_OFF_DAYS} 天"
        raise BadInput(fields={"cooling_off_days": [told]})
    brand = brands.get(db.current_brand_id())
    facts = {
        "on_leaving": promises.on_leaving.value,
        "cooling_off_days": promises.cooling_off_days,
    }
    brand.settings = brand.settings | {KEY: facts}
    audit.record("privacy.changed", actor=by, subject=f"brand:{brand.id}", **facts)
