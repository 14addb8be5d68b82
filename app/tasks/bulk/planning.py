"""A day's rules: what each of them looks for, within what a guide can do in a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import text

from app.brands import service as brands
from app.core import clock, db
from app.core.db import session
from app.tasks import causes
from app.tasks.bulk.making import FOUND, INSERT, changed, common, run
from app.tasks.models import RuleKind, Source, TaskRule
from app.tasks.policy import task_policy
from app.tasks.service import rules

log = structlog.get_logger()
LONG_STATEMENT = "SET LOCAL statement_timeout = '50s'"  # a big brand's day, once a day
# Whoever has a task, or was touched within the days of rest, is left in peace by a rule.
IN_PEACE = """
    SELECT found.* FROM ({cause}) AS found WHERE NOT EXISTS (SELECT FROM tasks other
        WHERE other.brand_id = :brand AND other.member_id = found.member_id
            AND (other.state = 'open' OR other.touched_at > :rested))"""


def plan_day(now: datetime) -> bool:
    """Plan the brand's next rule of this day, in one transaction with the mark that it is planned;
    False when none is left, or another worker is at it."""
    today = clock.business_day(now, brands.get(db.current_brand_id()).zoneinfo)
    rule = rules.due(rules.held(), today)
    if rule is None:
        return False
    made = plan(rule, now)
    rule.planned_on = today
    session.flush()
    log.info("tasks.planned", brand_id=rule.brand_id, kind=rule.kind, size=made)
    return True


def plan(rule: TaskRule, now: datetime) -> int:
    """Make the rule's tasks of this day; who has no place today is looked at again tomorrow."""
    values = _of_rule(rule.kind, rule.days, rule.for_days, now) | {
        "source": Source(rule.kind),
        "situation": causes.SITUATIONS[RuleKind(rule.kind)],
        "words": rule.words or None,
        "batch": None,
    }
    made = INSERT.format(
        starts_at=":now", due_at="greatest(due_at, :now + interval '1 hour')",
        which="WHERE place < a_day",
    )  # fmt: skip
    session.execute(text(LONG_STATEMENT))
    return changed(run(_rule_sql(rule.kind) + made, values))


def foretell(kind: RuleKind, days: int, for_days: int) -> tuple[int, int]:
    """Dry: for how many the rule looks now, and how many of them would get their task today."""
    counted = (
        "SELECT count(*) AS people, count(*) FILTER (WHERE place < a_day) AS today FROM placed"
    )
    session.execute(text(LONG_STATEMENT))
    values = _of_rule(kind, days, for_days, clock.now())
    found = run(_rule_sql(kind) + counted, values).mappings().one()
    return found["people"], found["today"]


def _rule_sql(kind: RuleKind) -> str:
    return f"WITH wanted AS ({IN_PEACE.format(cause=causes.CAUSES[RuleKind(kind)])}) {FOUND} "


def _of_rule(kind: RuleKind, days: int, for_days: int, now: datetime) -> dict[str, Any]:
    shared = common(now)
    own = causes.asked(RuleKind(kind), days, for_days, now, brands.get(shared["brand"]).zoneinfo)
    rested = now - timedelta(days=task_policy().rest_days)
    return shared | own | {"load_until": shared["day_until"], "rested": rested}
