"""What orders earn, and what their refunds take back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db
from app.core.db import session
from app.points.earning import Line, points_for_purchase
from app.points.models import AccountKind, OrderPoints, PointsRefund, PointsTransfer
from app.points.policy import policy
from app.points.rate import FEN_A_POINT
from app.points.service import due, lots, moving
from app.points.service.ledger import Purse, transfer_id

FRESH = {"populate_existing": True}


def earn_for_order(
    member_id: int,
    *,
    order_id: int,
    paid_fen: int,
    at: datetime,
    store_id: int | None = None,
    lines: Sequence[Line] = (),
    part: str = "",
) -> int:
    """Points of an order by the rules that were in force then; pending until the return period is
    over. Each part of an order earns once: a corrected order, after all was taken back, earns anew
    under another part. Answers how many points this part has earned.
    """
    purse = due.catch_up(member_id)
    reference = f"order:{order_id}" + (f":{part}" if part else "")
    known = _counted(order_id, part, reference)
    if known is not None:
        return known
    amount = points_for_purchase(member_id, paid_fen, at, store_id, lines)
    if amount > 0:
        ripens_at = policy().ripens_at(at, clock.now())
        moving.credit(purse, amount, kind="order", reference=reference, at=at, ripens_at=ripens_at)
    _count(order_id, member_id, part, paid_fen, amount)
    return amount


def _counted(order_id: int, part: str, reference: str) -> int | None:
    row = _row(order_id)
    if row is not None and row.part == part:
        return row.earned
    earned = select(func.sum(PointsTransfer.amount)).filter_by(kind="order", reference=reference)
    return session.scalar(earned)


def _row(order_id: int) -> OrderPoints | None:
    mine = select(OrderPoints).filter_by(order_id=order_id)
    return session.scalar(mine, execution_options=FRESH)


def _count(order_id: int, member_id: int, part: str, paid_fen: int, earned: int) -> None:
    anew = {
        "member_id": member_id,
        "part": part,
        "paid_fen": max(paid_fen, 0),
        "refunded_fen": 0,
        "earned": earned,
        "clawed_back": 0,
    }
    key = {"brand_id": db.current_brand_id(), "order_id": order_id}
    statement = insert(OrderPoints).values(key | anew)
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=anew))


def claw_back(
    member_id: int,
    *,
    order_id: int,
    refund_key: str,
    refunded_fen: int,
    paid_fen: int | None = None,
) -> int:
    """Take back the exact share of what the order earned: after all its refunds together she keeps
    the earned points times what is still paid, rounded down. First from what is pending, then from
    what she can use; the rest she owes. `paid_fen` is what an order cost whose points came by an
    import. Answers how many points this refund took; the same refund again takes none.
    """
    purse = due.catch_up(member_id)
    mine = select(PointsRefund.amount).filter_by(order_id=order_id, key=refund_key)
    known = session.scalar(mine)
    if known is not None:
        return known
    row = _row(order_id) or _imported(order_id, member_id, paid_fen)
    row.refunded_fen = min(row.refunded_fen + max(refunded_fen, 0), row.paid_fen)
    amount = row.earned - _kept(row) - row.clawed_back
    row.clawed_back += amount
    session.add(
        PointsRefund(
            order_id=order_id,
            key=refund_key,
            member_id=member_id,
            refunded_fen=refunded_fen,
            amount=amount,
            at=clock.now(),
        )
    )
    session.flush()
    _take(purse, amount, order_id, refund_key)
    return amount


def _kept(row: OrderPoints) -> int:
    if row.paid_fen == 0:
        return 0
    return row.earned * (row.paid_fen - row.refunded_fen) // row.paid_fen


def _imported(order_id: int, member_id: int, paid_fen: int | None) -> OrderPoints:
    """An order whose points were credited many at once, without a row of its own."""
    name = f"order:{order_id}"
    of_order = or_(
        PointsTransfer.reference == name,
        PointsTransfer.reference.between(f"{name}:", f"{name};", symmetric=False),
    )
    earned = select(func.sum(PointsTransfer.amount)).where(PointsTransfer.kind == "order", of_order)
    points = int(session.scalar(earned) or 0)
    paid = paid_fen if paid_fen is not None else points * FEN_A_POINT
    _count(order_id, member_id, "", paid, points)
    row = _row(order_id)
    assert row is not None  # noqa: S101 - it was written a line above
    return row


def _take(purse: Purse, amount: int, order_id: int, refund_key: str) -> None:
    left = amount
    pending = min(left, purse.balance(AccountKind.PENDING))
    _claw(purse, AccountKind.PENDING, pending, order_id, refund_key)
    lots.take_unripe(purse.member_id, pending)
    left -= pending
    available = min(left, purse.balance(AccountKind.AVAILABLE))
    _claw(purse, AccountKind.AVAILABLE, available, order_id, refund_key)
    lots.take(purse.member_id, available)
    _claw(purse, AccountKind.OWED, left - available, order_id, refund_key)


def _claw(purse: Purse, debit: AccountKind, amount: int, order_id: int, refund_key: str) -> None:
    if amount > 0:
        purse.move(
            debit,
            AccountKind.CLAWED_BACK,
            amount,
            kind="claw_back",
            reference=f"order:{order_id}",
            id=transfer_id("claw_back", f"{debit}:{order_id}:{refund_key}"),
        )
