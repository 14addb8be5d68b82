"""How tasks end, and change hands, by themselves. Nothing is shown or hidden by an end: what ends
a task is asked of the orders and consents whenever it is read. Here it is written down, for the
reports."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import cast

from sqlalchemy import CursorResult, text

from app.core import clock
from app.core.db import session
from app.core.events import Event
from app.tasks import sql

AT_ONCE = 2_000
BOUGHT = f"""
UPDATE tasks SET state = 'bought', ended_at = :now
WHERE brand_id = :brand AND member_id = ANY(:members) AND state = 'open' AND {sql.BOUGHT_SINCE}"""  # noqa: S608 - ours
OVER = f"""
UPDATE tasks SET ended_at = :now, state = CASE WHEN {sql.BOUGHT_SINCE} THEN 'bought'
    WHEN NOT {sql.SHE_MAY_BE_ASKED} THEN 'withdrawn' ELSE 'expired' END
WHERE brand_id = :brand AND id IN (SELECT id FROM tasks WHERE brand_id = :brand
    AND state = 'open' AND due_at <= :oldest ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED)
    AND state = 'open'"""  # noqa: S608 - ours


FOLLOW = """
UPDATE tasks SET guide_id = :to_guide, store_id = coalesce(:store, store_id), changes = changes + 1
WHERE brand_id = :brand AND member_id = :member AND guide_id = :from_guide AND state = 'open'"""


def on_handed_over(events: Sequence[Event]) -> None:
    """She has another guide: what the one before was still to do for her goes along, to nobody
    where nobody took her. In the order in which she changed hands; twice is once."""
    for event in events:
        moved = event.data
        if event.member_id and moved["from_staff_id"]:
            _run(
                FOLLOW,
                member=event.member_id,
                from_guide=moved["from_staff_id"],
                to_guide=moved["to_staff_id"],
                store=moved["store_id"],
            )


def on_paid(events: Sequence[Event]) -> None:
    """They bought: what their guides were to bring about has come about. Twice is once."""
    bought({event.member_id for event in events if event.member_id})


def bought(member_ids: Collection[int]) -> int:
    """The open tasks of those of them who bought since end as bought; answers how many."""
    return _run(BOUGHT, members=sorted(member_ids)) if member_ids else 0


def close_over() -> int:
    """What nobody did a week after its day closes, some at a time; answers how many."""
    return _run(OVER, limit=AT_ONCE)


def _run(statement: str, **more: object) -> int:
    values = sql.given(clock.now()) | more
    return cast("CursorResult[object]", session.execute(text(statement), values)).rowcount
