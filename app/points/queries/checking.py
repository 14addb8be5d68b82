"""The books, worked out anew from every movement."""

from __future__ import annotations

from sqlalchemy import text

from app.core import db
from app.core.db import session

MOVED = """
SELECT account.id, account.member_id, account.kind, account.balance,
       (coalesce(came.amount, 0) - coalesce(went.amount, 0))
       * CASE WHEN account.kind = 'owed' THEN -1 ELSE 1 END AS recomputed
FROM points_accounts account
LEFT JOIN (SELECT credit_id AS id, sum(amount) AS amount FROM points_transfers
           WHERE brand_id = :brand GROUP BY credit_id) came ON came.id = account.id
LEFT JOIN (SELECT debit_id AS id, sum(amount) AS amount FROM points_transfers
           WHERE brand_id = :brand GROUP BY debit_id) went ON went.id = account.id
WHERE account.brand_id = :brand
"""
SUM = f"""
SELECT coalesce(sum(CASE WHEN member_id IS NULL THEN recomputed WHEN kind = 'owed' THEN -balance
                         ELSE balance END), 0) AS total
FROM ({MOVED}) AS moved
"""  # noqa: S608 - of our own text
EARNED = """
SELECT coalesce(sum(moved.amount), 0) FROM points_transfers moved
JOIN points_accounts account ON account.brand_id = moved.brand_id AND account.id = moved.debit_id
WHERE moved.brand_id = :brand AND account.kind = 'issued'
"""
WRONG = f"""
WITH moved AS ({MOVED}), lots AS (
    SELECT member_id,
           coalesce(sum(remaining) FILTER (WHERE ripens_at = '1970-01-01 00:00Z'), 0) AS available,
           coalesce(sum(remaining) FILTER (WHERE ripens_at > '1970-01-01 00:00Z'), 0) AS pending
    FROM points_lots WHERE brand_id = :brand GROUP BY member_id
), holds AS (
    SELECT hold.member_id, sum(hold.amount) AS amount,
           sum((SELECT sum(draw.amount) FROM points_draws draw
                WHERE draw.brand_id = hold.brand_id AND draw.hold_key = hold.key)) AS drawn
    FROM points_holds hold WHERE hold.brand_id = :brand AND hold.state = 'held' GROUP BY member_id
)
SELECT moved.id FROM moved
LEFT JOIN lots USING (member_id) LEFT JOIN holds USING (member_id)
WHERE moved.member_id IS NOT NULL AND (
    moved.balance <> moved.recomputed
    OR moved.balance <> CASE moved.kind WHEN 'available' THEN coalesce(lots.available, 0)
                                        WHEN 'pending' THEN coalesce(lots.pending, 0)
                                        WHEN 'held' THEN coalesce(holds.amount, 0)
                                        ELSE moved.balance END
    OR (moved.kind = 'held' AND coalesce(holds.amount, 0) <> coalesce(holds.drawn, 0)))
UNION
SELECT min(moved.id) FROM lots JOIN moved USING (member_id)
GROUP BY member_id, lots.available, lots.pending
HAVING lots.available > 0 AND bool_and(moved.kind <> 'available')
    OR lots.pending > 0 AND bool_and(moved.kind <> 'pending')
ORDER BY id
"""  # noqa: S608 - of our own text


def totals() -> tuple[int, int]:
    """(points ever issued to members, sum of all accounts): the second must be nought."""
    ours = {"brand": db.current_brand_id()}
    issued = session.scalar(text(EARNED), ours)
    return int(issued or 0), int(session.scalar(text(SUM), ours) or 0)


def mismatches() -> list[int]:
    """Accounts whose cached balance differs from the sum of their movements, or from what their
    lots and holds say is left."""
    return [row.id for row in session.execute(text(WRONG), {"brand": db.current_brand_id()})]
