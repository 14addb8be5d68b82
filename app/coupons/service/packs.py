"""Packs of coupons: sold at the till or given; whoever uses one has what lies in it."""

from __future__ import annotations

from sqlalchemy import func, select

from app.catalog.models import Product
from app.core import db
from app.core.db import session
from app.coupons.models import Coupon, CouponBatch
from app.coupons.refusals import Reason, refused
from app.coupons.service import contents, holding, issuing, promises, revoking, steps, taking
from app.coupons.service.issuing import Ask
from app.orders.models import Order, OrderLine


def deliver(order_id: int) -> None:
    """What an order says of packs is what she has: units that were sold are opened for her, those
    that came back are taken from her, whichever is heard of first and however often. Raises
    Refused when a pack cannot be given; the sale stands, and a person sees it."""
    order = db.get(Order, order_id)
    if order is None or order.member_id is None:
        return
    sold = _sold(order_id)
    for batch_id, number in _opened(order_id):
        if number > sold.get(batch_id, 0):
            take_back_pack(batch_id, order.member_id, reference=_unit(order_id, batch_id, number))
    for batch_id, count in sorted(sold.items()):
        for number in range(1, count + 1):
            reference = _unit(order_id, batch_id, number)
            open_pack(batch_id, order.member_id, reference=reference, order_id=order_id)


def _sold(order_id: int) -> dict[int, int]:
    """Of each pack the units that are sold and not brought back."""
    kept = func.sum(OrderLine.quantity - OrderLine.returned_quantity)
    product = (Product.brand_id == OrderLine.brand_id) & (Product.id == OrderLine.product_id)
    pack = (CouponBatch.brand_id == Product.brand_id) & (CouponBatch.pack_sku == Product.sku)
    lines = select(CouponBatch.id, kept).join_from(OrderLine, Product, product)
    found = lines.join(CouponBatch, pack).where(OrderLine.order_id == order_id)
    return {row[0]: int(row[1]) for row in session.execute(found.group_by(CouponBatch.id))}


def _opened(order_id: int) -> list[tuple[int, int]]:
    """The units that were opened for it: batch and number."""
    begins = Coupon.reason.startswith(_reason(f"{order_id}."), autoescape=True)
    reasons = session.execute(select(Coupon.batch_id, Coupon.reason).where(begins))
    return [(batch_id, int(reason.rpartition(".")[2])) for batch_id, reason in reasons]


def _unit(order_id: int, batch_id: int, number: int) -> str:
    return f"{order_id}.{batch_id}.{number}"


def open_pack(
    pack_batch_id: int, member_id: int, *, reference: str, order_id: int | None = None
) -> list[Coupon]:
    """She has bought a pack: what lies in it is hers, or promised where it has run out. The same
    reference answers the first. Raises Refused when there is no such pack any more; the caller's
    savepoint or transaction has to go with it."""
    ask = Ask(pack_batch_id, member_id, _reason(reference), by=steps.TILL)
    answer = issuing.issue_many([ask])[0]
    if answer.coupon_id is None:
        raise refused(answer.refusal or Reason.GONE)
    taking.redeem(answer.coupon_id, key=f"pack:{answer.coupon_id}", order_id=order_id)
    return contents.coupons_of(answer.coupon_id)


def _reason(reference: str) -> str:
    return f"sold:{reference}"[:48]


def take_back_pack(pack_batch_id: int, member_id: int, *, reference: str) -> int:
    """The sale was cancelled: what of it is not used is revoked, what is owed
    of it is not any more; answers how many that were. Twice
    is once."""
    sold = select(Coupon.id).filter_by(
        batch_id=pack_batch_id, member_id=member_id, reason=_reason(reference)
    )
    pack_id = session.scalar(sold)
    if pack_id is None:
        return 0
    promises.drop(pack_id)
    given = contents.coupons_of(pack_id)
    return sum(_revoke(coupon.id) for coupon in sorted(given, key=lambda each: each.id))


def _revoke(coupon_id: int) -> bool:
    held = holding.hold(coupon_id)
    if held.coupon.revoked_at is not None or held.coupon.used >= held.coupon.uses:
        return False
    revoking.mark(held, steps.RULE)
    return True
