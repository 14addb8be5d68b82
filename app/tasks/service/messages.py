"""A message to her, from a task or from her sheet, by the system: claimed and committed, called,
settled.

A customer-service message, which WeChat takes for two days after she wrote to the account. It
has no key there, so a doubt is `unknown` and nobody sends it again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.brands import service as brands
from app.brands.models import AccountKind, WechatAccount
from app.core import clock, db, events
from app.core.db import session
from app.core.errors import BadInput, Conflict
from app.core.events import Event
from app.members import queries as members
from app.members.models import ConsentChannel, Fan, Member, Purpose
from app.members.service import openid_of
from app.staff.models import Staff
from app.tasks import filling, queries
from app.tasks.models import MessageState, Task, TaskMessage
from app.tasks.service.acts import IsOver, SomeoneHasIt, Tap

WINDOW = timedelta(hours=48) - timedelta(minutes=5)  # a call needs time
ABANDONED = timedelta(minutes=2)
HEARD = "wechat.message_received"
LONGEST = 600
MOST_UNANSWERED, MOST_A_DAY = 3, 50
NOT_HEARD = "她 48 小时内没给服务号发过消息，微信不让发；复制话术，用别的方式联系"


class CannotWrite(Conflict):
    code, title = "cannot_write", "现在不能从这里发给她"


class NoWords(BadInput):
    code, title = "no_words", f"写上要发的话，最多 {LONGEST} 字，不能有花括号"


class AlreadyWritten(Conflict):
    code, title = "already_written", "这个任务已经发过一条，等她回了再说"


class Unanswered(Conflict):
    code, title = "unanswered", f"已经发了 {MOST_UNANSWERED} 条，等她回了再说"


class EnoughToday(Conflict):
    code, title = "enough_messages", f"你今天已经发了 {MOST_A_DAY} 条，明天再发"


TOO_MANY = Unanswered, EnoughToday


@dataclass(frozen=True)
class Way:
    """Whether the system can write to her now: until when, or in words why not."""

    fan_id: int | None
    until: datetime | None
    why_not: str


@dataclass(frozen=True)
class Claim:
    """What the call needs, taken out of the transaction."""

    message_id: int
    brand_id: int
    account_id: int
    openid: str = field(repr=False)
    text: str = field(repr=False)


def way_to(member_id: int, now: datetime) -> Way:
    """By the WeChat from which she wrote last, while its window is open and she agrees."""
    if not members.has_consent(member_id, Purpose.MARKETING, ConsentChannel.WECHAT):
        return Way(None, None, "她没有同意微信消息，打电话或等她来店里")
    is_service = WechatAccount.kind == AccountKind.SERVICE
    last = select(Fan.id, func.max(Event.at)).join(Event, _its_fan())
    hers = last.join(WechatAccount, WechatAccount.id == Fan.account_id).where(
        Fan.member_id == member_id,
        Fan.is_following,
        is_service,
        Event.name == HEARD,
        Event.at > now - WINDOW,
    )
    found = session.execute(hers.group_by(Fan.id).order_by(func.max(Event.at).desc())).first()
    if found is None:
        return Way(None, None, NOT_HEARD)
    return Way(found[0], found[1] + WINDOW, "")


def _its_fan() -> ColumnElement[bool]:
    return (Event.brand_id == Fan.brand_id) & (Event.fan_id == Fan.id)


def claim(task_id: int, text: str, tap: Tap) -> Claim | None:
    """Write down that it is about to be sent; None when this very tap was dealt with before.

    Raises NoTask, IsOver, SomeoneHasIt, NoWords, CannotWrite, AlreadyWritten.
    """
    task, now = queries.visible(task_id, tap.actor), clock.now()
    if session.scalar(select(TaskMessage.id).filter_by(key=tap.own_key)):
        return None
    _check(task, text, tap, now)
    way = way_to(task.member_id, now)
    if way.fan_id is None:
        raise CannotWrite(way.why_not)
    message_id = _written(task.id, way.fan_id, tap, now)
    if message_id is None:
        return None
    fan = members.fans_by_ids([way.fan_id])[way.fan_id]
    return Claim(message_id, fan.brand_id, fan.account_id, openid_of(fan), text.strip())


def claim_to(member_id: int, text: str, tap: Tap) -> Claim | None:
    """The same from her sheet, without a task; a few at most until she answers, and so many a
    guide and day.

    Raises NoKey, NoWords, CannotWrite, Unanswered, EnoughToday.
    """
    now, key = clock.now(), tap.own_key
    _hold(member_id, tap)
    if session.scalar(select(TaskMessage.id).filter_by(key=key)):
        return None
    _check_words(text)
    way = way_to(member_id, now)
    if way.fan_id is None or way.until is None:
        raise CannotWrite(way.why_not)
    _check_counts(member_id, way.until - WINDOW, tap, now)
    message_id = _written(None, way.fan_id, tap, now)
    if message_id is None:
        return None
    fan = members.fans_by_ids([way.fan_id])[way.fan_id]
    return Claim(message_id, fan.brand_id, fan.account_id, openid_of(fan), text.strip())


def _hold(member_id: int, tap: Tap) -> None:
    """Until the commit, so that of two taps one sees the other's message: first she, then the
    guide, as whoever gives a member to a guide holds them."""
    session.execute(select(Member.id).filter_by(id=member_id).with_for_update(key_share=True))
    guide = select(Staff.id).filter_by(id=tap.actor.staff_id)
    session.execute(guide.with_for_update(key_share=True))


def _check_counts(member_id: int, heard_at: datetime, tap: Tap, now: datetime) -> None:
    count = select(func.count()).select_from(TaskMessage)
    counted = count.where(TaskMessage.state != MessageState.REFUSED)
    hers = TaskMessage.fan_id.in_(select(Fan.id).where(Fan.member_id == member_id))
    unanswered = session.scalar(counted.where(hers, TaskMessage.at > heard_at)) or 0
    if unanswered >= MOST_UNANSWERED:
        raise Unanswered()
    zone = brands.get(db.current_brand_id()).zoneinfo
    midnight, _ = clock.day_bounds(clock.business_day(now, zone), zone)
    mine = TaskMessage.by_id == tap.actor.staff_id
    if (session.scalar(counted.where(mine, TaskMessage.at >= midnight)) or 0) >= MOST_A_DAY:
        raise EnoughToday()


def _check_words(text: str) -> None:
    if not 0 < len(text.strip()) <= LONGEST or filling.has_brace(text):
        raise NoWords()


def _check(task: Task, text: str, tap: Tap, now: datetime) -> None:
    """Held until the commit, so that of two taps one sees the other's message."""
    session.execute(select(Task.id).filter_by(id=task.id).with_for_update(key_share=True))
    found = queries.standing(task, now)
    if not found.is_live:
        raise IsOver()
    if found.guide is not None and not queries.may_act(found, tap.actor, now):
        raise SomeoneHasIt(f"这是{found.guide.name}的任务")
    _check_words(text)
    if queries.is_sent(task.id, since=task.touched_at):
        raise AlreadyWritten()


def _written(task_id: int | None, fan_id: int, tap: Tap, now: datetime) -> int | None:
    """The message's id; that she was written to stands on her timeline. None for a known key."""
    values = {
        "brand_id": db.current_brand_id(),
        "task_id": task_id,
        "fan_id": fan_id,
        "by_id": tap.actor.staff_id,
        "key": tap.own_key,
        "state": MessageState.CALLING,
        "at": now,
    }
    statement = insert(TaskMessage).values(values).on_conflict_do_nothing()
    message_id = session.scalar(statement.returning(TaskMessage.id))
    if message_id is not None:
        events.record("member.messaged", fan_id=fan_id, at=now, staff_id=tap.actor.staff_id)
    return message_id


def settle(message_id: int, state: MessageState, errcode: int | None = None) -> None:
    """How the call ended; the first word stays."""
    ours = (TaskMessage.brand_id == db.current_brand_id()) & (TaskMessage.id == message_id)
    calling = update(TaskMessage).where(ours, TaskMessage.state == MessageState.CALLING)
    session.execute(calling.values(state=state, errcode=errcode))


def doubt_abandoned() -> int:
    """Who called is gone: nobody knows, so nobody sends again. Over all brands."""
    is_dead = (TaskMessage.state == MessageState.CALLING) & (
        TaskMessage.at < clock.now() - ABANDONED
    )
    statement = update(TaskMessage).where(is_dead).values(state=MessageState.UNKNOWN)
    return len(session.execute(statement.returning(TaskMessage.id)).all())
