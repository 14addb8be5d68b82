"""A coupon in one transaction's hands: its row is held, and what has run out is let go.

Every step of a use first takes the coupon's own row, so that of any number of tills one goes
first; a reservation that has run out is free to the next one who comes, whether or not a job was
there before. The campaign's row comes after the coupon's, never before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from app.core import clock, db
from app.core.db import session
from app.coupons.models import (
    Coupon,
    CouponBatch,
    CouponKind,
    CouponState,
    Redemption,
    RedemptionState,
    Step,
)
from app.coupons.refusals import Reason, refused
from app.coupons.service import budgets, shelves, steps

REFUSALS = {
    CouponState.USED: Reason.USED,
    CouponState.REVOKED: Reason.REVOKED,
    CouponState.HELD: Reason.HELD,
    CouponState.EXPIRED: Reason.EXPIRED,
    CouponState.LATER: Reason.NOT_YET,
}


@dataclass(frozen=True)
class Held:
    """A coupon whose row this transaction holds, with its batch as it stands now."""

    coupon: Coupon
    batch: CouponBatch
    at: datetime  # by which its days are judged: an offline till tells it later
    now: datetime


def hold(coupon_id: int, at: datetime | None = None) -> Held:
    """Take the coupon's row. What it is like is read now, after the wait. Raises Refused."""
    now = clock.now()
    ours = (Coupon.brand_id == db.current_brand_id()) & (Coupon.id == coupon_id)
    fresh = {"populate_existing": True}
    wanted = select(Coupon).where(ours).with_for_update(key_share=True)
    coupon = session.scalar(wanted.execution_options(**fresh))
    if coupon is None:
        raise refused(Reason.NO_COUPON)
    batch = select(CouponBatch).filter_by(id=coupon.batch_id).execution_options(**fresh)
    return Held(coupon, session.scalars(batch).one(), min(at or now, now), now)


def refuse(held: Held) -> None:
    state = held.coupon.state(held.at)
    if state is not CouponState.USED and held.batch.revoked_at is not None:
        raise refused(Reason.REVOKED)
    if state is not CouponState.USABLE:
        raise refused(REFUSALS[state])


def count_held(coupon: Coupon) -> None:
    """How many of its uses are put aside, and when the first of them ends."""
    reserved = select(Redemption.reserved_until).where(
        Redemption.coupon_id == coupon.id, Redemption.state == RedemptionState.RESERVED
    )
    ends = [end for end in session.scalars(reserved) if end is not None]
    coupon.held, coupon.held_until = len(ends), min(ends, default=None)


def take_means(held: Held, use: Redemption) -> None:
    """What a use costs besides the coupon: a sample from the shelf, money of the campaign. Raises
    Refused."""
    if takes_from_shelf(held, use) and not shelves.change(held.batch.id, use.store_id or 0, -1):
        raise refused(Reason.SHELF_EMPTY)
    _take_money(held, use.discount_fen)


def takes_from_shelf(held: Held, use: Redemption) -> bool:
    """Whether something is handed over in a store."""
    return held.batch.kind == CouponKind.SAMPLE and use.store_id is not None


def _take_money(held: Held, fen: int) -> None:
    campaign_id = held.batch.campaign_id
    if campaign_id is None or not fen or budgets.take(campaign_id, fen):
        return
    _free_money(campaign_id)
    if not budgets.take(campaign_id, fen):
        raise refused(Reason.BUDGET_SPENT)


def _free_money(campaign_id: int) -> None:
    """Let go of what others have put aside too long."""
    _let_all_lapse(_overdue().where(CouponBatch.campaign_id == campaign_id))


def let_overdue_lapse(limit: int) -> None:
    """The same of any campaign, so many at once."""
    _let_all_lapse(_overdue().limit(limit))


def _overdue() -> Select[Coupon, CouponBatch]:
    """Coupons that were put aside too long. Those in somebody's hands are passed by: whoever holds
    a campaign never waits for a coupon."""
    overdue = select(Coupon, CouponBatch).join(CouponBatch, CouponBatch.id == Coupon.batch_id)
    late = overdue.where(Coupon.held_until <= clock.now())
    ordered = late.order_by(CouponBatch.campaign_id, Coupon.id)
    return ordered.with_for_update(of=Coupon, key_share=True, skip_locked=True)


def _let_all_lapse(overdue: Select[Coupon, CouponBatch]) -> None:
    now = clock.now()
    found = session.execute(overdue.execution_options(populate_existing=True)).all()
    for coupon, batch in found:
        let_lapse(Held(coupon, batch, now, now))


def let_lapse(held: Held) -> None:
    """What was put aside too long is free again, as of now."""
    if held.coupon.held_until is None or held.coupon.held_until > held.now:
        return
    overdue = select(Redemption).where(
        Redemption.coupon_id == held.coupon.id,
        Redemption.state == RedemptionState.RESERVED,
        Redemption.reserved_until <= held.now,
    )
    fresh = overdue.order_by(Redemption.id).execution_options(populate_existing=True)
    for use in session.scalars(fresh).all():
        undo(held, use, RedemptionState.LAPSED, steps.TIME)


def undo(held: Held, use: Redemption, to: RedemptionState, by: str) -> None:
    """The use does not count any more: the coupon works again, the money is back."""
    before = Step(use.state)
    use.state, use.undone_at = to, held.now
    count_held(held.coupon)
    held.coupon.used -= 1
    session.flush()
    put_back(held, use.discount_fen - use.refunded_fen)
    if takes_from_shelf(held, use):
        shelves.change(held.batch.id, use.store_id or 0, 1)
    steps.keep_use(use, before, held.now, by)


def put_back(held: Held, fen: int) -> None:
    if held.batch.campaign_id is not None and fen:
        budgets.put_back(held.batch.campaign_id, fen)


def by_key(key: str) -> Redemption | None:
    """The use that a caller's key names."""
    return session.scalar(select(Redemption).filter_by(key=key))


def found(key: str, at: datetime | None = None) -> tuple[Held, Redemption]:
    """The use of this key and its coupon, held; if it has run out, it says so. Raises Refused."""
    use = by_key(key)
    if use is None:
        raise refused(Reason.NO_USE)
    held = hold(use.coupon_id, at)
    let_lapse(held)
    session.refresh(use)
    return held, use
