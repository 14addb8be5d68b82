"""Who did what, in the same transaction as the act, each row sealed to the one before."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import String, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock, db
from app.core.db import BrandRow, session

START = "0" * 64


class AuditRow(BrandRow):
    """One privileged act. `detail` holds ids and masked values only."""

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    act: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(64))
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


def record(act: str, *, actor: str, subject: str, **detail: Any) -> None:
    """Append to the brand's chain; the act fails if this fails."""
    brand_id = db.current_brand_id()
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('audit'), :b)"), {"b": brand_id})
    last = session.scalars(select(AuditRow).order_by(AuditRow.seq.desc()).limit(1)).first()
    row = AuditRow(
        seq=last.seq + 1 if last else 1,
        at=clock.now(),
        actor=actor,
        act=act,
        subject=subject,
        detail=detail,
        previous_hash=last.hash if last else START,
        hash="",
    )
    row.hash = _hash(row)
    session.add(row)
    session.flush()


def verify() -> tuple[int, int | None]:
    """How many rows the current brand's chain has, and the first broken one if any."""
    previous, rows = START, 0
    for row in session.scalars(select(AuditRow).order_by(AuditRow.seq)):
        rows += 1
        if row.seq != rows or row.previous_hash != previous or row.hash != _hash(row):
            return rows, row.seq
        previous = row.hash
    return rows, None


def _hash(row: AuditRow) -> str:
    facts = [row.previous_hash, row.seq, row.at.isoformat(), row.actor, row.act, row.subject]
    body = json.dumps([*facts, row.detail], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()
