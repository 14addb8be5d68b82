"""Answers and half-way results kept under the caller's key, so that a retry is harmless."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Index, String, Text, and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.crypto import keyring
from app.core.db import Model, session
from app.core.errors import BadInput, Conflict

KEPT_FOR = timedelta(minutes=10)
CONTEXT, ANSWER_CONTEXT = "kept.value", "kept.answer"
ANSWER_KEPT_FOR = timedelta(hours=24)
LEASE = timedelta(seconds=60)  # longer than any request may take


class KeptResult(Model):
    """What an outside call gave us, encrypted, until the step after it has succeeded."""

    __tablename__ = "kept_results"

    brand_id: Mapped[int] = mapped_column(primary_key=True)
    client: Mapped[str] = mapped_column(String(96), primary_key=True)
    key: Mapped[str] = mapped_column(String(96), primary_key=True)
    value_encrypted: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime]


def keep(*, brand_id: int, client: str, key: str, value: str) -> None:
    """Keep the value ten minutes; the first one kept under a key stays."""
    values = {
        "brand_id": brand_id,
        "client": client,
        "key": key,
        "value_encrypted": keyring().seal(value, context=CONTEXT),
        "expires_at": clock.now() + KEPT_FOR,
    }
    session.execute(insert(KeptResult).values(values).on_conflict_do_nothing())


def kept(*, brand_id: int, client: str, key: str) -> str | None:
    """The value kept under this key, if it has not expired."""
    statement = select(KeptResult.value_encrypted).where(
        KeptResult.brand_id == brand_id,
        KeptResult.client == client,
        KeptResult.key == key,
        KeptResult.expires_at > clock.now(),
    )
    sealed = session.scalar(statement)
    return None if sealed is None else keyring().open(sealed, context=CONTEXT)


def forget_expired() -> None:
    """Throw away what nobody came back for."""
    for kind in (KeptResult, KeptAnswer):
        session.execute(delete(kind).where(kind.expires_at <= clock.now()))


class KeptAnswer(Model):
    """What a machine was answered under its key. Without a status it is still being worked on,
    until the lease ends; then its work was undone, and the next try begins anew."""

    __tablename__ = "kept_answers"
    __table_args__ = (Index(None, "expires_at"),)

    brand_id: Mapped[int] = mapped_column(primary_key=True)
    client: Mapped[str] = mapped_column(String(96), primary_key=True)
    key: Mapped[str] = mapped_column(String(96), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    lease_until: Mapped[datetime]
    status: Mapped[int | None]
    body_encrypted: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime]


class KeyOfAnother(BadInput):
    code = "idempotency_key_reused"
    title = "这个 Idempotency-Key 已用于另一个请求，换一个再发"


class StillRunning(Conflict):
    code = "still_running"
    title = "同一个请求正在处理，稍后用同一个 Idempotency-Key 再取结果"


@dataclass(frozen=True)
class Claim:
    """One request under its key. `request` is what the caller asked, word for word."""

    brand_id: int
    client: str
    key: str
    request: str

    @property
    def request_hash(self) -> str:
        """Keyed, since a request may be little more than a phone number."""
        return keyring().index(self.request, context="kept.request")


@dataclass(frozen=True)
class Answer:
    """The first answer, as it was sent."""

    status: int
    body: str


def begin(claim: Claim) -> Answer | None:
    """Take the key, or give the answer that it already has.

    Raises KeyOfAnother when the key was used for another request, StillRunning while the first
    is being answered. Commit before the work begins, so that others see it.
    """
    if _take(claim):
        return None
    row = session.execute(select(KeptAnswer).where(_of(claim))).scalar_one()
    if row.request_hash != claim.request_hash:
        raise KeyOfAnother(fields={"headers": {"Idempotency-Key": [KeyOfAnother.title]}})
    if row.status is None or row.body_encrypted is None:
        raise StillRunning(retry_after=1)
    return Answer(row.status, keyring().open(row.body_encrypted, context=ANSWER_CONTEXT))


def finish(claim: Claim, answer: Answer) -> None:
    """Keep the answer for a day, in the transaction of the work itself."""
    sealed = keyring().seal(answer.body, context=ANSWER_CONTEXT)
    done = update(KeptAnswer).where(_of(claim))
    session.execute(done.values(status=answer.status, body_encrypted=sealed))


def release(claim: Claim) -> None:
    """Nothing was done: the key is free again."""
    session.execute(delete(KeptAnswer).where(_of(claim), KeptAnswer.status.is_(None)))


def _take(claim: Claim) -> bool:
    """A new key; one whose day is over; or the same request whose worker has died."""
    now = clock.now()
    held = {"request_hash": claim.request_hash, "lease_until": now + LEASE}
    held |= {"status": None, "body_encrypted": None, "expires_at": now + ANSWER_KEPT_FOR}
    names = {"brand_id": claim.brand_id, "client": claim.client, "key": claim.key}
    is_abandoned = and_(
        KeptAnswer.status.is_(None),
        KeptAnswer.lease_until <= now,
        KeptAnswer.request_hash == claim.request_hash,
    )
    statement = insert(KeptAnswer).values(names | held)
    taken = statement.on_conflict_do_update(
        index_elements=list(names),
        set_=held,
        where=is_abandoned | (KeptAnswer.expires_at <= now),
    )
    return session.scalar(taken.returning(KeptAnswer.key)) is not None


def _of(claim: Claim) -> ColumnElement[bool]:
    return and_(
        KeptAnswer.brand_id == claim.brand_id,
        KeptAnswer.client == claim.client,
        KeptAnswer.key == claim.key,
    )
