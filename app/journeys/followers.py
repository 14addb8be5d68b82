"""Once a day WeChat's list of followers is read, and what an outage made us miss is healed.

First all pages are listed, then only those who differ are asked about by name: WeChat's answer
on the person decides, never her absence from a list. Each page and each hundred answers is a
transaction, so a check that dies goes on where it was, and two at once do no more than one.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Select,
    String,
    Update,
    and_,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute

from app.brands.models import AccountKind, WechatAccount
from app.core import bulk, clock, db, events, queue
from app.core.db import session
from app.journeys.models import CheckState, FollowerCheck, ListedFollower
from app.members import service as members
from app.members.models import Fan
from app.members.service import tombstones
from app.wechat import gateway, openids
from app.wechat.http import Answer

log = structlog.get_logger()
FROM_HOUR = 4  # on the shops' clock, when nobody scans
SECONDS = 15  # of a job's sixty; pushes go first
BATCH = 100  # of user/info/batchget
SOON, LATER = timedelta(minutes=1), timedelta(minutes=30)


@dataclass(frozen=True)
class Step:
    """Where a check stands, taken out of the transaction for the call."""

    check_id: int
    brand_id: int
    account_id: int
    state: CheckState
    after: str  # sealed; empty before the first page
    started_at: datetime


def plan_due(now: datetime) -> None:
    """Begin the day's check of each service account, and wake the worker for what is open."""
    with db.system_transaction():
        if clock.local(now).hour >= FROM_HOUR:
            _begin(now)
        if session.execute(_open(now).limit(1)).first():
            queue.ring(queue.BULK)


def _begin(now: datetime) -> None:
    accounts = select(WechatAccount).where(WechatAccount.kind == AccountKind.SERVICE)
    rows = [
        {
            "brand_id": account.brand_id,
            "account_id": account.id,
            "on": clock.business_day(now),
            "state": CheckState.LISTING,
            "started_at": now,
            "due_at": now,
            "after_encrypted": "",
            "listed": 0,
            "healed_follows": 0,
            "healed_leaves": 0,
        }
        for account in session.scalars(accounts)
    ]
    if rows:
        session.execute(insert(FollowerCheck).values(rows).on_conflict_do_nothing())
    old = (FollowerCheck.on < clock.business_day(now)) & FollowerCheck.finished_at.is_(None)
    given_up = {"state": CheckState.GIVEN_UP, "finished_at": now}
    session.execute(update(FollowerCheck).where(old).values(given_up))


def latest(limit: int) -> list[FollowerCheck]:
    """The current brand's checks, newest first."""
    newest = select(FollowerCheck).order_by(FollowerCheck.started_at.desc(), FollowerCheck.id)
    return list(session.scalars(newest.limit(limit)))


def work() -> None:
    """A helping of the open checks; what is left is rung for again."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        step = _next()
        if step is None:
            return
        _take(step)


def _open(now: datetime) -> Select[FollowerCheck]:
    is_open = FollowerCheck.finished_at.is_(None) & (FollowerCheck.due_at <= now)
    return select(FollowerCheck).where(is_open).order_by(FollowerCheck.due_at, FollowerCheck.id)


def _next() -> Step | None:
    with db.system_transaction():
        check = session.scalars(_open(clock.now()).limit(1)).first()
    if check is None:
        return None
    return Step(
        check.id,
        check.brand_id,
        check.account_id,
        check.state,
        check.after_encrypted,
        check.started_at,
    )


def _take(step: Step) -> None:
    """A WeChat that is silent, or says no to the whole account, costs the check some time."""
    try:
        _list(step) if step.state == CheckState.LISTING else _compare(step)
    except gateway.NoAnswer:
        _put_off(step, SOON)
    except gateway.WeChatError as refusal:
        log.warning("followers.refused", check_id=step.check_id, errcode=refusal.errcode)
        _put_off(step, LATER)


def _put_off(step: Step, wait: timedelta) -> None:
    with db.transaction(step.brand_id):
        session.execute(_this(step).values(due_at=clock.now() + wait))


def _list(step: Step) -> None:
    """One page; a page that another worker has just written down moves nothing."""
    page = next(gateway.follower_pages(step.account_id, _opened(step, step.after)), [])
    with db.transaction(step.brand_id):
        moved = _this(step).where(
            FollowerCheck.after_encrypted == step.after, FollowerCheck.state == CheckState.LISTING
        )
        if not page:
            session.execute(moved.values(state=CheckState.COMPARING))
        elif bulk.count(moved.values(after_encrypted=_sealed(step, page[-1]))):
            _add(step, FollowerCheck.listed, _keep(step, page))


def _sealed(step: Step, openid: str) -> str:
    return openids.seal(step.brand_id, step.account_id, openid)


def _opened(step: Step, sealed: str) -> str:
    return openids.opened(step.brand_id, step.account_id, sealed) if sealed else ""


def _keep(step: Step, names: Sequence[str], *, is_asked: bool = False) -> int:
    """Write openids down, each once; answers how many were new. Two arrays, however many."""
    columns = openids.columns(step.brand_id, step.account_id, names)
    given = func.unnest(*(literal(column, ARRAY(String)) for column in columns))
    rows = select(
        given.table_valued("openid_index", "openid_encrypted").render_derived(),
        literal(step.check_id, BigInteger).label("check_id"),
        literal(is_asked, Boolean).label("is_asked"),
    )
    new = bulk.adding(ListedFollower, rows).on_conflict_do_nothing()
    return len(session.scalars(new.returning(ListedFollower.openid_index)).all())


def _add(step: Step, column: InstrumentedAttribute[int], more: int) -> None:
    session.execute(_this(step).values({column: column + more}))


def _compare(step: Step) -> None:
    """Ask about the next hundred who differ; when none is left the check is done."""
    with db.transaction(step.brand_id):
        names = [_opened(step, sealed) for sealed in _who_differ(step)]
        if not names:
            _finish(step)
            return
    answers = _ask(step.account_id, names)
    with db.transaction(step.brand_id):
        for answer in answers:
            _heal(step, answer)
        _mark_asked(step, names)


def _mark_asked(step: Step, names: Sequence[str]) -> None:
    """Who vanished from the list is on it from here on, so that nobody is asked about twice."""
    _keep(step, names, is_asked=True)
    indexes, _ = openids.columns(step.brand_id, step.account_id, names)
    these = ListedFollower.openid_index.in_(indexes)
    session.execute(update(ListedFollower).where(_of(step), these).values(is_asked=True))


def _who_differ(step: Step) -> list[str]:
    """Sealed openids: listed but not following here, or following here but not listed; each is
    asked about once."""
    unchanged = or_(Fan.follow_changed_at.is_(None), Fan.follow_changed_at < step.started_at)
    is_same = Fan.openid_index == ListedFollower.openid_index
    same_fan = and_(Fan.account_id == step.account_id, is_same)
    known = exists().where(same_fan, or_(Fan.is_following, ~unchanged))
    missed = select(ListedFollower.openid_encrypted).limit(BATCH)
    missed = missed.where(_of(step), ~ListedFollower.is_asked, ~known)
    if found := list(session.scalars(missed.order_by(ListedFollower.openid_index))):
        return found
    is_followed = and_(Fan.account_id == step.account_id, Fan.is_following, unchanged)
    is_listed = exists().where(_of(step), is_same)
    vanished = select(Fan.openid_encrypted).where(is_followed, ~is_listed).limit(BATCH)
    return list(session.scalars(vanished.order_by(Fan.openid_index)))


def _ask(account_id: int, names: Sequence[str]) -> list[Answer]:
    """One openid that WeChat does not know spoils the answer on all: then one by one."""
    try:
        return gateway.user_infos(account_id, names)
    except gateway.WeChatError as refusal:
        if refusal.action is not gateway.Action.DROP_FAN:
            raise
    answers = []
    for openid in names:
        try:
            answers.append(gateway.user_info(account_id, openid))
        except gateway.WeChatError as refusal:
            if refusal.action is not gateway.Action.DROP_FAN:
                raise
    return answers


def _heal(step: Step, answer: Answer) -> None:
    openid, follows = str(answer.get("openid")), answer.get("subscribe") == 1
    fan = members.find_fan(step.account_id, openid)
    if follows and not (fan and fan.is_following):
        _heal_follow(step, openid, answer)
    elif not follows and fan is not None and fan.is_following:
        fan = members.unfollow(step.account_id, openid, step.started_at)
        if not fan.is_following:
            _found(step, fan, "wechat.leave_found", FollowerCheck.healed_leaves)


def _heal_follow(step: Step, openid: str, answer: Answer) -> None:
    """She follows since the time WeChat says, which a later leave that we know of outweighs."""
    if tombstones.is_forgotten(step.account_id, openid):
        return  # a list does not bring her back (docs/decisions/0011)
    since = datetime.fromtimestamp(int(answer.get("subscribe_time") or 0), UTC)
    fan = members.follow(step.account_id, openid, since)
    if not fan.is_following:
        return
    unionid = answer.get("unionid")
    members.learn_unionid(fan.id, unionid if isinstance(unionid, str) and unionid else None)
    _found(step, fan, "wechat.follow_found", FollowerCheck.healed_follows)


def _found(step: Step, fan: Fan, name: str, counter: InstrumentedAttribute[int]) -> None:
    is_new = events.record(
        name,
        fan_id=fan.id,
        member_id=fan.member_id,
        dedupe_key=_key(step, fan),
        account_id=step.account_id,
    )
    if is_new:
        _add(step, counter, 1)


def _key(step: Step, fan: Fan) -> str:
    """Two workers may heal the same hundred: it counts once."""
    return f"check:{step.check_id}:{fan.id}"


def _finish(step: Step) -> None:
    session.execute(_this(step).values(state=CheckState.DONE, finished_at=clock.now()))
    session.execute(delete(ListedFollower).where(_of(step)))


def _this(step: Step) -> Update:
    return update(FollowerCheck).where(
        FollowerCheck.brand_id == step.brand_id, FollowerCheck.id == step.check_id
    )


def _of(step: Step) -> ColumnElement[bool]:
    return and_(ListedFollower.brand_id == step.brand_id, ListedFollower.check_id == step.check_id)
