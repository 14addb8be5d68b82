"""The rows of welcomes to WeCom's customers: written with the event, claimed, settled.

The code that a welcome costs stays where it came in: in the inbox's sealed message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.brands.models import AccountKind, WechatAccount
from app.core import clock, db, inbox, queue
from app.core.db import session
from app.core.inbox import InboxMessage
from app.wechat.events.reading import Reading
from app.wechat.models import ContactState, ContactWelcome

MARK, EVENT = "<WelcomeCode>", "event.change_external_contact"
WINDOW = timedelta(seconds=20)
MARGIN = timedelta(seconds=1)  # a call needs time
ABANDONED = timedelta(minutes=1)
AGAIN = timedelta(seconds=1)


@dataclass(frozen=True)
class Told:
    """A message that has been read, and who sent it to whom."""

    message: InboxMessage
    xml: str = field(repr=False)


@dataclass(frozen=True)
class Claimed:
    """A welcome that is about to be called for: what WeCom said, taken out of the transaction."""

    welcome_id: int
    brand_id: int
    account_id: int
    told_at: datetime
    code: str = field(repr=False)
    userid: str = field(repr=False)
    state: str | None


def is_candidate(xml: str) -> bool:
    """Whether the message holds a welcome code of an event; nearly none costs more than a look."""
    if MARK not in xml:
        return False
    told = Reading.of(xml)
    return told.kind == EVENT and told.text("WelcomeCode") is not None


def plan(told: Sequence[Told]) -> None:
    """Write down that these messages' welcomes are due; one that is read again is one. A code
    that does not come from a corp of ours is worth nothing."""
    corps = select(WechatAccount.id).where(WechatAccount.kind == AccountKind.WECOM)
    ours = set(session.scalars(corps))
    rows = [_row(each) for each in told if each.message.account_id in ours]
    if rows:
        session.execute(insert(ContactWelcome).on_conflict_do_nothing(), rows)
        queue.ring(queue.FAST)


def _row(told: Told) -> Mapping[str, object]:
    at = datetime.fromtimestamp(Reading.of(told.xml).number("CreateTime"), UTC)
    return {
        "brand_id": told.message.brand_id,
        "account_id": told.message.account_id,
        "message_id": told.message.id,
        "told_at": at,
        "due_at": clock.now(),  # WeCom's clock may be ahead of ours
        "state": ContactState.DUE,
    }


def claim(limit: int) -> list[Claimed]:
    """Mark those that have waited longest as being called; committed before any call. Whose
    seconds are over, or whose message is forgotten, is late."""
    _give_up_late()
    ready = (ContactWelcome.state == ContactState.DUE) & (ContactWelcome.due_at <= clock.now())
    due = select(ContactWelcome, InboxMessage).where(ready, InboxMessage.raw_encrypted != "")
    due = due.join(InboxMessage, InboxMessage.id == ContactWelcome.message_id)
    due = due.order_by(ContactWelcome.told_at).limit(limit)
    with db.system_transaction():
        rows = session.execute(due.with_for_update(of=ContactWelcome, skip_locked=True)).all()
        for row, _ in rows:
            row.state = ContactState.CALLING
        return [_claimed(row, message) for row, message in rows]


def _claimed(row: ContactWelcome, message: InboxMessage) -> Claimed:
    told = Reading.of(inbox.read(message))
    return Claimed(
        welcome_id=row.id,
        brand_id=row.brand_id,
        account_id=row.account_id,
        told_at=row.told_at,
        code=told.text("WelcomeCode") or "",
        userid=told.text("UserID") or "",
        state=told.text("State"),
    )


def _give_up_late() -> None:
    at = clock.now()
    late = ContactWelcome.told_at < at - WINDOW + MARGIN
    statement = update(ContactWelcome).where(ContactWelcome.state == ContactState.DUE, late)
    with db.system_transaction():
        session.execute(statement.values(state=ContactState.LATE, ended_at=at))


def is_late(claimed: Claimed) -> bool:
    """Whether it could not arrive any more."""
    return clock.now() > claimed.told_at + WINDOW - MARGIN


def settle(claimed: Claimed, state: ContactState, errcode: int | None = None) -> None:
    """How the call went; who is due again is so in a second."""
    ours = (ContactWelcome.brand_id == claimed.brand_id) & (ContactWelcome.id == claimed.welcome_id)
    is_open = state is ContactState.DUE
    values: dict[str, Any] = {"state": state, "errcode": errcode}
    values |= {"due_at": clock.now() + AGAIN} if is_open else {"ended_at": clock.now()}
    mine = ContactWelcome.state == ContactState.CALLING
    with db.transaction(claimed.brand_id):
        session.execute(update(ContactWelcome).where(ours, mine).values(values))


def is_any_due() -> bool:
    """Whether one waits. In a transaction over all brands."""
    due = select(ContactWelcome.id).where(ContactWelcome.state == ContactState.DUE)
    return session.scalar(due.limit(1)) is not None


def doubt_abandoned() -> int:
    """A worker died between the call and its settlement: nobody knows, so nobody sends again."""
    at = clock.now()
    left = (ContactWelcome.state == ContactState.CALLING) & (
        ContactWelcome.told_at < at - ABANDONED
    )
    statement = update(ContactWelcome).where(left)
    statement = statement.values(state=ContactState.UNKNOWN, ended_at=at)
    with db.system_transaction():
        return len(session.execute(statement.returning(ContactWelcome.id)).all())


def counted(since: datetime) -> dict[ContactState, int]:
    """The current brand's welcomes since then, by how they went."""
    rows = select(ContactWelcome.state, func.count()).where(ContactWelcome.told_at >= since)
    found = session.execute(rows.group_by(ContactWelcome.state))
    return {ContactState(state): number for state, number in found}
