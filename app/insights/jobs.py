"""Once a day, what sold is counted again: planned by the timekeeper, done by the bulk worker."""

from __future__ import annotations

import time
from datetime import timedelta

import structlog
from sqlalchemy import select, text, update

from app.core import clock, db, queue
from app.core.db import session
from app.insights import bulk
from app.insights.models import Basis, Count

log = structlog.get_logger()
WORK_SECONDS = 8  # begun after that, a long one would outlive the job; the next ring goes on
REST_AFTER_FAILURE = timedelta(hours=1)
BRANDS_DUE = """
SELECT b.id FROM brands b
CROSS JOIN LATERAL (
    SELECT o.id FROM orders o WHERE o.brand_id = b.id ORDER BY o.id DESC LIMIT 1
) AS newest
LEFT JOIN insight_counts c ON (c.brand_id, c.basis, c.store_id) = (b.id, 'orders', 0)
WHERE c.planned_at IS NULL OR (newest.id > c.planned_to
    AND c.planned_at < date_trunc('day', timezone(b.zone, CAST(:now AS timestamptz)))
        AT TIME ZONE b.zone)
ORDER BY b.id
"""


def plan_due() -> None:
    """Brands with new orders, once a day of each; and ring while anything waits."""
    now = clock.now()
    with db.system_transaction():
        brand_ids = session.scalars(text(BRANDS_DUE), {"now": now}).all()
    for brand_id in brand_ids:
        with db.transaction(brand_id):
            bulk.plan(now)
    with db.system_transaction():
        columns = Count.__table__.c
        if session.execute(select(columns.store_id).where(columns.due_at <= now).limit(1)).first():
            queue.ring(queue.BULK)


def plan_after_import(brand_id: int) -> None:
    """An import brings a day's orders at once, or a year's: nobody waits for the next day."""
    with db.transaction(brand_id):
        bulk.plan(clock.now())
        queue.ring(queue.BULK)


def work() -> None:
    """Count what is due, over all brands, each in a transaction of its own."""
    until = time.monotonic() + WORK_SECONDS
    for brand_id, basis, store_id in _due():
        if time.monotonic() > until:
            return
        try:
            with db.transaction(brand_id):
                bulk.recount(Basis(basis), store_id)
        except Exception as error:
            log.error("insights.failed", brand_id=brand_id, kind=type(error).__name__)
            _rest(brand_id, basis, store_id)


def _due() -> list[tuple[int, str, int]]:
    columns = Count.__table__.c
    waiting = select(columns.brand_id, columns.basis, columns.store_id)
    due = waiting.where(columns.due_at <= clock.now()).order_by(columns.due_at, columns.store_id)
    with db.system_transaction():
        return [(row.brand_id, row.basis, row.store_id) for row in session.execute(due)]


def _rest(brand_id: int, basis: str, store_id: int) -> None:
    later = clock.now() + REST_AFTER_FAILURE
    mine = (Count.basis == basis) & (Count.store_id == store_id)
    with db.transaction(brand_id):
        session.execute(update(Count).where(mine).values(due_at=later))
