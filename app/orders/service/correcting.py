"""A till corrects an order it has told: the whole order again, under the next revision."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, insert, select

from app.core import clock, events
from app.core.db import session
from app.core.errors import Conflict
from app.orders.models import Order, OrderCorrection, OrderLine, OrderPayment
from app.orders.service import locks, rewards
from app.orders.service.recording import (
    OtherOrder,
    Recorded,
    totals,
    write_lines,
    write_payments,
)
from app.orders.service.returning import NoOrder
from app.orders.service.told import Told


class TooMuchIsBack(Conflict):
    code, title = "order_has_returns", "这张订单已有退货，不能再改商品和金额；退完重开一张"


def correct(told: Told, *, revision: int) -> Recorded:
    """The order is from now on as told. A revision that stands, or an older one that comes late,
    changes nothing. Points follow the amount and the member; both versions are kept.

    Raises NoOrder, TooMuchIsBack once goods are back, Unbalanced, OtherOrder when this revision
    was told with another content.
    """
    told.refuse_unbalanced()
    order = locks.take(told.source, told.order_no)
    if order is None or order.store_id != told.store_id:
        raise NoOrder()
    if revision <= order.revision:
        return _known(order, told, revision)
    if order.returned_fen:
        raise TooMuchIsBack()
    before = _content(order)
    rewards.take_all_back(order, revision)
    strangers = _rewrite(order, told, revision)
    earned = rewards.earn(order, part=f"correction:{revision}")
    _keep(order, before)
    return Recorded(order, True, earned, strangers=strangers)


def disown(order_id: int) -> None:
    """It turned out that nobody is known to have bought it: what it earned is taken back, the
    order itself keeps its place in the books. Twice is once."""
    order = session.scalar(select(Order).filter_by(id=order_id).with_for_update())
    if order is None or order.member_id is None:
        return
    rewards.take_the_rest_back(order, "disowned")
    member_id, order.member_id = order.member_id, None
    session.flush()
    events.record(
        "order.disowned",
        member_id=member_id,
        dedupe_key=f"order.disowned:{order.id}:{member_id}",
        order_id=order.id,
        store_id=order.store_id,
        paid_fen=order.paid_fen,
    )


def _known(order: Order, told: Told, revision: int) -> Recorded:
    if revision == order.revision and order.digest != told.digest:
        raise OtherOrder(fields={"json": {"revision": [OtherOrder.title]}})
    return Recorded(order, is_new=False)


def _rewrite(order: Order, told: Told, revision: int) -> list[str]:
    for table in (OrderLine, OrderPayment):
        session.execute(delete(table).where(table.order_id == order.id))
    for name, value in totals(told).items():
        setattr(order, name, value)
    order.member_id, order.staff_id = told.member_id, told.staff_id
    order.paid_at, order.revision, order.digest = told.paid_at, revision, told.digest
    session.flush()
    strangers = write_lines(order, told.lines)
    write_payments(order, told)
    return strangers


def _content(order: Order) -> dict[str, Any]:
    """What may change, in numbers and ids alone."""
    held = select(OrderLine).filter_by(order_id=order.id).order_by(OrderLine.line_no)
    lines = [
        [line.line_no, line.product_id, line.quantity, line.paid_fen]
        for line in session.scalars(held.execution_options(populate_existing=True))
    ]
    return {
        "member_id": order.member_id,
        "staff_id": order.staff_id,
        "paid_at": order.paid_at.isoformat(),
        "paid_fen": order.paid_fen,
        "lines": lines,
    }


def _keep(order: Order, before: dict[str, Any]) -> None:
    session.execute(
        insert(OrderCorrection).values(
            brand_id=order.brand_id,
            order_id=order.id,
            revision=order.revision,
            before=before,
            after=_content(order),
            corrected_at=clock.now(),
        )
    )
    events.record(
        "order.corrected",
        member_id=order.member_id,
        dedupe_key=f"order.corrected:{order.id}:{order.revision}",
        order_id=order.id,
        store_id=order.store_id,
        paid_fen=order.paid_fen,
        before_fen=before["paid_fen"],
    )
