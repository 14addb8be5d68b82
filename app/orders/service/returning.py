"""What is brought back. A return that comes before its sale waits for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import insert, select, update

from app.core import clock, events
from app.core.db import session
from app.core.errors import BadInput, Conflict, NotFound
from app.orders.models import (
    Order,
    OrderLine,
    OrderReturn,
    OrderReturnLine,
    OrderState,
    ReturnKind,
    ReturnState,
)
from app.orders.service import locks, rewards
from app.orders.service.told import BroughtBack, ToldReturn


class NoOrder(NotFound):
    code, title = "no_order", "没有这张订单，或不在你的门店"


class ReturnsTooMuch(Conflict):
    code, title = "return_too_much", "退的比卖的多，核对订单号、行号和件数"


class OtherReturn(BadInput):
    code, title = "return_differs", "这个退货号已报过，内容不一样，换一个号再报"


@dataclass(frozen=True)
class Taken:
    """Units of one line that came back now: of `sold`, `before` had come back already."""

    line_no: int
    sold: int
    before: int
    after: int
    fen: int

    def share(self, fen: int) -> int:
        """The part of an amount on this line that goes back with these units. The parts of all
        returns add up to the amount when all units are back."""
        return fen * self.after // self.sold - fen * self.before // self.sold


@dataclass(frozen=True)
class Returned:
    """What was told, whether it was new, and what it took; no order while it waits."""

    row: OrderReturn
    is_new: bool
    order: Order | None
    taken: list[Taken] = field(default_factory=list)


Refund = Callable[[Returned], None]


def nothing(_: object) -> None:
    """An order without coupons has nothing more to give back."""


def bring_back(told: ToldReturn, *, refund: Refund = nothing) -> Returned:
    """Take goods back, or a whole sale. Its points, growth and totals follow at once; without
    its sale it waits. The same return again answers the first. `refund` is done to what was
    taken before points move.

    Raises ReturnsTooMuch, OtherReturn when the number stands for another one, NoOrder for a till
    of another store.
    """
    order = locks.take(told.source, told.order_no)
    known = session.scalar(
        select(OrderReturn).filter_by(source=told.source, return_no=told.return_no)
    )
    if known is not None:
        return _known(known, told, order)
    if order is not None and told.is_bound and order.store_id != told.store_id:
        raise NoOrder()
    row = _add(told)
    if order is None:
        return Returned(row, True, None)
    return _apply(row, order, told.lines, refund)


def apply_waiting(order: Order, refund: Refund = nothing) -> list[Returned]:
    """Returns that came before this sale, in the order in which they happened. One that asks
    for more than was sold is refused and shown, for the sale itself is right."""
    waiting = select(OrderReturn).filter_by(
        source=order.source, order_no=order.order_no, state=ReturnState.WAITING
    )
    rows = session.scalars(waiting.order_by(OrderReturn.returned_at, OrderReturn.id)).all()
    return [done for row in rows if (done := _apply_late(row, order, refund)) is not None]


def _apply_late(row: OrderReturn, order: Order, refund: Refund) -> Returned | None:
    asked = select(OrderReturnLine).filter_by(return_id=row.id).order_by(OrderReturnLine.line_no)
    lines = [BroughtBack(line.line_no, line.quantity, line.fen) for line in session.scalars(asked)]
    try:
        with session.begin_nested():
            if row.is_bound and row.store_id != order.store_id:
                raise NoOrder()
            return _apply(row, order, lines, refund)
    except (ReturnsTooMuch, NoOrder):
        session.refresh(row)
        session.refresh(order)
        row.state = ReturnState.REFUSED
        session.flush()
        return None


def _known(row: OrderReturn, told: ToldReturn, order: Order | None) -> Returned:
    if row.digest != told.digest:
        raise OtherReturn(fields={"json": {"return_no": [OtherReturn.title]}})
    return Returned(row, False, order if row.order_id else None)


def _add(told: ToldReturn) -> OrderReturn:
    row = OrderReturn(
        source=told.source,
        return_no=told.return_no,
        order_no=told.order_no,
        store_id=told.store_id,
        kind=told.kind,
        is_bound=told.is_bound,
        state=ReturnState.WAITING,
        returned_at=told.at,
        digest=told.digest,
        recorded_at=clock.now(),
    )
    session.add(row)
    session.flush()
    lines = [
        {
            "brand_id": row.brand_id,
            "return_id": row.id,
            "line_no": line.line_no,
            "quantity": line.quantity,
            "fen": line.fen,
        }
        for line in told.lines
    ]
    if lines:
        session.execute(insert(OrderReturnLine), lines)
    return row


def _apply(
    row: OrderReturn, order: Order, asked: Sequence[BroughtBack], refund: Refund
) -> Returned:
    held = select(OrderLine).filter_by(order_id=order.id).order_by(OrderLine.line_no)
    lines = {line.line_no: line for line in session.scalars(held.execution_options(
        populate_existing=True))}  # fmt: skip
    wanted = asked or _all_left(lines)
    if not wanted:
        raise ReturnsTooMuch()
    taken = [_take(lines.get(each.line_no), each) for each in wanted]
    row.refund_fen = sum(each.fen for each in taken)
    row.order_id, row.state = order.id, ReturnState.APPLIED
    order.returned_fen += row.refund_fen
    order.state = _state(row, lines)
    session.flush()
    done = Returned(row, True, order, taken)
    refund(done)
    rewards.take_back(order, row)
    _tell(order, row)
    return done


def _all_left(lines: dict[int, OrderLine]) -> list[BroughtBack]:
    return [
        BroughtBack(line.line_no, line.quantity - line.returned_quantity)
        for line in lines.values()
        if line.quantity > line.returned_quantity
    ]


def _take(line: OrderLine | None, asked: BroughtBack) -> Taken:
    """One conditional statement: the row itself says whether so much is still there."""
    if line is None or asked.quantity > line.quantity - line.returned_quantity:
        raise ReturnsTooMuch()
    after = line.returned_quantity + asked.quantity
    fair = line.paid_fen * after // line.quantity - line.returned_fen
    taken = Taken(
        line_no=line.line_no,
        sold=line.quantity,
        before=line.returned_quantity,
        after=after,
        fen=max(fair, 0) if asked.fen is None else asked.fen,
    )
    ours = (OrderLine.brand_id == line.brand_id) & (OrderLine.order_id == line.order_id)
    is_left = (OrderLine.returned_quantity == taken.before) & (
        OrderLine.returned_fen + taken.fen <= OrderLine.paid_fen
    )
    statement = update(OrderLine).where(ours, OrderLine.line_no == line.line_no, is_left)
    changed = statement.values(
        returned_quantity=taken.after, returned_fen=OrderLine.returned_fen + taken.fen
    )
    if session.scalar(changed.returning(OrderLine.line_no)) is None:
        raise ReturnsTooMuch()
    session.refresh(line)
    return taken


def _state(row: OrderReturn, lines: dict[int, OrderLine]) -> OrderState:
    if row.kind == ReturnKind.CANCEL:
        return OrderState.CANCELLED
    is_whole = all(line.returned_quantity == line.quantity for line in lines.values())
    return OrderState.RETURNED if is_whole else OrderState.PARTLY_RETURNED


def _tell(order: Order, row: OrderReturn) -> None:
    name = "order.cancelled" if row.kind == ReturnKind.CANCEL else "order.returned"
    events.record(
        name,
        member_id=order.member_id,
        at=row.returned_at,
        dedupe_key=f"order.returned:{row.id}",
        order_id=order.id,
        return_id=row.id,
        store_id=row.store_id,
        refund_fen=row.refund_fen,
    )
