"""Forgetting a person: every rule in one transaction, her tombstones, and the receipt.

One person is one transaction, so a worker that dies has erased her or has not begun.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import Select, select

from app.core import audit, clock, db, queue
from app.core.db import session
from app.core.privacy import Person, Rule
from app.journeys.privacy.table import RULES
from app.members import queries
from app.members.models import Erasure, ErasureState, Fan, Member
from app.members.service import tombstones

log = structlog.get_logger()
HELPING = 20  # of one job; the others get their turn


def plan_due() -> None:
    """Wake the worker when somebody's day has come."""
    with db.system_transaction():
        if session.execute(_due().limit(1)).first():
            queue.ring(queue.BULK)


def work() -> int:
    """Erase whoever is due, each in a transaction of her own; answers how many."""
    with db.system_transaction():
        found = [(row.brand_id, row.id) for row in session.scalars(_due().limit(HELPING))]
    return sum(_erase_or_log(brand_id, erasure_id) for brand_id, erasure_id in found)


def _due() -> Select[Erasure]:
    is_due = (Erasure.state == ErasureState.ASKED) & (Erasure.due_at <= clock.now())
    return select(Erasure).where(is_due).order_by(Erasure.due_at, Erasure.id)


def _erase_or_log(brand_id: int, erasure_id: int) -> bool:
    """One that fails must not hold up the others; it is due again at the next tick."""
    try:
        with db.transaction(brand_id):
            return erase_due(erasure_id)
    except Exception as error:
        log.error("erasure.failed", erasure_id=erasure_id, kind=type(error).__name__)
        return False


def erase_due(erasure_id: int) -> bool:
    """Carry one out, if it is due and nobody else is at it. Twice is harmless."""
    mine = _due().where(Erasure.id == erasure_id)
    erasure = session.scalar(mine.with_for_update(skip_locked=True))
    if erasure is None:
        return False
    everybody = everybody_of(erasure.member_id, erasure.fan_id)
    for person in everybody:
        bury(person)
    erasure.lines = _added([forget(person) for person in everybody])
    erasure.state, erasure.ended_at = ErasureState.DONE, clock.now()
    subject = f"erasure:{erasure.receipt}"
    audit.record("person.erased", actor=erasure.asked_by, subject=subject, door=erasure.door)
    return True


def person_of(member_id: int | None, fan_id: int | None) -> Person:
    """A member with all her WeChats; else the fan alone."""
    if member_id is not None:
        return Person(member_id, tuple(fan.id for fan in queries.fans_of(member_id)))
    return Person(None, (fan_id,) if fan_id is not None else ())


def everybody_of(member_id: int | None, fan_id: int | None) -> list[Person]:
    """She, and the members who were merged into her: they are the same person."""
    if member_id is None:
        return [person_of(None, fan_id)]
    member = queries.member(member_id)
    stands = member.id if member is not None else member_id
    merged = select(Member.id).where(Member.merged_into_id == stands).order_by(Member.id)
    return [person_of(each, None) for each in [*session.scalars(merged), stands]]


def bury(person: Person) -> None:
    """Set her tombstones, while her rows still say what her names were."""
    member, fans = _locked(person)
    tombstones.bury(tombstones.marks_of(member, fans), clock.now())


def forget(person: Person, rules: Sequence[Rule] = RULES) -> list[dict[str, Any]]:
    """Carry out every rule; answers the lines of the receipt."""
    lines = [_line(rule, rule.erase(person)) for rule in rules]
    session.expire_all()  # what was read before is not what stands there now
    return [line for line in lines if line["count"]]


def _locked(person: Person) -> tuple[Member | None, list[Fan]]:
    """Nobody changes her while she is being forgotten."""
    hers = select(Fan).where(Fan.id.in_(person.fan_ids)).order_by(Fan.id).with_for_update()
    fans = list(session.scalars(hers))
    if person.member_id is None:
        return None, fans
    return session.scalar(select(Member).filter_by(id=person.member_id).with_for_update()), fans


def _added(receipts: Sequence[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """One line a table, however many members she had been."""
    whole: dict[str, dict[str, Any]] = {}
    for line in (line for receipt in receipts for line in receipt):
        known = whole.setdefault(line["table"], line | {"count": 0})
        known["count"] += line["count"]
    return list(whole.values())


def _line(rule: Rule, count: int) -> dict[str, Any]:
    return {
        "table": rule.table,
        "title": rule.title,
        "fate": rule.fate.value,
        "count": count,
        "why": rule.why,
    }
