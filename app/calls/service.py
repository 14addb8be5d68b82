"""打电话: asked for and committed, the bridge called, settled; consent, hours, counts first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.brands import service as brands
from app.calls import port
from app.calls.models import CallState, MemberCall
from app.core import clock, db, events
from app.core.db import session
from app.core.errors import Conflict
from app.members import queries as members
from app.members import service as people
from app.members.models import ConsentChannel, Member, Purpose
from app.members.service import ages
from app.staff.models import Staff
from app.staff.service import Actor
from app.stores.models import Store

FROM_HOUR, TO_HOUR = 9, 20  # the brand's local time; nobody is called in the evening
MOST_TO_HER, MOST_A_DAY = 2, 30  # a day: to one member by anybody, and by one guide
ABANDONED = timedelta(minutes=2)


class CannotCall(Conflict):
    code, title = "cannot_call", "现在不能从这里打给她"


@dataclass(frozen=True)
class Claim:
    """What the bridge needs, taken out of the transaction."""

    call_id: int
    brand_id: int
    key: str
    first: str = field(repr=False)
    second: str = field(repr=False)


def why_not(member: Member, store: Store, now: datetime) -> str:
    """Why she cannot be called from this store now, for the guide; empty: she can."""
    hour = clock.local(now, brands.get(db.current_brand_id()).zoneinfo).hour
    reasons = (
        (not port.is_on(), "打电话还没有开通，让总部接上话务桥"),
        (not store.line, "本店还没有填电话，让总部在门店里填上"),
        (member.phone_encrypted is None, "她没有留电话"),
        (ages.is_child(member), "按规定不打给她"),
        (not FROM_HOUR <= hour < TO_HOUR, f"只在 {FROM_HOUR}:00 到 {TO_HOUR}:00 打"),
    )
    first = next((said for holds, said in reasons if holds), "")
    return first or _unwilling(member.id)


def _unwilling(member_id: int) -> str:
    is_given = members.has_consent(member_id, Purpose.MARKETING, ConsentChannel.CALL)
    return "" if is_given else "她没有同意电话联系"


def claim(member: Member, store: Store, by: Actor, key: str) -> Claim | None:
    """Write down that the bridge is about to be asked; None when this very tap was dealt with
    before. Raises CannotCall."""
    now = clock.now()
    _hold(member.id, by)
    if session.scalar(select(MemberCall.id).filter_by(key=key)):
        return None
    reason = why_not(member, store, now) or _too_often(member.id, by, now)
    if reason:
        raise CannotCall(reason)
    call_id = _written(member.id, store.id, by, key, now)
    if call_id is None:
        return None
    number = people.open_phone(member) or ""
    return Claim(call_id, member.brand_id, key, store.line or "", number)


def _hold(member_id: int, by: Actor) -> None:
    """Until the commit: of two who call her at once the second counts the first."""
    session.execute(select(Member.id).filter_by(id=member_id).with_for_update(key_share=True))
    session.execute(select(Staff.id).filter_by(id=by.staff_id).with_for_update(key_share=True))


def _too_often(member_id: int, by: Actor, now: datetime) -> str:
    zone = brands.get(db.current_brand_id()).zoneinfo
    midnight, _ = clock.day_bounds(clock.business_day(now, zone), zone)
    today = select(func.count()).select_from(MemberCall).where(MemberCall.at >= midnight)
    rang = today.where(MemberCall.state != CallState.REFUSED)
    if (session.scalar(rang.where(MemberCall.member_id == member_id)) or 0) >= MOST_TO_HER:
        return f"今天已经打给她 {MOST_TO_HER} 次，明天再打"
    if (session.scalar(rang.where(MemberCall.by_id == by.staff_id)) or 0) >= MOST_A_DAY:
        return f"你今天已经打了 {MOST_A_DAY} 个，明天再打"
    return ""


def _written(member_id: int, store_id: int, by: Actor, key: str, now: datetime) -> int | None:
    values = {
        "brand_id": db.current_brand_id(),
        "member_id": member_id,
        "store_id": store_id,
        "by_id": by.staff_id,
        "key": key,
        "state": CallState.CALLING,
        "at": now,
    }
    statement = insert(MemberCall).values(values).on_conflict_do_nothing()
    call_id = session.scalar(statement.returning(MemberCall.id))
    if call_id is not None:
        events.record("member.called", member_id=member_id, at=now, staff_id=by.staff_id)
    return call_id


def ring(claim: Claim) -> CallState:
    """Ask the bridge for the claimed call and settle it. No transaction is open."""
    state = _ring(claim)
    with db.transaction(claim.brand_id):
        settle(claim.call_id, state)
    return state


def _ring(claim: Claim) -> CallState:
    try:
        port.bridge(claim.first, claim.second, f"{claim.brand_id}:{claim.key}")
    except port.Refused:
        return CallState.REFUSED
    except port.NoAnswer:
        return CallState.UNKNOWN
    return CallState.ASKED


def settle(call_id: int, state: CallState) -> None:
    """How asking ended; the first word stays."""
    ours = (MemberCall.brand_id == db.current_brand_id()) & (MemberCall.id == call_id)
    calling = update(MemberCall).where(ours, MemberCall.state == CallState.CALLING)
    session.execute(calling.values(state=state))


def doubt_abandoned() -> int:
    """Who asked is gone: nobody knows, so nobody asks again. Over all brands."""
    columns = MemberCall.__table__.c
    is_dead = (columns.state == CallState.CALLING) & (columns.at < clock.now() - ABANDONED)
    statement = update(MemberCall).where(is_dead).values(state=CallState.UNKNOWN)
    return len(session.execute(statement.returning(MemberCall.id)).all())


def calls_to(member_id: int, limit: int) -> list[MemberCall]:
    """Those to her, the newest first."""
    hers = select(MemberCall).filter_by(member_id=member_id).order_by(MemberCall.id.desc())
    return list(session.scalars(hers.limit(limit)))
