"""What is known of somebody for the variables of a script; the rest has its default."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.benefits.service import Benefits
from app.brands.models import Brand
from app.core import clock
from app.members import service as people
from app.members.models import Member
from app.orders.models import Order
from app.staff.service import Actor

Known = Mapping[str, str | None]


def called(member: Member) -> str | None:
    """How to speak to her; None while only her member number is known."""
    return people.shown_name(member) if member.name_encrypted else None


def known_of(
    name: str | None,
    actor: Actor,
    brand: Brand,
    store: str,
    tier: str | None,
    facts: Mapping[str, Any],
) -> Known:
    """Of a member or of somebody who is none yet; `name`: how to speak to her, if it is known."""
    until = date.fromisoformat(facts["until"]) if facts.get("until") else None
    return {
        "称呼": name,
        "店名": store,
        "品牌": brand.name,
        "导购": actor.name,
        "天数": f"{facts['days']} 天" if facts.get("days") else None,
        "商品": facts.get("product"),
        "券": facts.get("coupon"),
        "券到期": f"{until.month}月{until.day}日" if until else None,
        "等级": tier,
    }


def facts_of(
    held: Benefits, last: Order | None, product: str | None, now: datetime, zone: ZoneInfo
) -> dict[str, Any]:
    """How long ago she bought last, the dearest of it, and the coupon that ends first."""
    money = [benefit for benefit in held.usable if benefit.is_money]
    coupon = min(money, key=lambda benefit: benefit.until, default=None)
    days = (_day(now, zone) - _day(last.paid_at, zone)).days if last else None
    return {
        "days": days,
        "product": product,
        "coupon": coupon.title if coupon else None,
        "until": _day(coupon.until - timedelta(microseconds=1), zone).isoformat()
        if coupon
        else None,
    }


def _day(at: datetime, zone: ZoneInfo) -> date:
    return clock.business_day(at, zone)
