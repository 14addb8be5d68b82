"""What a member's purchase or act earns, by the book that held at that moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.brands.models import Brand
from app.catalog.models import Product
from app.core import clock, db
from app.core.db import session
from app.members.models import Member
from app.points.earning.books import in_force
from app.points.earning.rules import Act, Line, Purchase, Rule, points_of, points_of_act
from app.points.queries.growth import places


def points_for_purchase(
    member_id: int, paid_fen: int, at: datetime, store_id: int | None, lines: Sequence[Line]
) -> int:
    """By the brand's rules as they were at that moment, and her tier as it is now."""
    rules = in_force(at).rules
    purchase = Purchase(
        paid_fen=paid_fen,
        day=clock.business_day(at, _zone()),
        store_id=store_id,
        tier_id=_tier_id(member_id) if asks_tier(rules) else None,
        born_on=_born_on(member_id) if asks_birthday(rules) else None,
        lines=_with_categories(lines) if asks_category(rules) else lines,
    )
    return points_of(rules, purchase)


def for_act(member_id: int, act: Act, at: datetime, done_today: int = 0) -> int:
    """The same of something she did, after so many of the kind that earned today."""
    rules = in_force(at).rules
    tier_id = _tier_id(member_id) if asks_tier(rules) else None
    return points_of_act(rules, act, clock.business_day(at, _zone()), tier_id, done_today)


def pays(act: Act, at: datetime) -> bool:
    """Whether any rule in force speaks of it."""
    return any(rule.act is act for rule in in_force(at).rules)


def asks_tier(rules: Iterable[Rule]) -> bool:
    """Whether one of them depends on her tier."""
    return any(rule.when.tier_ids for rule in rules)


def asks_birthday(rules: Iterable[Rule]) -> bool:
    """Whether one of them depends on her birthday."""
    return any(rule.when.birthday for rule in rules)


def asks_category(rules: Iterable[Rule]) -> bool:
    """Whether one of them counts goods by their category."""
    return any(rule.when.categories for rule in rules)


def _zone() -> ZoneInfo:
    return session.get_one(Brand, db.current_brand_id()).zoneinfo


def _tier_id(member_id: int) -> int | None:
    place = places([member_id]).get(member_id)
    return place.tier.id if place else None


def _born_on(member_id: int) -> date | None:
    return session.scalar(select(Member.born_on).filter_by(id=member_id))


def _with_categories(lines: Sequence[Line]) -> list[Line]:
    """A till that does not say what category its goods are of is told by the catalogue."""
    unknown = {line.sku for line in lines if line.category is None}
    found = select(Product.sku, Product.category).where(Product.sku.in_(unknown))
    known = {row.sku: row.category for row in session.execute(found)} if unknown else {}
    return [
        line if line.category is not None else replace(line, category=known.get(line.sku))
        for line in lines
    ]
