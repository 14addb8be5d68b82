"""Reading the audit, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, select

from app.core import clock
from app.core.audit.chain import AuditRow
from app.core.db import session
from app.core.paging import Page, cut


@dataclass(frozen=True)
class Wanted:
    """Which rows; what is None is not asked about. `day` is a business day."""

    actor: str | None = None
    act: str | None = None
    subject: str | None = None
    day: date | None = None


def page(wanted: Wanted, *, before: int | None, size: int) -> Page[AuditRow]:
    """Rows numbered below `before`, and the number after which the next page begins."""
    rows = select(AuditRow).where(*_where(wanted)).order_by(AuditRow.seq.desc())
    if before is not None:
        rows = rows.where(AuditRow.seq < before)
    return cut(session.scalars(rows.limit(size + 1)).all(), size, lambda row: row.seq)


def _where(wanted: Wanted) -> list[ColumnElement[bool]]:
    named = {"actor": wanted.actor, "act": wanted.act, "subject": wanted.subject}
    found = [getattr(AuditRow, name) == value for name, value in named.items() if value]
    if wanted.day:
        start, end = clock.day_bounds(wanted.day)
        found += [AuditRow.at >= start, AuditRow.at < end]
    return found
