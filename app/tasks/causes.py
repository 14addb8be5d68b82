"""What each rule looks for: SQL that answers member, key of the cause, facts, end, urgency.

Each statement knows `:brand`, `:zone`, `:now`, `:today`, `:days`, `:ends_at` (when a task that is
made today is due, by the rule) and the beginnings and ends that it names itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.core import clock
from app.tasks.models import RuleKind, Situation

LOOK_BACK = 3  # days: a worker that slept over a weekend misses nobody
LONGEST_SLEEP = 400  # who has not come for longer is won back by other means
TWICE = 2  # cycles that must have passed

_BIRTHDAY = """
SELECT m.id AS member_id, 'birthday:' || extract(year FROM mark.day) || ':' || m.id AS source_key,
    jsonb_build_object('on', mark.day) AS facts,
    CAST(mark.day + 1 AS timestamp) AT TIME ZONE :zone AS due_at, mark.day - :today AS urgency
FROM members m JOIN unnest(CAST(:marks AS text[]), CAST(:mark_days AS date[])) AS mark(name, day)
    ON to_char(m.born_on, 'MM-DD') = mark.name
WHERE m.brand_id = :brand"""
_COUPON = """
SELECT DISTINCT ON (c.member_id) c.member_id, 'coupon:' || c.id AS source_key,
    jsonb_build_object('coupon', b.name,
        'until', CAST(timezone(:zone, c.valid_until - interval '1 microsecond') AS date)) AS facts,
    c.valid_until AS due_at, CAST(extract(epoch FROM c.valid_until - :now) AS bigint) AS urgency
FROM coupons c JOIN coupon_batches b ON (b.brand_id, b.id) = (c.brand_id, c.batch_id)
WHERE c.brand_id = :brand AND c.valid_until > :now AND c.valid_until <= :until
    AND c.valid_from <= :now AND c.used < c.uses
    AND c.revoked_at IS NULL AND b.revoked_at IS NULL
ORDER BY c.member_id, c.valid_until, c.id"""
# Bought at least three days, so that there is a cycle, and two of them have gone by.
_SLEEPING = f"""
SELECT member_id, 'sleeping:' || member_id || ':' || last AS source_key,
    jsonb_build_object('days', :today - last, 'usual', (2 * (last - first) + n - 1) / (2 * (n - 1)))
        AS facts,
    CAST(:ends_at AS timestamptz) AS due_at, :today - last AS urgency
FROM (
    SELECT member_id, count(DISTINCT day) AS n, min(day) AS first, max(day) AS last
    FROM (SELECT member_id, CAST(timezone(:zone, paid_at) AS date) AS day FROM orders
        WHERE brand_id = :brand AND member_id IS NOT NULL AND paid_fen > 0
            AND state IN ('paid', 'partly_returned')) AS days
    GROUP BY member_id
    HAVING max(day) <= :today - CAST(:days AS int) AND max(day) >= :today - {LONGEST_SLEEP}
        AND count(DISTINCT day) >= 3
) AS buyers WHERE (:today - last) * (n - 1) >= {TWICE} * (last - first)"""  # noqa: S608 - ours
_CARE = """
SELECT DISTINCT ON (o.member_id) o.member_id, 'care:' || o.id AS source_key,
    jsonb_build_object('days', :today - CAST(timezone(:zone, o.paid_at) AS date), 'product', (
        SELECT p.name FROM order_lines l JOIN products p
            ON (p.brand_id, p.id) = (l.brand_id, l.product_id)
        WHERE l.brand_id = o.brand_id AND l.order_id = o.id AND p.is_listed
            AND l.returned_quantity < l.quantity
        ORDER BY l.paid_fen DESC, l.line_no LIMIT 1)) AS facts,
    CAST(:ends_at AS timestamptz) AS due_at, o.paid_fen * -1 AS urgency
FROM orders o
WHERE o.brand_id = :brand AND o.member_id IS NOT NULL AND o.paid_fen > 0
    AND o.state IN ('paid', 'partly_returned') AND o.paid_at >= :since AND o.paid_at < :until
ORDER BY o.member_id, o.paid_at DESC, o.id"""

CAUSES: Mapping[RuleKind, str] = {
    RuleKind.BIRTHDAY: _BIRTHDAY,
    RuleKind.COUPON: _COUPON,
    RuleKind.SLEEPING: _SLEEPING,
    RuleKind.CARE: _CARE,
}
SITUATIONS: Mapping[RuleKind, Situation] = {
    RuleKind.BIRTHDAY: Situation.BIRTHDAY,
    RuleKind.COUPON: Situation.COUPON,
    RuleKind.SLEEPING: Situation.SLEEPING,
    RuleKind.CARE: Situation.CARE,
    RuleKind.BASKET: Situation.LEAD,
    RuleKind.VIEWED: Situation.LEAD,
}


def asked(
    kind: RuleKind, days: int, for_days: int, now: datetime, zone: ZoneInfo
) -> dict[str, Any]:
    """What the rule's statement asks for on this day."""
    today = clock.business_day(now, zone)
    common = {
        "zone": zone.key,
        "today": today,
        "days": days,
        "ends_at": end_of(today, for_days, zone),
    }
    return common | _OWN[kind](today, days, now, zone)


def end_of(day: date, for_days: int, zone: ZoneInfo) -> datetime:
    """The end of the last of so many days, this one counted."""
    return clock.day_bounds(day + timedelta(days=for_days - 1), zone)[1]


def _marks(today: date, days: int, _now: datetime, _zone: ZoneInfo) -> dict[str, Any]:
    """The days ahead as birthdays are written; on the 28th also who was born on the 29th."""
    ahead = [today + timedelta(days=number) for number in range(days + 1)]
    named = [(f"{day:%m-%d}", day) for day in ahead]
    leap = [
        ("02-29", day)
        for day in ahead
        if (day.month, day.day) == (2, 28) and (day + timedelta(days=1)).day != 29
    ]
    both = named + leap
    return {"marks": [name for name, _ in both], "mark_days": [day for _, day in both]}


def _until(_today: date, days: int, now: datetime, _zone: ZoneInfo) -> dict[str, Any]:
    return {"until": now + timedelta(days=days)}


def _paid(today: date, days: int, _now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    first = today - timedelta(days=days + LOOK_BACK - 1)
    last = today - timedelta(days=days)
    return {"since": clock.day_bounds(first, zone)[0], "until": clock.day_bounds(last, zone)[1]}


def _nothing(_today: date, _days: int, _now: datetime, _zone: ZoneInfo) -> dict[str, Any]:
    return {}


_OWN = {
    RuleKind.BIRTHDAY: _marks,
    RuleKind.COUPON: _until,
    RuleKind.SLEEPING: _nothing,
    RuleKind.CARE: _paid,
}
