"""Asking for a file: a right of its own, a limit of rows, a reason, so many a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from app.core import audit, clock, queue
from app.core.db import session
from app.core.errors import BadInput, Conflict, Forbidden, TooMany
from app.exports.lists import LISTS
from app.exports.models import Export, ExportState, Form, Kind, Why
from app.staff.models import Role
from app.staff.service import Actor

MOST_ROWS: Mapping[Role, int] = {Role.ADMIN: 50_000, Role.MARKETER: 10_000}
MOST_A_DAY, SHOWN = 20, 50


class NoRight(Forbidden):
    code, title = "no_right_to_export", "你的角色不能导出，请管理员导出给你"


class TooManyRows(Conflict):
    code, title = "too_many_rows", "行数超过你一次能导出的上限，缩小范围再导出"


class TooManyExports(TooMany):
    code, title = "too_many_exports", f"今天已导出 {MOST_A_DAY} 次，明天再来"


@dataclass(frozen=True)
class Wish:
    """What somebody wants to take away, and why."""

    kind: Kind
    form: Form
    why: Why
    filters: Mapping[str, Any] = field(default_factory=dict)


def may_export(role: Role, kind: Kind) -> bool:
    """Whether this role has the right for this list."""
    return role in MOST_ROWS and role in LISTS[kind].roles


def count(actor: Actor, kind: Kind, filters: Mapping[str, Any]) -> int:
    """How many rows it would be, shown before she asks. Raises NoRight."""
    if not may_export(actor.role, kind):
        raise NoRight()
    if not filters.keys() <= LISTS[kind].filters:
        raise BadInput(fields={name: ["没有这个条件"] for name in filters})
    return LISTS[kind].count(filters)


def ask(actor: Actor, wish: Wish) -> Export:
    """Put it on the list of files to be made.

    Raises NoRight, TooManyRows, TooManyExports.
    """
    rows = count(actor, wish.kind, wish.filters)
    if rows > MOST_ROWS[actor.role]:
        raise TooManyRows(detail=f"{rows:,} 行，最多 {MOST_ROWS[actor.role]:,} 行")
    if _asked_today(actor) >= MOST_A_DAY:
        raise TooManyExports()
    export = Export(
        kind=wish.kind,
        form=wish.form,
        why=wish.why,
        filters=dict(wish.filters),
        staff_id=actor.staff_id,
        session_hash=actor.session_hash,
        state=ExportState.DUE,
        expected=rows,
        asked_at=clock.now(),
    )
    session.add(export)
    session.flush()
    facts = {"kind": wish.kind, "rows": rows, "why": wish.why} | dict(wish.filters)
    subject = f"export:{export.id}"
    audit.record("export.asked", actor=actor.audit_name, subject=subject, asked=facts)
    queue.ring(queue.BULK)
    return export


def mine(actor: Actor) -> list[Export]:
    """What she asked for, the newest first."""
    hers = select(Export).filter_by(staff_id=actor.staff_id).order_by(Export.id.desc())
    return list(session.scalars(hers.limit(SHOWN)))


def _asked_today(actor: Actor) -> int:
    start, _ = clock.day_bounds(clock.business_day(clock.now()))
    hers = (Export.staff_id == actor.staff_id) & (Export.asked_at >= start)
    return session.scalar(select(func.count()).select_from(Export).where(hers)) or 0
