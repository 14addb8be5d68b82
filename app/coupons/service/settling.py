"""What follows a use that was put aside: paid, let go, cancelled, partly refunded, revoked."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from app.core import db, events
from app.core.db import session
from app.coupons.models import CouponStep, Redemption, RedemptionState, Step
from app.coupons.refusals import Reason, refused
from app.coupons.service import holding, steps, taking
from app.coupons.service.holding import Held

UNDO_WINDOW = timedelta(minutes=10)
PAID = (RedemptionState.REDEEMED, RedemptionState.PARTLY_REFUNDED)


def settle(key: str, *, order_id: int | None = None, at: datetime | None = None) -> Redemption:
    """It was paid, at that moment if it is told later. After the time has run out too, as long as
    the coupon is still free: a late payment counts. Twice is once. Raises Refused."""
    held, use = holding.found(key, at)
    if use.state == RedemptionState.ROLLED_BACK:
        raise refused(Reason.ROLLED_BACK)
    if use.state in PAID:
        return use
    if not use.is_standing:
        _take_again(held, use)
    before = Step(use.state)
    use.state, use.undone_at, use.redeemed_at = RedemptionState.REDEEMED, None, held.at
    use.order_id = order_id or use.order_id
    session.flush()
    holding.count_held(held.coupon)
    steps.keep_use(use, before, held.now, taking.who(use))
    taking.complete(held, use)
    return use


def _take_again(held: Held, use: Redemption) -> None:
    """It was let go, and then paid: its days do not matter, it was in time when she came."""
    if held.coupon.used >= held.coupon.uses:
        raise refused(Reason.TAKEN_MEANWHILE)
    if held.coupon.revoked_at is not None or held.batch.revoked_at is not None:
        raise refused(Reason.REVOKED)
    held.coupon.used += 1
    session.flush()
    holding.take_means(held, use)


def stands(key: str) -> bool:
    """Whether a use of this key takes one of its coupon's uses."""
    use = holding.by_key(key)
    return use is not None and use.is_standing


def name_order(key: str, order_id: int) -> None:
    """The order of a use became known afterwards."""
    ours = (Redemption.brand_id == db.current_brand_id()) & (Redemption.key == key)
    unnamed = update(Redemption).where(ours, Redemption.order_id.is_(None))
    session.execute(unnamed.values(order_id=order_id))


def void(key: str) -> Redemption:
    """The till lets go: the coupon works again. Twice is once. Raises Refused once it is paid."""
    held, use = holding.found(key)
    if use.state in PAID:
        raise refused(Reason.SETTLED)
    if use.state == RedemptionState.RESERVED:
        holding.undo(held, use, RedemptionState.VOIDED, taking.who(use))
    return use


def give_back(key: str, *, reason: str) -> Redemption:
    """The order was cancelled: the coupon works again as long as its days last, the money is back.
    Twice is once."""
    held, use = holding.found(key)
    _roll_back(held, use, reason[:32])
    return use


def _roll_back(held: Held, use: Redemption, by: str) -> None:
    if not use.is_standing:
        return
    if use.state == RedemptionState.RESERVED:
        holding.undo(held, use, RedemptionState.VOIDED, by)
        return
    holding.undo(held, use, RedemptionState.ROLLED_BACK, by)
    events.record("coupon.use_undone", member_id=held.coupon.member_id, coupon_id=held.coupon.id)


def refund_part(key: str, *, refund_key: str, fen: int) -> Redemption:
    """Part of the order went back: the coupon stays used, its money comes back by so much. The
    same refund twice is once. Raises Refused."""
    held, use = holding.found(key)
    if use.state not in PAID:
        raise refused(Reason.NO_USE)
    if _is_refunded(use, refund_key):
        return use
    if fen < 0 or use.refunded_fen + fen > use.discount_fen:
        raise refused(Reason.REFUND_TOO_LARGE)
    before = Step(use.state)
    use.state, use.refunded_fen = RedemptionState.PARTLY_REFUNDED, use.refunded_fen + fen
    session.flush()
    holding.put_back(held, fen)
    steps.keep_use(use, before, held.now, taking.who(use), reference=refund_key, fen=fen)
    return use


def _is_refunded(use: Redemption, refund_key: str) -> bool:
    known = select(CouponStep.id).filter_by(
        redemption_id=use.id, to_step=Step.PARTLY_REFUNDED, reference=refund_key
    )
    return session.scalar(known) is not None


def undo(redemption_id: int) -> None:
    """Take a use back within ten minutes: the coupon works again, the shelf has one more."""
    known = db.get(Redemption, redemption_id)
    if known is None:
        raise refused(Reason.NO_USE)
    held, use = holding.found(known.key)
    if held.now - use.redeemed_at > UNDO_WINDOW:
        raise refused(Reason.TOO_LATE_TO_UNDO)
    _roll_back(held, use, taking.who(use))
