"""The monthly four: charged in one conditional statement before the call, by WeChat's calendar."""

from __future__ import annotations

from app.pushes.models import MONTHLY_CAP, PushBatch
from app.pushes.service import sql

# WeChat counts in Shanghai's months, whatever zone the database or the brand is in.
MONTH = "SELECT to_char(now() AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')"

# In order of fan, so that two runs over the same people wait for each other and never deadlock.
CHARGE = f"""
WITH charged AS (
    INSERT INTO mass_counts (brand_id, fan_id, month, count)
    SELECT brand_id, fan_id, :month, 1 FROM deliveries
    WHERE brand_id = :brand AND batch_id = :batch AND state = 'planned' ORDER BY fan_id
    ON CONFLICT (brand_id, fan_id, month) DO UPDATE SET count = mass_counts.count + 1
        WHERE mass_counts.count < {MONTHLY_CAP}
    RETURNING fan_id
)
UPDATE deliveries SET
    state = CASE WHEN fan_id IN (SELECT fan_id FROM charged) THEN 'calling' ELSE 'skipped' END,
    reason = CASE WHEN fan_id IN (SELECT fan_id FROM charged) THEN NULL ELSE 'monthly_cap' END,
    batch_id = CASE WHEN fan_id IN (SELECT fan_id FROM charged) THEN batch_id END
WHERE brand_id = :brand AND batch_id = :batch AND state = 'planned'"""  # noqa: S608 - a constant

RELEASE = """
WITH held AS (
    SELECT fan_id FROM mass_counts
    WHERE brand_id = :brand AND month = :month AND fan_id IN (
        SELECT fan_id FROM deliveries
        WHERE brand_id = :brand AND batch_id = :batch AND state = 'calling')
    ORDER BY fan_id FOR UPDATE
)
UPDATE mass_counts SET count = count - 1
WHERE brand_id = :brand AND month = :month AND fan_id IN (SELECT fan_id FROM held)"""


def present_month() -> str:
    """By the database's clock: one clock for all workers."""
    month: str = sql.rows(MONTH)[0][0]
    return month


def charge(batch: PushBatch) -> None:
    """Her charge lets a person through to the call; who has no quota left is skipped."""
    batch.month = present_month()
    sql.execute(CHARGE, batch=batch.id, month=batch.month)


def release(batch: PushBatch) -> None:
    """Give back what the people about to be called were charged: WeChat has surely not sent."""
    sql.execute(RELEASE, batch=batch.id, month=batch.month)
