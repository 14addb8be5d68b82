"""What failed too often: it rests here until a person looks, and may be tried again.

Two kinds rest: an inbox message that was not understood, and a reaction to an event. The inbox
has no brand fence of its own, so every statement about it names the brand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select, update

from app.core import audit, bulk, clock, db, inbox, queue
from app.core.db import session
from app.core.errors import Conflict, NotFound
from app.core.events import Event, ReactionState, ReactionWork
from app.core.inbox import InboxMessage, InboxState

FROM_INBOX = "inbox:"  # how an event's dedupe key names the message it came from


class NoDeadLetter(NotFound):
    code, title = "no_dead_letter", "没有这封死信，或已经重放过了"


class CountHasChanged(Conflict):
    code, title = "count_has_changed", "死信的数量变了，看过现在的数量再重放"


class Kind(StrEnum):
    """Where it failed."""

    MESSAGE = "message"
    REACTION = "reaction"


@dataclass(frozen=True)
class Cause:
    """In what way it failed; `reaction` is empty for a message."""

    kind: Kind
    reaction: str
    reason: str


@dataclass(frozen=True)
class Group:
    """Those of one cause."""

    cause: Cause
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class DeadLetter:
    """One of them. `inbox_id`: the message it came from, where its event still says so."""

    number: int  # of the inbox row, or of the event
    account_id: int | None
    at: datetime
    attempts: int
    event_name: str | None
    inbox_id: int | None


@dataclass(frozen=True)
class Counts:
    """Everything that was ever dead: what still is, what waits for its new try, what is done."""

    dead: int
    waiting: int
    recovered: int

    @property
    def ever(self) -> int:
        """The sum of the three."""
        return self.dead + self.waiting + self.recovered


def counts() -> Counts:
    """Of both kinds together."""
    found = [_counts(InboxMessage, _ours()), _counts(ReactionWork, _of_this_brand())]
    return Counts(*(sum(column) for column in zip(*found, strict=True)))


def _counts(
    model: type[InboxMessage | ReactionWork], ours: ColumnElement[bool]
) -> tuple[int, int, int]:
    """Both kinds call it `dead`; what is neither dead nor done waits."""
    is_again = model.replayed_at.is_not(None)
    is_dead, is_done = model.state == InboxState.DEAD, model.state == InboxState.DONE
    columns = (
        func.count().filter(is_dead),
        func.count().filter(is_again, ~is_dead, ~is_done),
        func.count().filter(is_again, is_done),
    )
    dead, waiting, recovered = session.execute(
        select(*columns).where(ours, is_dead | is_again)
    ).one()
    return dead, waiting, recovered


def groups() -> list[Group]:
    """By cause, the most frequent first."""
    messages = select(
        InboxMessage.last_error,
        func.count(),
        func.min(InboxMessage.received_at),
        func.max(InboxMessage.received_at),
    ).where(_ours(), InboxMessage.state == InboxState.DEAD)
    found = [
        Group(Cause(Kind.MESSAGE, "", reason or ""), count, first_at, last_at)
        for reason, count, first_at, last_at in session.execute(
            messages.group_by(InboxMessage.last_error)
        )
    ]
    return sorted(found + _reaction_groups(), key=lambda group: (-group.count, group.last_at))


def _reaction_groups() -> list[Group]:
    cause = (ReactionWork.reaction, ReactionWork.last_error)
    works = select(
        ReactionWork.reaction,
        ReactionWork.last_error,
        func.count(),
        func.min(Event.at),
        func.max(Event.at),
    ).join(Event, _event_of_work())
    dead = works.where(ReactionWork.state == ReactionState.DEAD).group_by(*cause)
    return [
        Group(Cause(Kind.REACTION, reaction, reason or ""), count, first_at, last_at)
        for reaction, reason, count, first_at, last_at in session.execute(dead)
    ]


def letters(cause: Cause, limit: int) -> list[DeadLetter]:
    """The newest of a cause."""
    return _messages(cause, limit) if cause.kind == Kind.MESSAGE else _reactions(cause, limit)


def _messages(cause: Cause, limit: int) -> list[DeadLetter]:
    newest = select(InboxMessage).where(_dead_messages(cause)).order_by(InboxMessage.id.desc())
    return [
        DeadLetter(row.id, row.account_id, row.received_at, row.attempts, None, row.id)
        for row in session.scalars(newest.limit(limit))
    ]


def _reactions(cause: Cause, limit: int) -> list[DeadLetter]:
    works = select(ReactionWork.attempts, Event).join(Event, _event_of_work())
    newest = works.where(_dead_reactions(cause)).order_by(Event.id.desc()).limit(limit)
    return [
        DeadLetter(
            number=event.id,
            account_id=event.data.get("account_id"),
            at=event.at,
            attempts=attempts,
            event_name=event.name,
            inbox_id=_inbox_id(event),
        )
        for attempts, event in session.execute(newest)
    ]


def _inbox_id(event: Event) -> int | None:
    key = event.dedupe_key or ""
    return int(key.removeprefix(FROM_INBOX)) if key.startswith(FROM_INBOX) else None


def replay_all(cause: Cause, *, expected: int, actor: str) -> None:
    """Try all of a cause again, if they are as many as the person was told.

    Raises CountHasChanged, and then none is tried.
    """
    is_message = cause.kind == Kind.MESSAGE
    if (
        _try_again(cause, _dead_messages(cause) if is_message else _dead_reactions(cause))
        != expected
    ):
        raise CountHasChanged()
    _audit(cause, actor, count=expected)


def replay_one(cause: Cause, number: int, *, actor: str) -> None:
    """Try one again. Raises NoDeadLetter."""
    if cause.kind == Kind.MESSAGE:
        chosen = _dead_messages(cause) & (InboxMessage.id == number)
    else:
        chosen = _dead_reactions(cause) & (ReactionWork.event_id == number)
    if _try_again(cause, chosen) == 0:
        raise NoDeadLetter()
    _audit(cause, actor, count=1, number=number)


def _try_again(cause: Cause, chosen: ColumnElement[bool]) -> int:
    """As if it had never been tried; the worker is rung after the commit."""
    at = clock.now()
    again = {"attempts": 0, "due_at": at, "replayed_at": at}
    if cause.kind == Kind.MESSAGE:
        statement = update(InboxMessage).values(state=InboxState.NEW, **again)
    else:
        statement = update(ReactionWork).values(state=ReactionState.DUE, **again)
    queue.ring(queue.NOW)
    return bulk.count(statement.where(chosen))


def _audit(cause: Cause, actor: str, **detail: int) -> None:
    subject = f"{cause.kind}:{cause.reaction or cause.reason}"
    audit.record("dead_letters.replayed", actor=actor, subject=subject[:64], **detail)


def open_message(inbox_id: int, *, actor: str, why: str) -> str:
    """The decrypted message. Who read it and why is audited. Raises NoDeadLetter."""
    message = session.scalar(select(InboxMessage).where(_ours(), InboxMessage.id == inbox_id))
    if message is None or not message.raw_encrypted:
        raise NoDeadLetter("这条消息的原文不在了")
    audit.record("inbox.opened", actor=actor, subject=f"inbox:{inbox_id}", why=why)
    return inbox.read(message)


def _ours() -> ColumnElement[bool]:
    return InboxMessage.brand_id == db.current_brand_id()


def _of_this_brand() -> ColumnElement[bool]:
    return ReactionWork.brand_id == db.current_brand_id()


def _event_of_work() -> ColumnElement[bool]:
    return (Event.brand_id == ReactionWork.brand_id) & (Event.id == ReactionWork.event_id)


def _dead_messages(cause: Cause) -> ColumnElement[bool]:
    is_dead = InboxMessage.state == InboxState.DEAD
    return _ours() & is_dead & (func.coalesce(InboxMessage.last_error, "") == cause.reason)


def _dead_reactions(cause: Cause) -> ColumnElement[bool]:
    is_dead = ReactionWork.state == ReactionState.DEAD
    of_cause = (ReactionWork.reaction == cause.reaction) & (
        func.coalesce(ReactionWork.last_error, "") == cause.reason
    )
    return _of_this_brand() & is_dead & of_cause
