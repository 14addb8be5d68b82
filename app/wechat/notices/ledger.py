"""The ledger of notices: due, claimed under a lease, settled by what WeChat answered.

A key that WeChat knows for ten minutes protects each; after that a doubt is `unknown` for good.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, codes, db, queue
from app.core.crypto import keyring
from app.core.db import session
from app.core.events import Event
from app.wechat import openids
from app.wechat.gateway.messages import Template
from app.wechat.models import Notice, NoticeState

LEASE = timedelta(seconds=20)
START_SECONDS = 8.0  # later than this after the claim, an answer might outlast the lease
KEY_WINDOW = timedelta(minutes=8)  # WeChat remembers a key for ten; two are our margin

TAKE = """
WITH due AS MATERIALIZED (
    SELECT id FROM notices
    WHERE brand_id = :brand AND account_id = :account AND state = 'due' AND due_at <= :now
      AND NOT (is_in_doubt AND first_try_at <= :forgotten)
    ORDER BY due_at, id LIMIT :count FOR UPDATE SKIP LOCKED
)
UPDATE notices SET state = 'calling', attempts = attempts + 1,
    first_try_at = CASE WHEN is_in_doubt THEN first_try_at ELSE :now END,
    lease_until = :until, lease_token = :token
FROM due WHERE notices.brand_id = :brand AND notices.id = due.id
RETURNING notices.id, openid_encrypted, subject, content_encrypted, attempts"""

SETTLE = """
UPDATE notices SET
    state = CASE WHEN answer.state = 'refused' AND notices.is_in_doubt THEN 'unknown'
                 ELSE answer.state END,
    errcode = answer.errcode, message_id = answer.message_id,
    due_at = coalesce(answer.due_at, notices.due_at),
    is_in_doubt = notices.is_in_doubt OR answer.leaves_doubt
FROM unnest(CAST(:ids AS bigint[]), CAST(:states AS text[]), CAST(:errcodes AS bigint[]),
            CAST(:message_ids AS bigint[]), CAST(:due_ats AS timestamptz[]),
            CAST(:doubts AS boolean[]))
    AS answer(id, state, errcode, message_id, due_at, leaves_doubt)
WHERE notices.brand_id = :brand AND notices.id = answer.id
  AND notices.state = 'calling' AND notices.lease_token = :token"""

STOP_TEMPLATE = """
UPDATE notices SET state = 'refused', errcode = :errcode
WHERE brand_id = :brand AND account_id = :account AND template_id = :template
  AND state = 'due' AND NOT is_in_doubt"""

EXPIRE = """
UPDATE notices SET state = 'due', due_at = :now, is_in_doubt = true
WHERE state = 'calling' AND lease_until <= :now"""

GIVE_UP = """
UPDATE notices SET state = 'unknown'
WHERE state = 'due' AND is_in_doubt AND first_try_at <= :forgotten"""

FINISH = """
UPDATE notices SET state = :state, finished_at = :at
WHERE brand_id = :brand AND account_id = :account AND message_id = :message_id
  AND state IN ('sent', 'unknown') RETURNING id"""


@dataclass(frozen=True)
class Claimed:
    """One notice in a worker's hands; the same key at every try."""

    notice_id: int
    openid: str = field(repr=False)
    message: Template
    attempts: int
    key: str


@dataclass(frozen=True)
class Batch:
    """What a worker carries over from the claim to the calls and the settling."""

    brand_id: int
    account_id: int
    lease_token: str
    notices: list[Claimed]
    claimed: float = field(default_factory=time.monotonic)

    def is_late(self) -> bool:
        """A worker that was paused, or is slow, must not call: others may be at it by now."""
        return time.monotonic() - self.claimed > START_SECONDS


@dataclass(frozen=True)
class Outcome:
    """What became of one call; `calling` where nobody knows, so that the lease decides."""

    notice_id: int
    state: NoticeState
    errcode: int | None = None
    message_id: int | None = None
    due_at: datetime | None = None
    leaves_doubt: bool = False


def write(*, account_id: int, openid: str, subject: str, message: Template) -> None:
    """Write a notice down as due; the same subject twice is one notice."""
    brand_id = db.current_brand_id()
    values = {
        "brand_id": brand_id,
        "account_id": account_id,
        "openid_encrypted": openids.seal(brand_id, account_id, openid),
        "openid_index": openids.index(brand_id, account_id, openid),
        "subject": subject,
        "template_id": message.template_id,
        "content_encrypted": keyring().seal(
            json.dumps(asdict(message)), context=_context(brand_id, subject)
        ),
        "state": NoticeState.DUE,
        "due_at": clock.now(),
    }
    session.execute(insert(Notice).values(values).on_conflict_do_nothing())
    queue.ring(queue.BULK)


def due_accounts() -> list[tuple[int, int]]:
    """Brand and account of those that have something due; over all brands."""
    due = select(Notice.brand_id, Notice.account_id).distinct()
    due = due.where(Notice.state == NoticeState.DUE, Notice.due_at <= clock.now())
    return [(row.brand_id, row.account_id) for row in session.execute(due)]


def is_any_due() -> bool:
    """Whether a worker should be woken."""
    due = select(Notice.id).where(Notice.state == NoticeState.DUE, Notice.due_at <= clock.now())
    return session.scalar(due.limit(1)) is not None


def claim(account_id: int, count: int) -> Batch:
    """The next due ones of an account of the current brand, perhaps none."""
    now, token, brand_id = clock.now(), codes.code(32), db.current_brand_id()
    values = {
        "brand": brand_id,
        "account": account_id,
        "now": now,
        "forgotten": now - KEY_WINDOW,
        "until": now + LEASE,
        "token": token,
        "count": count,
    }
    rows = session.execute(text(TAKE), values).all()
    claimed = [
        Claimed(
            notice_id=row.id,
            openid=openids.opened(brand_id, account_id, row.openid_encrypted),
            message=_opened(brand_id, row.subject, row.content_encrypted),
            attempts=row.attempts,
            key=key_of(row.id, row.subject),
        )
        for row in rows
    ]
    return Batch(brand_id, account_id, token, claimed)


def settle(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """Write all answers in one statement, unless a lease has passed to somebody else."""
    values = {
        "brand": batch.brand_id,
        "token": batch.lease_token,
        "ids": [one.notice_id for one in outcomes],
        "states": [str(one.state) for one in outcomes],
        "errcodes": [one.errcode for one in outcomes],
        "message_ids": [one.message_id for one in outcomes],
        "due_ats": [one.due_at for one in outcomes],
        "doubts": [one.leaves_doubt for one in outcomes],
    }
    session.execute(text(SETTLE), values)


def stop_template(batch: Batch, template_id: str, errcode: int) -> None:
    """WeChat will not pass this template: what is due of it is refused with the same code."""
    values = {"brand": batch.brand_id, "account": batch.account_id}
    values_of_stop = {"template": template_id, "errcode": errcode}
    session.execute(text(STOP_TEMPLATE), values | values_of_stop)


def expire() -> None:
    """What a dead worker held, or nobody answered for, is due again under its key; where
    WeChat may have forgotten the key it is unknown for good. Over all brands."""
    now = clock.now()
    session.execute(text(EXPIRE), {"now": now})
    session.execute(text(GIVE_UP), {"forgotten": now - KEY_WINDOW})


class NotYet(Exception):
    """The receipt came before our own record of the call: react to it again later."""


def on_finished(events: Sequence[Event]) -> None:
    """WeChat's receipts: delivered or not. Raises NotYet.

    One of a template message that is none of ours is passed over, once it is old or no call of
    its account is under way that it could belong to.
    """
    for event in events:
        is_young = clock.now() - event.at < 2 * LEASE
        if not _finish(event) and is_young and _is_calling(event.data["account_id"]):
            raise NotYet()


def _finish(event: Event) -> bool:
    facts = event.data
    values = {
        "brand": db.current_brand_id(),
        "account": facts["account_id"],
        "message_id": facts["message_id"],
        "state": NoticeState.DELIVERED if facts["is_delivered"] else NoticeState.FAILED,
        "at": event.at,
    }
    return session.execute(text(FINISH), values).first() is not None


def _is_calling(account_id: int) -> bool:
    calling = select(Notice.id).filter_by(account_id=account_id, state=NoticeState.CALLING)
    return session.scalar(calling.limit(1)) is not None


def key_of(notice_id: int, subject: str) -> str:
    """32 characters, the same for every try, also after a restored backup."""
    digest = hashlib.sha256(f"notice {notice_id} {subject}".encode()).digest()
    return base64.b32encode(digest).decode()[:32]


def _opened(brand_id: int, subject: str, sealed: str) -> Template:
    kept = json.loads(keyring().open(sealed, context=_context(brand_id, subject)))
    page = kept.pop("mini_program")
    return Template(**kept, mini_program=(page[0], page[1]) if page else None)


def _context(brand_id: int, subject: str) -> str:
    return f"notices.{brand_id}.{subject}"
