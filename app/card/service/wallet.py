"""The coupons page: four tabs whose counts add up to what she holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.benefits import service as benefits
from app.brands import service as brands
from app.brands.models import Brand
from app.card import queries
from app.card.queries import CouponState
from app.card.service import shown
from app.card.service.sessions import Visitor, fan_of
from app.core import clock, paging
from app.core.money import whole_yuan
from app.coupons import queries as coupons
from app.coupons.models import Coupon, CouponBatch, CouponKind, Redemption
from app.stores import queries as stores

ENDS_SOON_DAYS = 14
PAGE_SIZE = 20
WHERE = {
    CouponKind.AMOUNT: "各门店都能用",
    CouponKind.SAMPLE: "到店请导购拿给您",
    CouponKind.ITEM: "限指定商品",
}


@dataclass(frozen=True)
class Ticket:
    """A coupon as the page tears it off."""

    id: int
    kind: str
    face: str
    condition: str
    title: str
    note: str
    why: str
    days_left: int | None


@dataclass(frozen=True)
class Reading:
    """What all tickets of one answer are written with."""

    brand: Brand
    at: datetime
    state: CouponState
    uses: dict[int, Redemption]
    store_names: dict[int, str]


def coupons_page(visitor: Visitor, *, state: str, after: int | None) -> dict[str, object]:
    """One tab with the counts of all. A person without a card holds nothing."""
    brand, at, tab = brands.get(visitor.brand_id), clock.now(), CouponState(state)
    member_id = fan_of(visitor).member_id or 0
    rows = queries.coupons(member_id, tab, at, after=after, limit=PAGE_SIZE + 1)
    page = _cut(rows, tab)
    reading = _reading(brand, at, tab, [coupon for coupon, _ in page.items])
    return {
        "brand": shown.dressed(brand),
        "counts": queries.coupon_counts(member_id, at),
        "items": [_ticket(coupon, batch, reading) for coupon, batch in page.items],
        "next": page.next,
    }


def _cut(
    rows: Sequence[tuple[Coupon, CouponBatch]], state: CouponState
) -> paging.Page[tuple[Coupon, CouponBatch]]:
    size = len(rows) if state in queries.OPEN else PAGE_SIZE
    return paging.cut(rows, size, lambda row: row[0].id)


def _reading(
    brand: Brand, at: datetime, state: CouponState, shown_coupons: list[Coupon]
) -> Reading:
    is_used = state is CouponState.USED
    uses = coupons.last_use([coupon.id for coupon in shown_coupons]) if is_used else {}
    found = stores.by_ids({use.store_id for use in uses.values() if use.store_id})
    return Reading(brand, at, state, uses, {key: store.name for key, store in found.items()})


def _ticket(coupon: Coupon, batch: CouponBatch, reading: Reading) -> Ticket:
    face, condition = benefits.words(batch)
    is_amount = batch.kind == CouponKind.AMOUNT
    return Ticket(
        id=coupon.id,
        kind=batch.kind,
        face=face if is_amount else "",
        condition=condition if is_amount else face,
        title=batch.name,
        note=_note(coupon, batch, reading),
        why=_why(coupon, reading),
        days_left=_days_left(coupon, reading),
    )


def _note(coupon: Coupon, batch: CouponBatch, reading: Reading) -> str:
    if reading.state is CouponState.USED:
        return _use(batch, reading.uses.get(coupon.id), reading)
    until = shown.day(coupon.valid_until, reading.brand)
    if reading.state is CouponState.EXPIRED:
        return f"{until} 过期"
    return f"{until} 前，{WHERE[CouponKind(batch.kind)]}"


def _use(batch: CouponBatch, use: Redemption | None, reading: Reading) -> str:
    if use is None:
        return "用过"
    where = reading.store_names.get(use.store_id or 0)
    when = shown.day(use.redeemed_at, reading.brand)
    saved = f"，省 {whole_yuan(batch.value_fen)}" if batch.kind == CouponKind.AMOUNT else ""
    return f"{when} {f'在{where}' if where else ''}用掉{saved}"


def _why(coupon: Coupon, reading: Reading) -> str:
    if reading.state is not CouponState.LATER:
        return ""
    return f"还没到时间，{shown.day(coupon.valid_from, reading.brand)} 起可用"


def _days_left(coupon: Coupon, reading: Reading) -> int | None:
    """Whole days on the brand's calendar, for a usable coupon that ends soon."""
    if reading.state is not CouponState.USABLE:
        return None
    zone = reading.brand.zoneinfo
    last, today = clock.business_day(coupon.valid_until, zone), clock.business_day(reading.at, zone)
    days = (last - today).days
    return days if days <= ENDS_SOON_DAYS else None
