"""「为什么是这么多分」: every movement that changed what she has, and what it came to."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from app.core import clock, db
from app.core.db import session
from app.core.errors import BadInput
from app.points.earning.words import ACTS
from app.points.queries.holdings import Balances, balances_of

A_PAGE = 30
SIDES = """
SELECT moved.at, moved.id, moved.kind, moved.reference,
       CASE WHEN hers.kind IN ('available', 'owed') THEN moved.amount ELSE 0 END AS points,
       CASE WHEN hers.kind = 'pending' THEN moved.amount ELSE 0 END AS pending
FROM points_accounts hers
JOIN points_transfers moved ON moved.brand_id = hers.brand_id AND moved.credit_id = hers.id
WHERE hers.brand_id = :brand AND hers.member_id = :member
UNION ALL
SELECT moved.at, moved.id, moved.kind, moved.reference,
       CASE WHEN hers.kind IN ('available', 'owed') THEN -moved.amount ELSE 0 END,
       CASE WHEN hers.kind = 'pending' THEN -moved.amount ELSE 0 END
FROM points_accounts hers
JOIN points_transfers moved ON moved.brand_id = hers.brand_id AND moved.debit_id = hers.id
WHERE hers.brand_id = :brand AND hers.member_id = :member
"""
MOVED = f"""
SELECT at, id, kind, reference, points, pending, balance, hold.order_id FROM (
    SELECT at, id, kind, reference, sum(points) AS points, sum(pending) AS pending,
           sum(sum(points)) OVER (ORDER BY at, id) AS balance
    FROM ({SIDES}) AS sides
    GROUP BY at, id, kind, reference
) AS story
LEFT JOIN points_holds hold ON hold.brand_id = :brand AND hold.key = story.reference
                           AND story.kind IN ('hold', 'release', 'give_back')
WHERE (points <> 0 OR pending <> 0)
  AND (CAST(:at AS timestamptz) IS NULL OR (at, id) < (:at, CAST(:id AS uuid)))
ORDER BY at DESC, id DESC LIMIT :limit
"""  # noqa: S608 - of our own text
WORDS = {
    "order": "消费得积分",
    "claw_back": "退货扣回",
    "return": "退货扣回",
    "ripen": "过了退货期，到账",
    "expire": "到期作废",
    "hold": "收银台抵扣",
    "release": "没有付款，退回抵扣",
    "give_back": "退货，退回抵扣的积分",
    "spend": "用积分",
    "gift": "赠送",
    "act": "活动得积分",
    "merge": "合并会员",
    "erased": "注销作废",
}
ACT_WORDS = {act.value: words for act, words in ACTS.items()}


@dataclass(frozen=True)
class Line:
    """One movement: what it added to the figure shown, and to what is still pending. `balance` is
    the figure after it. One that `is_due` has come about, and will be written down shortly."""

    at: datetime
    kind: str
    reference: str
    points: int
    pending: int
    balance: int
    is_due: bool = False
    paid_id: int | None = None  # the order that these points paid

    @property
    def words(self) -> str:
        """What it was."""
        if self.kind == "act":
            return ACT_WORDS.get(self.reference.partition(":")[0], WORDS["act"])
        return WORDS.get(self.kind, self.kind)

    @property
    def order_id(self) -> int | None:
        """The order it came from, or went into."""
        name, _, rest = self.reference.partition(":")
        number = rest.partition(":")[0]
        return int(number) if name == "order" and number.isdigit() else self.paid_id


@dataclass(frozen=True)
class Story:
    """A page of lines, newest first: all of them together come to `balances.shown`."""

    balances: Balances
    lines: Sequence[Line]
    next: str | None


def story(member_id: int, before: str = "", *, limit: int = A_PAGE) -> Story:
    """Her movements, newest first, before those of the page that ended at `before`.

    Raises BadInput for a `before` that is none of ours.
    """
    at, number = _place(before)
    asked = {"brand": db.current_brand_id(), "member": member_id, "at": at, "id": number}
    rows = session.execute(text(MOVED), asked | {"limit": limit + 1}).all()
    lines = [
        Line(
            row.at,
            row.kind,
            row.reference,
            int(row.points),
            int(row.pending),
            int(row.balance),
            paid_id=row.order_id,
        )
        for row in rows[:limit]
    ]
    last = rows[limit - 1] if len(rows) > limit else None
    held = balances_of(member_id)
    due = [] if before else _due(held, lines[0].balance if lines else 0)
    return Story(held, [*due, *lines], f"{last.at.isoformat()}~{last.id}" if last else None)


def _place(before: str) -> tuple[datetime | None, str | None]:
    if not before:
        return None, None
    at, _, number = before.partition("~")
    try:
        return datetime.fromisoformat(at), str(uuid.UUID(number))
    except ValueError:
        raise BadInput(fields={"before": ["这一页找不到了，从头看起"]}) from None


def _due(held: Balances, balance: int) -> list[Line]:
    """What has come about and is not written down, newest first."""
    now, lines = clock.now(), []
    of_due = (
        ("release", held.due.released, 0),
        ("ripen", held.due.ripened, -held.due.ripened),
        ("expire", -held.due.lapsed, 0),
    )
    for kind, points, pending in of_due:
        if points:
            balance += points
            lines.append(Line(now, kind, "due", points, pending, balance, is_due=True))
    return lines[::-1]
