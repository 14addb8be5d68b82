"""Once a day all orders are gone through that nobody has looked at, and those of the last days,
whose scans and acts were not all in yet. Planned by the timekeeper, done by the bulk worker."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, text, update

from app.core import clock, db, queue
from app.core.db import session
from app.credit import bulk
from app.credit.models import CreditCount
from app.credit.queries.period import zone

log = structlog.get_logger()
WORK_SECONDS = 8  # of one job; the next ring goes on
REST_AFTER_FAILURE = timedelta(minutes=10)
BRANDS_DUE = """
SELECT b.id FROM brands b LEFT JOIN credit_counts c ON c.brand_id = b.id
WHERE EXISTS (SELECT FROM orders o WHERE o.brand_id = b.id)
    AND (c.planned_at IS NULL OR c.planned_at <
        date_trunc('day', timezone(b.zone, CAST(:now AS timestamptz))) AT TIME ZONE b.zone)
ORDER BY b.id
"""


def plan_due() -> None:
    """Brands that sold, once a day of each; and ring while anything waits."""
    now = clock.now()
    with db.system_transaction():
        brand_ids = session.scalars(text(BRANDS_DUE), {"now": now}).all()
    for brand_id in brand_ids:
        with db.transaction(brand_id):
            bulk.plan(now, _unsettled_since(now))
    with db.system_transaction():
        columns = CreditCount.__table__.c
        waiting = select(columns.brand_id).where(columns.due_at <= now).limit(1)
        if session.execute(waiting).first():
            queue.ring(queue.BULK)


def plan_after_import(brand_id: int) -> None:
    """An import brings orders without events: they are looked at now."""
    with db.transaction(brand_id):
        bulk.plan(clock.now(), _unsettled_since(clock.now()))
        queue.ring(queue.BULK)


def _unsettled_since(now: datetime) -> datetime:
    """The beginning of the day before the last plan: its evening came after it."""
    last = session.get(CreditCount, db.current_brand_id(), populate_existing=True)
    before = clock.business_day(last.planned_at if last else now, zone()) - timedelta(days=1)
    return clock.day_bounds(before, zone())[0]


def work() -> None:
    """Go through what is due, over all brands, some thousand orders a transaction."""
    until = time.monotonic() + WORK_SECONDS
    for brand_id in _due():
        try:
            _work(brand_id, until)
        except Exception as error:
            log.error("credit.failed", brand_id=brand_id, kind=type(error).__name__)
            _rest(brand_id)


def _work(brand_id: int, until: float) -> None:
    counted = 1
    while counted and time.monotonic() < until:
        with db.transaction(brand_id):
            counted = bulk.count_next()


def _due() -> list[int]:
    columns = CreditCount.__table__.c
    due = select(columns.brand_id).where(columns.due_at <= clock.now()).order_by(columns.due_at)
    with db.system_transaction():
        return [row.brand_id for row in session.execute(due)]


def _rest(brand_id: int) -> None:
    later = clock.now() + REST_AFTER_FAILURE
    with db.transaction(brand_id):
        session.execute(update(CreditCount).values(due_at=later))
