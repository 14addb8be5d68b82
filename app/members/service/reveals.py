"""Looking at a whole phone number: for a reason, a few times a day, and never unseen."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.brands import service as brands
from app.core import audit, clock, db
from app.core.db import session
from app.core.errors import BadInput, NotFound, TooMany
from app.members.models import Member, RevealCount
from app.members.service.phones import open_phone

LIMIT_SETTING, DEFAULT_LIMIT = "reveals_a_day", 30  # in the brand's settings


class Why(StrEnum):
    """Why somebody must see a number."""

    SERVICE = "service"
    ORDER = "order"
    DELIVERY = "delivery"
    CHECK = "check"


class NoReason(BadInput):
    code, title = "no_reason", "选一个查看的原因"


class NoPhone(NotFound):
    code, title = "no_phone", "这里没有她的手机号"


class TooManyReveals(TooMany):
    code, title = "too_many_reveals", "今天查看手机号的次数用完了，明天再看，或找管理员"


def reveal_phone(member: Member, *, staff_id: int, why: str) -> str:
    """Her number, counted and audited in this transaction.

    Raises NoReason, NoPhone, and TooManyReveals past the brand's setting `reveals_a_day`.
    """
    if why not in set(Why):
        raise NoReason(fields={"why": [NoReason.title]})
    phone = open_phone(member)
    if phone is None:
        raise NoPhone()
    _count(staff_id)
    audit.record(
        "phone.revealed", actor=f"staff:{staff_id}", subject=f"member:{member.id}", why=why
    )
    return phone


def reveals_left(staff_id: int) -> int:
    """How many numbers she may still look at today."""
    today = select(RevealCount.count).filter_by(staff_id=staff_id, on=_today())
    return max(_limit() - (session.scalar(today) or 0), 0)


def _count(staff_id: int) -> None:
    if _limit() < 1:
        raise TooManyReveals()
    brand_id = db.current_brand_id()
    row = {"brand_id": brand_id, "staff_id": staff_id, "on": _today(), "count": 1}
    counted = insert(RevealCount).values(row)
    more = counted.on_conflict_do_update(
        index_elements=["brand_id", "staff_id", "on"],
        set_={"count": RevealCount.count + 1},
        where=RevealCount.count < _limit(),
    )
    if session.scalar(more.returning(RevealCount.count)) is None:
        raise TooManyReveals()


def _limit() -> int:
    return int(brands.get(db.current_brand_id()).settings.get(LIMIT_SETTING, DEFAULT_LIMIT))


def _today() -> date:
    return clock.business_day(clock.now(), brands.get(db.current_brand_id()).zoneinfo)
