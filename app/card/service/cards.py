"""The card page in one answer: who she is, her code, the store she is in."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.benefits import service as benefits
from app.brands import service as brands
from app.brands.models import Brand
from app.card import queries
from app.card.look import drawing
from app.card.service import shown
from app.card.service.sessions import Visitor, fan_of
from app.core import clock, db
from app.members import codes, signed_codes
from app.members.models import Fan, Member
from app.points import queries as points
from app.points.queries import Standing
from app.stores.models import Store

FEN_A_GROWTH = 100


@dataclass(frozen=True)
class ShownCode:
    """The member code of this minute, drawn: signed as a QR code, by its digits as a bar code."""

    digits: str
    text: str  # what the QR code says
    qr: str
    barcode: str
    seconds_left: int


def card(visitor: Visitor, store_code: str) -> dict[str, object]:
    """Everything the card page needs. Without a member: the outline, and what she would get."""
    fan, brand = fan_of(visitor), brands.get(visitor.brand_id)
    member = db.get(Member, fan.member_id) if fan.member_id else None
    return {
        "brand": shown.dressed(brand),
        "member": _member(member) if member else None,
        "code": _code(member.id) if member else None,
        "store": _store(fan, member, store_code, brand),
        "coupon_count": _coupon_count(member, fan, brand),
    }


def _member(member: Member) -> dict[str, object]:
    standing = points.standing(member.id)
    return {
        "number": member.number,
        "tier": standing.tier_name,
        "points": standing.points,
        "growth": standing.spent_fen // FEN_A_GROWTH,
        "next_tier": _next_tier(standing),
    }


def _next_tier(standing: Standing) -> dict[str, object] | None:
    if standing.missing_fen is None:
        return None
    whole = standing.spent_fen + standing.missing_fen
    return {
        "name": standing.next_tier_name,
        "missing_fen": standing.missing_fen,
        "progress_percent": 100 * standing.spent_fen // whole if whole else 100,
    }


def _code(member_id: int) -> ShownCode:
    now = clock.now()
    code = codes.of_member(member_id, now)
    left = math.ceil((code.ends_at - now).total_seconds())
    signed = signed_codes.of_member(member_id, now)
    pictures = drawing.qr_uri(signed), drawing.barcode_uri(code.digits)
    return ShownCode(code.digits, signed, *pictures, left)


def _store(
    fan: Fan, member: Member | None, store_code: str, brand: Brand
) -> dict[str, object] | None:
    store = _store_she_is_in(fan, store_code, brand)
    if store is None:
        return None
    return {"code": store.code, "name": store.name, "benefits": _lines(member, store, brand)}


def _store_she_is_in(fan: Fan, store_code: str, brand: Brand) -> Store | None:
    """Where she scanned today; else the store whose link opened the card."""
    scanned = queries.store_of_today(fan, brand, clock.now())
    return scanned or queries.store_by_code(store_code)


def _lines(member: Member | None, store: Store, brand: Brand) -> list[shown.Line]:
    if member is None:
        gifts = enumerate(benefits.joining_gifts(brand))
        return [shown.gift_line(place, gift) for place, gift in gifts]
    held = benefits.open_benefits(member.id, store.id, clock.now())
    return [shown.held_line(benefit, brand) for benefit in held.usable]


def _coupon_count(member: Member | None, fan: Fan, brand: Brand) -> int:
    """As the coupons page counts them."""
    if member is None:
        return 0
    store = queries.store_of_today(fan, brand, clock.now())
    return len(benefits.open_benefits(member.id, store.id if store else None, clock.now()).usable)
