"""What a pack owes: promised when it could not be given, given once there is some again.

Whoever uses a pack has paid for it, so its use is never refused for what lies in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db, queue
from app.core.db import session
from app.coupons.models import CouponBatch, CouponPromise
from app.coupons.refusals import Reason
from app.coupons.service import issuing
from app.coupons.service.issuing import Answer, Ask

AT_ONCE = 200
TRIED_AGAIN_AFTER = timedelta(minutes=10)
OPEN = CouponPromise.kept_at.is_(None) & CouponPromise.dropped_at.is_(None)
_UNSYNCHRONISED = {"synchronize_session": False}


def promise(pack_id: int, short: Sequence[tuple[Ask, Reason]]) -> None:
    """She is owed these; the same again is the first."""
    now = clock.now()
    rows = [
        {
            "brand_id": db.current_brand_id(),
            "pack_id": pack_id,
            "batch_id": ask.batch_id,
            "member_id": ask.member_id,
            "reason": ask.reason,
            "by": ask.by,
            "refusal": refusal,
            "promised_at": now,
            "due_at": now,
        }
        for ask, refusal in short
    ]
    if rows:
        session.execute(insert(CouponPromise).on_conflict_do_nothing(), rows)


def drop(pack_id: int) -> int:
    """The pack was brought back: what is still owed of it is not any more. Answers how many that
    were."""
    ours = (CouponPromise.brand_id == db.current_brand_id()) & (CouponPromise.pack_id == pack_id)
    owed = update(CouponPromise).where(ours, OPEN).values(dropped_at=clock.now())
    found = session.scalars(owed.returning(CouponPromise.id), execution_options=_UNSYNCHRONISED)
    return len(found.all())


def try_soon(batch_id: int) -> None:
    """The batch has changed: there may be some again."""
    ours = (CouponPromise.brand_id == db.current_brand_id()) & (CouponPromise.batch_id == batch_id)
    owed = update(CouponPromise).where(ours, OPEN).values(due_at=clock.now())
    found = session.execute(owed.returning(CouponPromise.id), execution_options=_UNSYNCHRONISED)
    if found.first():
        queue.ring(queue.BULK)


def due() -> Select[int, int]:
    """Brands and batches of which something is owed and may be tried. Asked over all brands."""
    owed = select(CouponPromise.brand_id, CouponPromise.batch_id).distinct()
    return owed.where(OPEN, CouponPromise.due_at <= clock.now())


def keep(batch_id: int) -> bool:
    """Give some of what is owed of this batch, the oldest first; whether there was any to try. What
    cannot be given yet waits a while."""
    now = clock.now()
    held = select(CouponBatch.id).filter_by(id=batch_id).with_for_update(key_share=True)
    session.execute(held)  # before the promises, as whoever changes the batch
    oldest = select(CouponPromise).where(
        CouponPromise.batch_id == batch_id, OPEN, CouponPromise.due_at <= now
    )
    taken = oldest.order_by(CouponPromise.id).limit(AT_ONCE).with_for_update(skip_locked=True)
    rows = session.scalars(taken.execution_options(populate_existing=True)).all()
    asks = [Ask(row.batch_id, row.member_id, row.reason, by=row.by) for row in rows]
    for row, answer in zip(rows, issuing.issue_many(asks), strict=True):
        _note(row, answer, now)
    session.flush()
    return bool(rows)


def _note(row: CouponPromise, answer: Answer, now: datetime) -> None:
    if answer.coupon_id is None:
        row.refusal, row.due_at = answer.refusal or Reason.GONE, now + TRIED_AGAIN_AFTER
    else:
        row.coupon_id, row.kept_at = answer.coupon_id, now


def owed(batch_id: int) -> dict[str, int]:
    """How many of this batch packs still owe, by the reason why they could not be given."""
    counted = select(CouponPromise.refusal, func.count()).filter_by(batch_id=batch_id)
    rows = session.execute(counted.where(OPEN).group_by(CouponPromise.refusal))
    return {row[0]: row[1] for row in rows}
