"""Fans: following and leaving in WeChat's order, and being recognised as a member."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db
from app.core.db import session
from app.members.models import Fan

Place = tuple[int, str]  # an openid means something within its account alone


@dataclass(frozen=True)
class Step:
    """A fan came or left: what WeChat says, and when. Its times are whole seconds; `order` (of
    arrival) decides within one."""

    account_id: int
    openid: str
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
    locked = select(Fan).where(_among(places)).order_by(Fan.id).with_for_update()
    fresh = {"populate_existing": True}
    found = {
        (fan.account_id, fan.openid): fan
        for fan in session.scalars(locked, execution_options=fresh)
    }
    with session.no_autoflush:
        for step in steps:
            _take(found[step.account_id, step.openid], step)
    return found


def _take(fan: Fan, step: Step) -> None:
    _change_follow(fan, is_following=step.is_following, when=(step.at, step.order))
    if step.is_following and fan.unionid is None and fan.unionid_due_at is None:
        fan.unionid_due_at = clock.now()


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
    found = session.scalars(select(Fan).where(_among(places)))
    return {(fan.account_id, fan.openid): fan for fan in found}


def _among(places: Collection[Place]) -> ColumnElement[bool]:
    return tuple_(Fan.account_id, Fan.openid).in_(set(places))


def visit_mini(account_id: int, openid: str, unionid: str | None) -> Fan:
    """She opened the mini-program; she is the same person as the fan with her unionid."""
    fan = _find_or_make_fan(account_id, openid, unionid)
    _recognise(fan)
    return fan


def learn_unionid(fan_id: int, unionid: str | None) -> Fan:
    """WeChat said who she is across accounts; None when the account is bound to no platform."""
    fan = session.get_one(Fan, (db.current_brand_id(), fan_id), with_for_update=True)
    fan.unionid_due_at = None
    fan.unionid = fan.unionid or unionid
    _recognise(fan)
    return fan


def _recognise(fan: Fan) -> None:
    """A fan with a known unionid is the member whom another of her WeChats has told us."""
    if fan.member_id is not None or fan.unionid is None:
        return
    known = select(Fan.member_id).where(Fan.unionid == fan.unionid, Fan.member_id.is_not(None))
    fan.member_id = session.scalar(known.limit(1))


def find_fan(account_id: int, openid: str) -> Fan | None:
    """The fan with this openid, if we know her."""
    return session.scalar(select(Fan).filter_by(account_id=account_id, openid=openid))


def _find_or_make_fan(account_id: int, openid: str, unionid: str | None) -> Fan:
    statement = insert(Fan).values(_new_fan(account_id, openid, unionid))
    known = {"unionid": func.coalesce(Fan.unionid, statement.excluded.unionid)}  # it may come late
    statement = statement.on_conflict_do_update(
        index_elements=["brand_id", "account_id", "openid"], set_=known
    )
    fresh = {"populate_existing": True}
    return session.scalars(statement.returning(Fan), execution_options=fresh).one()


def _new_fan(account_id: int, openid: str, unionid: str | None) -> dict[str, Any]:
    return {
        "brand_id": db.current_brand_id(),
        "account_id": account_id,
        "openid": openid,
        "unionid": unionid,
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
