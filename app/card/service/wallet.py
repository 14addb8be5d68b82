"""The coupons page: four tabs whose counts add up to what she holds, as till and guide see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.benefits import service as benefits
from app.benefits.service import Benefit, Benefits
from app.brands import service as brands
from app.brands.models import Brand
from app.card import queries
from app.card.queries import CouponState
from app.card.service import shown
from app.card.service.sessions import Visitor, fan_of
from app.core import clock, paging
from app.core.money import whole_yuan
from app.coupons import queries as coupons
from app.coupons.models import CouponKind, Redemption
from app.coupons.service import Offer
from app.stores import queries as stores

ENDS_SOON_DAYS = 14
PAGE_SIZE = 20
EVERYWHERE = "各门店都能用"
WHERE = {
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
    """One tab with the counts of all. A person without a card holds nothing. What works and what
    does not yet is asked of the store she is in today, as the till there would."""
    brand, at, tab = brands.get(visitor.brand_id), clock.now(), CouponState(state)
    fan = fan_of(visitor)
    store = queries.store_of_today(fan, brand, at)
    held = benefits.open_benefits(fan.member_id or 0, store.id if store else None, at)
    page = _page(fan.member_id or 0, tab, held, at, after)
    reading = _reading(brand, at, tab, page.items)
    return {
        "brand": shown.dressed(brand),
        "counts": _counts(fan.member_id or 0, held, at),
        "items": [_ticket(benefit, reading) for benefit in page.items],
        "next": page.next,
    }


def offered(offer: Offer, brand: Brand) -> Ticket:
    """One that she may take, or has taken, as its ticket is drawn."""
    reading = Reading(brand, clock.now(), CouponState.USABLE, {}, {})
    return _ticket(benefits.offered(offer), reading)


def _counts(member_id: int, held: Benefits, at: datetime) -> dict[CouponState, int]:
    open_ones = {CouponState.USABLE: len(held.usable), CouponState.LATER: len(held.later)}
    return open_ones | queries.over_counts(member_id, at)


def _page(
    member_id: int, tab: CouponState, held: Benefits, at: datetime, after: int | None
) -> paging.Page[Benefit]:
    """What may still be used comes whole, first to end first; the rest in pages."""
    if tab in queries.OPEN:
        whole = held.usable if tab is CouponState.USABLE else held.later
        return paging.cut(whole, len(whole), lambda benefit: benefit.coupon_id)
    rows = queries.over(member_id, tab, at, after=after, limit=PAGE_SIZE + 1)
    found = [benefits.over(coupon, batch, is_revoked=gone) for coupon, batch, gone in rows]
    return paging.cut(found, PAGE_SIZE, lambda benefit: benefit.coupon_id)


def _reading(brand: Brand, at: datetime, state: CouponState, found: Sequence[Benefit]) -> Reading:
    is_used = state is CouponState.USED
    uses = coupons.last_use([benefit.coupon_id for benefit in found]) if is_used else {}
    shops = stores.by_ids({use.store_id for use in uses.values() if use.store_id})
    return Reading(brand, at, state, uses, {key: store.name for key, store in shops.items()})


def _ticket(benefit: Benefit, reading: Reading) -> Ticket:
    return Ticket(
        id=benefit.coupon_id,
        kind=benefit.kind,
        face=benefit.amount_label if benefit.is_money else "",
        condition=benefit.condition if benefit.is_money else benefit.amount_label,
        title=benefit.title,
        note=_note(benefit, reading),
        why=(benefit.why or "") if reading.state is not CouponState.USED else "",
        days_left=_days_left(benefit, reading),
    )


def _note(benefit: Benefit, reading: Reading) -> str:
    if reading.state is CouponState.USED:
        return _use(reading.uses.get(benefit.coupon_id), reading)
    until = shown.day(benefit.until, reading.brand)
    if reading.state is CouponState.EXPIRED:
        return f"到 {until}"
    if benefit.store_count:
        return f"{until} 前，{benefit.store_count} 家店能用"
    return f"{until} 前，{WHERE.get(benefit.kind, EVERYWHERE)}"


def _use(use: Redemption | None, reading: Reading) -> str:
    if use is None:
        return "用过"
    where = reading.store_names.get(use.store_id or 0)
    when = shown.day(use.redeemed_at, reading.brand)
    saved = use.discount_fen - use.refunded_fen
    worth = f"，省 {whole_yuan(saved)}" if saved else ""
    return f"{when} {f'在{where}' if where else ''}用掉{worth}"


def _days_left(benefit: Benefit, reading: Reading) -> int | None:
    """Whole days on the brand's calendar, for a usable coupon that ends soon."""
    if reading.state is not CouponState.USABLE:
        return None
    zone = reading.brand.zoneinfo
    last, today = clock.business_day(benefit.until, zone), clock.business_day(reading.at, zone)
    days = (last - today).days
    return days if days <= ENDS_SOON_DAYS else None
