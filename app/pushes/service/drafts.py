"""A push before it is sent: drafts, the schedule, the pause."""

from __future__ import annotations

from datetime import datetime, time
from typing import TypedDict, Unpack

from sqlalchemy import select

from app.brands import service as brands
from app.brands.models import AccountKind
from app.core import audit, clock, db, queue
from app.core.db import session
from app.core.errors import BadInput, Conflict
from app.pushes.models import ACTIVE, TEXT_BYTES, TEXT_LIMIT, Push, PushRun, PushState
from app.pushes.queries import NoSuchPush
from app.pushes.service import approving, dates
from app.staff.service import Actor


class StillSending(Conflict):
    code, title = "still_sending", "正在发送，改不了；先停止，再改"


class NotNow(Conflict):
    code, title = "push_not_scheduled", "这条推送没有定时，用不着暂停"


class CannotSchedule(BadInput):
    code, title = "push_incomplete", "还不能定时，补好标出的几处再交"


class Plan(TypedDict, total=False):
    """What staff may set on a draft."""

    name: str
    account_id: int
    tag_id: int | None
    text: str
    holdout_basis_points: int
    day_of_month: int | None
    at_time: time | None
    once_at: datetime | None
    is_for_guides_too: bool
    created_by_id: int | None


def save_draft(push_id: int | None, **fields: Unpack[Plan]) -> Push:
    """Keep what was filled in; a scheduled push comes off the schedule. Raises StillSending."""
    push = _blank() if push_id is None else _at_rest(push_id)
    for name, value in fields.items():
        setattr(push, name, value)
    push.state, push.next_at = PushState.DRAFT, None
    push.asked_by_id = push.asked_at = push.approved_by_id = None
    session.add(push)
    session.flush()
    return push


def schedule(push_id: int, actor: Actor) -> Push:
    """Put it on the schedule, or go on after a pause; to many people, ask for approval.

    Raises CannotSchedule with fields.
    """
    push = locked(push_id)
    _place(push)
    approving.ask(push, actor)
    queue.ring(queue.BULK)
    return push


def approve(push_id: int, actor: Actor, seen: str) -> Push:
    """Somebody else lets it go out. Raises NotWaiting, OwnPush; CannotSchedule when too late."""
    push = locked(push_id)
    approving.check(push, actor, seen)
    _place(push)
    approving.allow(push, actor)
    return push


def pause(push_id: int, actor: Actor) -> Push:
    """No run starts and no call begins until it is scheduled again. Raises NotNow."""
    push = locked(push_id)
    if push.state == PushState.PAUSED:
        return push
    if push.state not in (PushState.SCHEDULED, PushState.WAITING):
        raise NotNow()
    push.state, push.next_at = PushState.PAUSED, None
    session.flush()
    audit.record("push.paused", actor=actor.audit_name, subject=f"push:{push.id}")
    return push


def locked(push_id: int) -> Push:
    """The push, held until the commit. Raises NoSuchPush."""
    statement = select(Push).filter_by(id=push_id).with_for_update(key_share=True)
    push = session.scalar(statement.execution_options(populate_existing=True))
    if push is None:
        raise NoSuchPush()
    return push


def _place(push: Push) -> None:
    push.next_at = _first_free(push) if _has_time(push) else None
    problems = _problems(push)
    if problems:
        raise CannotSchedule(fields=problems)


def _blank() -> Push:
    account = brands.account(db.current_brand_id(), AccountKind.SERVICE)
    return Push(account_id=account.id, created_at=clock.now())


def _at_rest(push_id: int) -> Push:
    push = locked(push_id)
    if _is_sending(push):
        raise StillSending()
    return push


def _is_sending(push: Push) -> bool:
    active = select(PushRun.id).where(PushRun.push_id == push.id, PushRun.state.in_(ACTIVE))
    return session.scalar(active.limit(1)) is not None


def _has_time(push: Push) -> bool:
    return push.once_at is not None or None not in (push.day_of_month, push.at_time)


def _first_free(push: Push) -> datetime | None:
    """The next moment whose period has had no run yet."""
    zone = brands.get(db.current_brand_id()).zoneinfo
    runs = select(PushRun.period).where(PushRun.push_id == push.id)
    had = set(session.scalars(runs))
    due = dates.next_due(push, clock.now(), zone)
    while due is not None and dates.period(push, due, zone) in had:
        due = dates.next_due(push, due, zone)
    return due


def _problems(push: Push) -> dict[str, list[str]]:
    """Each thing that stands in the way, by field."""
    found = {
        "name": None if push.name.strip() else "给推送起个名字",
        "tag_id": None if push.tag_id else "选一个标签，才知道发给谁",
        "text": _problem_of_text(push.text),
        "time": _problem_of_time(push),
    }
    return {field: [words] for field, words in found.items() if words}


def _problem_of_text(text: str) -> str | None:
    if not text.strip():
        return "写上要发的文字"
    if len(text) > TEXT_LIMIT or len(text.encode()) > TEXT_BYTES:
        return f"太长了，最多 {TEXT_LIMIT} 字，表情算两个"
    return None


def _problem_of_time(push: Push) -> str | None:
    if not _has_time(push):
        return "选好什么时候发"
    return None if push.next_at or _is_sending(push) else "这个时间已经过去，换一个以后的时间"
