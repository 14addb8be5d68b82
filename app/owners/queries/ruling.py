"""Which rule of the brand's is in force."""

from __future__ import annotations

from sqlalchemy import select

from app.core import db
from app.core.db import session
from app.core.errors import NotFound
from app.owners import form
from app.owners.models import OwnerRule
from app.owners.rules import NONE_YET, Rule


class NoRule(NotFound):
    code, title = "no_owner_rule", "没有这一版归属规则"


def in_force() -> Rule:
    """The newest; one without steps where the brand has made none."""
    newest = select(OwnerRule).order_by(OwnerRule.version.desc()).limit(1)
    row = session.scalar(newest)
    return rule_of(row) if row else NONE_YET


def by_number(version: int) -> Rule:
    """One version. Raises NoRule."""
    row = session.get(OwnerRule, (db.current_brand_id(), version))
    if row is None:
        raise NoRule()
    return rule_of(row)


def history() -> list[tuple[OwnerRule, Rule]]:
    """All that were ever made, the newest first."""
    rows = session.scalars(select(OwnerRule).order_by(OwnerRule.version.desc()))
    return [(row, rule_of(row)) for row in rows]


def rule_of(row: OwnerRule) -> Rule:
    """A stored rule."""
    return Rule(row.version, form.load(row.steps))
