"""Fans: following and leaving in WeChat's order, and being recognised as a member."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db
from app.core.db import session
from app.members.models import Fan
from app.members.service.identities import note_fans
from app.members.service.twins import suspect_by_unionid
from app.members.service.unionids import sealed_unionid
from app.wechat import openids

Place = tuple[int, str]  # an openid means something within its account alone


@dataclass(frozen=True)
class Step:
    """A fan came or left: what WeChat says, and when. Its times are whole seconds; `order` (of
    arrival) decides within one."""

    account_id: int
    openid: str = field(repr=False)
    at: datetime
    order: int = 0
    is_following: bool = True


def follow(
    account_id: int, openid: str, at: datetime, unionid: str | None = None, order: int = 0
) -> Fan:
    """She follows since `at`. An older event than the last known one changes nothing."""
    fan = _find_or_make_fan(account_id, openid, unionid)
    _take(fan, Step(account_id, openid, at, order))
    return fan


def unfollow(account_id: int, openid: str, at: datetime, order: int = 0) -> Fan:
    """She left at `at`; compared by WeChat's time, since events arrive out of order."""
    fan = _find_or_make_fan(account_id, openid, None)
    _take(fan, Step(account_id, openid, at, order, is_following=False))
    return fan


def move(steps: Sequence[Step]) -> dict[Place, Fan]:
    """As `follow` and `unfollow`, for many fans at once; all of them by (account id, openid)."""
    places = {(step.account_id, step.openid) for step in steps}
    _make_unknown(places)
    found = _found(places, is_locked=True)
    with session.no_autoflush:
        for step in steps:
            _take(found[step.account_id, step.openid], step)
    return found


def _take(fan: Fan, step: Step) -> None:
    _change_follow(fan, is_following=step.is_following, when=(step.at, step.order))
    if step.is_following:
        _ask_who_she_is(fan)


def _ask_who_she_is(fan: Fan) -> None:
    if fan.unionid_index is None and fan.unionid_due_at is None:
        fan.unionid_due_at = clock.now()


def befriend(places: Collection[Place]) -> dict[Place, Fan]:
    """Customers of the brand's WeCom who added a guide, by (account id, external id); locked, and
    made unless they are known. They follow nothing: no push reaches them by this name."""
    _make_unknown(places)
    found = _found(places, is_locked=True)
    for fan in found.values():
        _ask_who_she_is(fan)
    return found


def came_by_guide(fan: Fan, code_id: int, at: datetime) -> None:
    """She scanned a guide's own code at `at`. The earliest one is kept, in whatever order they are
    told; `move` and `befriend` lock the fan's row, so two tellers cannot both be the first."""
    if fan.guide_code_at is None or at < fan.guide_code_at:
        fan.guide_code_id, fan.guide_code_at = code_id, at


def meet(places: Collection[Place]) -> dict[Place, Fan]:
    """The fans who wrote or tapped, by (account id, openid); one we never saw is made.

    That she follows is not concluded from it: the daily reconciliation asks WeChat.
    """
    _make_unknown(places)
    return known(places)


def _make_unknown(places: Collection[Place]) -> None:
    rows = [_new_fan(account_id, openid, None) for account_id, openid in sorted(set(places))]
    if rows:
        session.execute(insert(Fan).on_conflict_do_nothing(), rows)


def known(places: Collection[Place]) -> dict[Place, Fan]:
    """Those of these (account id, openid) whom we have seen."""
    return _found(places)


def _found(places: Collection[Place], *, is_locked: bool = False) -> dict[Place, Fan]:
    by_index = {_index(place): place for place in set(places)}
    wanted = select(Fan).where(_among(by_index))
    options = {}
    if is_locked:
        wanted = wanted.order_by(Fan.id).with_for_update()
        options = {"populate_existing": True}
    found = session.scalars(wanted, execution_options=options)
    return {by_index[fan.account_id, fan.openid_index]: fan for fan in found}


def _index(place: Place) -> tuple[int, str]:
    account_id, openid = place
    return account_id, openids.index(db.current_brand_id(), account_id, openid)


def _among(indexes: Collection[tuple[int, str]]) -> ColumnElement[bool]:
    return tuple_(Fan.account_id, Fan.openid_index).in_(indexes)


def visit_mini(account_id: int, openid: str, unionid: str | None) -> Fan:
    """She opened the mini-program; she is the same person as the fan with her unionid."""
    fan = _find_or_make_fan(account_id, openid, unionid)
    _recognise(fan)
    return fan


def learn_unionid(fan_id: int, unionid: str | None) -> Fan:
    """WeChat said who she is across accounts; None when the account is bound to no platform."""
    fan = session.get_one(Fan, (db.current_brand_id(), fan_id), with_for_update=True)
    fan.unionid_due_at = None
    if fan.unionid_index is None:
        learnt = sealed_unionid(unionid)
        fan.unionid_encrypted = learnt["unionid_encrypted"]
        fan.unionid_index = learnt["unionid_index"]
    _recognise(fan)
    return fan


def _recognise(fan: Fan) -> None:
    """A fan with a known unionid is the member whom another of her WeChats has told us."""
    if fan.unionid_index is None:
        return
    if fan.member_id is None:
        same_person = Fan.unionid_index == fan.unionid_index
        known = select(Fan.member_id).where(same_person, Fan.member_id.is_not(None))
        fan.member_id = session.scalar(known.order_by(Fan.member_id).limit(1))
    if fan.member_id is not None:
        session.flush()
        note_fans([fan.id], "unionid")
        suspect_by_unionid(fan)


def find_fan(account_id: int, openid: str) -> Fan | None:
    """The fan with this openid, if we know her."""
    return known([(account_id, openid)]).get((account_id, openid))


def _find_or_make_fan(account_id: int, openid: str, unionid: str | None) -> Fan:
    statement = insert(Fan).values(_new_fan(account_id, openid, unionid))
    known = {  # it may come late
        name: func.coalesce(getattr(Fan, name), statement.excluded[name])
        for name in sealed_unionid(None)
    }
    statement = statement.on_conflict_do_update(
        index_elements=["brand_id", "account_id", "openid_index"], set_=known
    )
    fresh = {"populate_existing": True}
    return session.scalars(statement.returning(Fan), execution_options=fresh).one()


def _new_fan(account_id: int, openid: str, unionid: str | None) -> dict[str, Any]:
    brand_id = db.current_brand_id()
    return {
        "brand_id": brand_id,
        "account_id": account_id,
        "openid_encrypted": openids.seal(brand_id, account_id, openid),
        "openid_index": openids.index(brand_id, account_id, openid),
        **sealed_unionid(unionid),
        "is_following": False,
        "follow_order": 0,
        "created_at": clock.now(),
    }


def _change_follow(fan: Fan, *, is_following: bool, when: tuple[datetime, int]) -> None:
    if fan.follow_changed_at and when <= (fan.follow_changed_at, fan.follow_order):
        return
    fan.is_following = is_following
    fan.follow_changed_at, fan.follow_order = when
    if is_following and fan.first_followed_at is None:
        fan.first_followed_at = fan.follow_changed_at
