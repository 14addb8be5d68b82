"""The chain of a brand's privileged acts, and its sealed head.

Each row's hash covers the row and the hash before it, so an edit or a gap shows. A cut tail
would leave a shorter chain that is whole: the head says how long the chain must be, under a
seal whose key is not in the database.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Index, Row, String, func, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock, db
from app.core.crypto import keyring
from app.core.db import BrandRow, session

START = "0" * 64
SEALED_AS = "audit.head"


class AuditRow(BrandRow):
    """One privileged act. `detail` holds ids and masked values only."""

    __tablename__ = "audit"
    __table_args__ = (
        Index(None, "brand_id", "actor", "seq"),
        Index(None, "brand_id", "act", "seq"),
        Index(None, "brand_id", "subject", "seq"),
        Index(None, "brand_id", "at"),
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    act: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(64))
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    request_id: Mapped[str | None] = mapped_column(String(16))
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(BrandRow):
    """How long the brand's chain is and where it ends. `broken_at` is the first link that was
    found broken while it grew: no later act makes it whole again."""

    __tablename__ = "audit_heads"

    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    broken_at: Mapped[int | None]
    seal: Mapped[str] = mapped_column(String(64))
    checked_at: Mapped[datetime | None]
    checked_rows: Mapped[int | None]
    checked_broken: Mapped[int | None]


def record(act: str, *, actor: str, subject: str, **detail: Any) -> None:
    """Append to the brand's chain; the act fails if this fails."""
    seq, previous, broken_at = _end_of_chain()
    row = AuditRow(
        seq=seq + 1,
        at=clock.now(),
        actor=actor,
        act=act,
        subject=subject,
        detail=detail,
        request_id=structlog.contextvars.get_contextvars().get("request_id"),
        previous_hash=previous,
        hash="",
    )
    row.hash = digest(row)
    session.add(row)
    session.flush()
    _move_head(row, broken_at)


def digest(row: AuditRow | Row[Any]) -> str:
    """The hash of a row's facts over the hash before it; anybody can compute it again."""
    facts = [row.previous_hash, row.seq, row.at.isoformat(), row.actor, row.act, row.subject]
    facts += [row.detail, row.request_id] if row.request_id else [row.detail]
    return hashlib.sha256(
        json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()


def seal(seq: int, last_hash: str, broken_at: int | None) -> str:
    """What only a process with our key can say about the end of the current brand's chain."""
    said = f"{db.current_brand_id()}:{seq}:{last_hash}:{broken_at or ''}"
    return keyring().index(said, context=SEALED_AS)


def is_sealed(head: AuditHead | Row[Any]) -> bool:
    """Whether the head is what we last wrote there."""
    return hmac.compare_digest(head.seal, seal(head.seq, head.hash, head.broken_at))


def _end_of_chain() -> tuple[int, str, int | None]:
    """Where the next row hangs, locked; and the link that is known to be broken."""
    head = _locked_head()
    if head is None:
        return _end_without_head()
    broken_at = head.broken_at if is_sealed(head) else head.broken_at or head.seq + 1
    return head.seq, head.hash, broken_at


def _locked_head() -> Row[Any] | None:
    of_brand = AuditHead.brand_id == db.current_brand_id()
    columns = AuditHead.__table__.c
    return session.execute(select(*columns).where(of_brand).with_for_update()).first()


def _end_without_head() -> tuple[int, str, int | None]:
    """A brand's first act; or somebody took the head away, and that stays visible."""
    session.execute(
        select(func.pg_advisory_xact_lock(func.hashtext("audit"), db.current_brand_id()))
    )
    again = _locked_head()
    if again is not None:
        return again.seq, again.hash, again.broken_at
    last = select(AuditRow.seq, AuditRow.hash).order_by(AuditRow.seq.desc()).limit(1)
    found = session.execute(last).first()
    return (found.seq, found.hash, found.seq + 1) if found else (0, START, None)


def _move_head(row: AuditRow, broken_at: int | None) -> None:
    values = {
        "brand_id": row.brand_id,
        "seq": row.seq,
        "hash": row.hash,
        "broken_at": broken_at,
        "seal": seal(row.seq, row.hash, broken_at),
    }
    moved = {name: value for name, value in values.items() if name != "brand_id"}
    statement = insert(AuditHead).values(values)
    session.execute(statement.on_conflict_do_update(index_elements=["brand_id"], set_=moved))
