"""What several pages show: the brand's clothes, days in the brand's zone, a benefit's line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.benefits.service import Benefit, Gift
from app.brands.models import Brand
from app.card.look import theme
from app.core import clock
from app.core.money import whole_yuan
from app.coupons.models import CouponKind
from app.points.service import FEN_A_POINT

TODAY_TOO = "，今天就能用"


@dataclass(frozen=True)
class Line:
    """One benefit as a row: a face (a sample is drawn as a gift), what it is, a hint."""

    id: str
    kind: str
    face: str
    title: str
    note: str = ""


POINTS_LINE = Line("points", "points", "积分", f"每消费 {whole_yuan(FEN_A_POINT)} 得 1 分")


def dressed(brand: Brand) -> dict[str, object]:
    """The brand's name and colours for both modes."""
    return {"name": brand.name, **theme.palettes(brand.color)}


def day(at: datetime, brand: Brand) -> str:
    """`12月15日` on the brand's calendar."""
    local = clock.local(at, brand.zoneinfo)
    return f"{local.month}月{local.day}日"


def dated(at: datetime, brand: Brand) -> str:
    """As `day`, with the year where it is not this one."""
    year = clock.local(at, brand.zoneinfo).year
    this_year = clock.local(clock.now(), brand.zoneinfo).year
    return day(at, brand) if year == this_year else f"{year}年{day(at, brand)}"


def held_line(benefit: Benefit, brand: Brand) -> Line:
    """Something she holds, as she can use it in this store."""
    if benefit.kind is CouponKind.SAMPLE:
        return Line(f"{benefit.coupon_id}", benefit.kind, "", benefit.condition, "找导购领取")
    note = f"到 {day(benefit.until, brand)}"
    return Line(f"{benefit.coupon_id}", benefit.kind, benefit.amount_label, benefit.condition, note)


def gift_line(place: int, gift: Gift, promise: str = "") -> Line:
    """Something joining would give her."""
    if gift.kind is CouponKind.SAMPLE:
        return Line(f"gift-{place}", gift.kind, "", f"{gift.condition}一份")
    return Line(f"gift-{place}", gift.kind, gift.amount_label, f"{gift.condition}{promise}")
