"""Both sheets side by side, and what she would be when they are one. Nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from app.core import clock, db
from app.core.db import session
from app.coupons.models import Coupon
from app.journeys.merging.acts import AlreadyMerged, NobodyToMerge, in_order
from app.journeys.merging.consents import Matter, last_words, together
from app.members import queries
from app.members import service as members
from app.members.models import ConsentChannel, Member, Purpose
from app.orders.models import Order
from app.points import queries as points

MARKETING = Matter(Purpose.MARKETING, ConsentChannel.WECHAT)


@dataclass(frozen=True)
class Sheet:
    """One of the two, or both as one. `marketing` is None while she was never asked."""

    member_id: int
    number: str
    name: str
    phone: str
    joined_on: date
    origin: str
    tier: str
    spent_fen: int
    points: int
    coupons: int
    orders: int
    order_fen: int
    wechats: int
    tags: tuple[str, ...]
    marketing: bool | None


@dataclass(frozen=True)
class Preview:
    """`after` is what the survivor would be."""

    survivor: Sheet
    merged: Sheet
    after: Sheet


def preview(one_id: int, other_id: int) -> Preview:
    """What a merge of these two would do. Raises NobodyToMerge, AlreadyMerged."""
    found = [db.get(Member, member_id) for member_id in (one_id, other_id)]
    one, other = found
    if one is None or other is None:
        raise NobodyToMerge()
    if one.id == other.id or any(member and member.merged_into_id for member in found):
        raise AlreadyMerged()
    survivor, merged = in_order(one, other)
    hers, theirs = sheet(survivor), sheet(merged)
    return Preview(hers, theirs, _after(hers, theirs))


def sheet(member: Member) -> Sheet:
    """Hers as it stands."""
    standing = points.standing(member.id)
    orders, order_fen = _orders(member.id)
    word = last_words(member.id).get(MARKETING)
    return Sheet(
        member_id=member.id,
        number=member.number,
        name=members.shown_name(member) if member.name_encrypted else "",
        phone=members.masked_phone(member),
        joined_on=member.joined_on,
        origin=member.origin,
        tier=standing.tier_name,
        spent_fen=standing.spent_fen,
        points=standing.points,
        coupons=_usable_coupons(member.id),
        orders=orders,
        order_fen=order_fen,
        wechats=len(queries.fans_of(member.id)),
        tags=_tags(member.id),
        marketing=word.is_given if word is not None and word.is_hers else None,
    )


def _after(hers: Sheet, theirs: Sheet) -> Sheet:
    spent = hers.spent_fen + theirs.spent_fen
    words = together(
        last_words(hers.member_id).get(MARKETING), last_words(theirs.member_id).get(MARKETING)
    )
    return Sheet(
        member_id=hers.member_id,
        number=hers.number,
        name=hers.name or theirs.name,
        phone=hers.phone if hers.phone != "—" else theirs.phone,
        joined_on=hers.joined_on,
        origin=hers.origin,
        tier=_tier_after(spent, hers, theirs),
        spent_fen=spent,
        points=hers.points + theirs.points,
        coupons=hers.coupons + theirs.coupons,
        orders=hers.orders + theirs.orders,
        order_fen=hers.order_fen + theirs.order_fen,
        wechats=hers.wechats + theirs.wechats,
        tags=tuple(sorted({*hers.tags, *theirs.tags})),
        marketing=words.is_given if words is not None else None,
    )


def _tier_after(spent_fen: int, hers: Sheet, theirs: Sheet) -> str:
    ladder = points.ladder()
    ranks = {step.name: step.rank for step in ladder}
    reached = [step.name for step in ladder if step.spend_fen <= spent_fen]
    return max([hers.tier, theirs.tier, *reached], key=lambda name: ranks.get(name, -1))


def _orders(member_id: int) -> tuple[int, int]:
    total = func.coalesce(func.sum(Order.paid_fen), 0)
    counted, paid_fen = session.execute(
        select(func.count(), total).where(Order.member_id == member_id)
    ).one()
    return int(counted), int(paid_fen)


def _usable_coupons(member_id: int) -> int:
    now = clock.now()
    hers = session.scalars(select(Coupon).filter_by(member_id=member_id))
    return sum(coupon.is_usable(now) for coupon in hers)


def _tags(member_id: int) -> tuple[str, ...]:
    fan_ids = [fan.id for fan in queries.fans_of(member_id)]
    return tuple(
        sorted({f"{tag.group} · {tag.name}" for tag in queries.tags_of(fan_ids, [member_id])})
    )
