"""A push to many people goes out only when somebody else has looked at it."""

from __future__ import annotations

from sqlalchemy import func, select, update

from app.brands import service as brands
from app.core import audit, clock, db, queue
from app.core.db import session
from app.core.errors import Conflict, Forbidden
from app.members.models import FanTag
from app.pushes.models import Push, PushState
from app.staff.service import Actor

HUIKE = "huike"


class OwnPush(Forbidden):
    code, title = "own_push", "这条推送是你交的，要请另一个人批准"


class NotWaiting(Conflict):
    code, title = "push_not_waiting", "这条推送刚被改过，或已经不等批准；重新看一遍再决定"


class Unapproved(Exception):
    """So many people are not for one person to decide."""


def people(push: Push) -> int:
    """How many carry its tag now: whoever might get it, in this month or a later one."""
    tagged = select(func.count()).select_from(FanTag).where(FanTag.tag_id == push.tag_id)
    return session.scalar(tagged) or 0


def is_missing(push: Push, people: int) -> bool:
    """Whether so many are too many for one person to decide, and nobody else has."""
    limit = brands.push_limit(db.current_brand_id())
    return limit is not None and people > limit and push.approved_by_id is None


def ask(push: Push, actor: Actor) -> None:
    """It goes on the schedule, or waits. An approval stands until the push is edited."""
    must_wait = is_missing(push, people(push))
    push.state = PushState.WAITING if must_wait else PushState.SCHEDULED
    if push.approved_by_id is None:
        push.asked_by_id, push.asked_at = actor.staff_id, clock.now()
    session.flush()
    act = "push.approval_asked" if must_wait else "push.scheduled"
    audit.record(act, actor=actor.audit_name, subject=f"push:{push.id}")


def check(push: Push, actor: Actor, seen: str) -> None:
    """Whether she may approve what she saw; `seen` is when it was asked for, as her page had it.

    Raises NotWaiting, OwnPush.
    """
    if push.state != PushState.WAITING or push.asked_at is None:
        raise NotWaiting()
    if push.asked_by_id == actor.staff_id:
        raise OwnPush()
    if push.asked_at.isoformat() != seen:
        raise NotWaiting()


def allow(push: Push, actor: Actor) -> None:
    """Put it on the schedule in her name."""
    push.state, push.approved_by_id = PushState.SCHEDULED, actor.staff_id
    session.flush()
    facts = {"people": people(push), "asked_by": push.asked_by_id}
    subject = f"push:{push.id}"
    audit.record("push.approved", actor=actor.audit_name, subject=subject, **facts)
    queue.ring(queue.BULK)


def demand(push: Push, people: int) -> None:
    """Raises Unapproved."""
    if is_missing(push, people):
        raise Unapproved()


def hold(push: Push) -> None:
    """More people carry the tag than when it was scheduled: it waits after all."""
    alone = (Push.state == PushState.SCHEDULED) & Push.approved_by_id.is_(None)
    held = update(Push).where(Push.id == push.id, alone).values(state=PushState.WAITING)
    if session.scalar(held.returning(Push.id)):
        audit.record("push.held", actor=HUIKE, subject=f"push:{push.id}")
