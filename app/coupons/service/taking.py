"""Using a coupon: put aside at a till, or used at once by a guide."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from app.core import db, events
from app.core.db import session
from app.coupons.models import Redemption, RedemptionState, Step
from app.coupons.refusals import Reason, refused
from app.coupons.service import holding, steps
from app.coupons.service.holding import Held


def reserve(
    coupon_id: int,
    *,
    key: str,
    discount_fen: int,
    store_id: int | None,
    until: datetime,
    staff_id: int | None = None,
    order_ref: str | None = None,
    at: datetime | None = None,
) -> Redemption:
    """Put one use aside until then, with its discount out of the campaign's money and a sample off
    the shelf; `at` is when it was, if it is told later. The same key answers the first. Raises
    Refused."""
    asked = Redemption(
        coupon_id=coupon_id,
        key=key,
        state=RedemptionState.RESERVED,
        store_id=store_id,
        staff_id=staff_id,
        discount_fen=discount_fen,
        reserved_until=until,
        order_ref=order_ref,
    )
    return _take(asked, at)


def redeem(
    coupon_id: int,
    *,
    key: str,
    store_id: int | None = None,
    staff_id: int | None = None,
    order_id: int | None = None,
    discount_fen: int = 0,
    at: datetime | None = None,
) -> Redemption:
    """Use the coupon once, at once; `at` is when it was, if it is told later. The same key answers
    the first result; two keys cannot both win. Raises Refused."""
    asked = Redemption(
        coupon_id=coupon_id,
        key=key,
        state=RedemptionState.REDEEMED,
        store_id=store_id,
        staff_id=staff_id,
        order_id=order_id,
        discount_fen=discount_fen,
    )
    return _take(asked, at)


def _take(asked: Redemption, at: datetime | None) -> Redemption:
    """One use more, in the state asked for, or the first one of this key."""
    first = holding.by_key(asked.key)
    if first is None:
        held = holding.hold(asked.coupon_id, at)
        first = holding.by_key(asked.key)  # a second tap that has waited for the first
    if first is not None:
        return _same(first, asked)
    holding.let_lapse(held)
    holding.refuse(held)
    return _use(held, asked)


def _same(first: Redemption, asked: Redemption) -> Redemption:
    """Raises Refused when the key was another coupon's, or another amount's."""
    is_same = (first.coupon_id, first.discount_fen) == (asked.coupon_id, asked.discount_fen)
    if not is_same:
        raise refused(Reason.KEY_REUSED)
    return first


def _use(held: Held, asked: Redemption) -> Redemption:
    use = _insert(asked, held.at)
    _count_in(held, use)
    holding.take_means(held, use)
    steps.keep_use(use, Step.ISSUED, held.now, who(use))
    if use.state == RedemptionState.REDEEMED:
        tell(held, use)
    return use


def _insert(asked: Redemption, at: datetime) -> Redemption:
    """Raises Refused when another coupon's use has taken the key meanwhile."""
    names = ("coupon_id", "key", "state", "store_id", "staff_id", "order_id", "order_ref")
    given = {name: getattr(asked, name) for name in (*names, "discount_fen", "reserved_until")}
    row = given | {"brand_id": db.current_brand_id(), "refunded_fen": 0, "redeemed_at": at}
    added = insert(Redemption).values(row).on_conflict_do_nothing().returning(Redemption)
    use = session.scalar(added)
    if use is None:
        raise refused(Reason.KEY_REUSED)
    return use


def _count_in(held: Held, use: Redemption) -> None:
    held.coupon.used += 1
    if use.state == RedemptionState.RESERVED:
        holding.count_held(held.coupon)
    session.flush()


def who(use: Redemption) -> str:
    """Who uses it, as history names her."""
    return steps.staff_or(use.staff_id, steps.TILL)


def tell(held: Held, use: Redemption) -> None:
    """It was used: an event of her timeline."""
    events.record(
        "coupon.redeemed",
        member_id=held.coupon.member_id,
        coupon_id=use.coupon_id,
        store_id=use.store_id,
    )


def hand_sample(coupon_id: int, *, store_id: int, staff_id: int, key: str) -> Redemption:
    """She got her sample: the coupon is used and the shelf has one less, or neither.

    The same key answers the first time's result. Raises Refused.
    """
    return redeem(coupon_id, key=key, store_id=store_id, staff_id=staff_id)
