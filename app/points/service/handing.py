"""Points that change hands, when two members become one and two again."""

from __future__ import annotations

from sqlalchemy import select

from app.core.db import session
from app.points.models import AccountKind, HoldState, PointsHold
from app.points.service import lots
from app.points.service.ledger import Purse, lock_all, record


def hand_over(
    giver_id: int, taker_id: int, *, account: AccountKind, up_to: int | None, reference: str
) -> int:
    """Move points from one member's account to another's: all, or as many of `up_to` as are
    there. Answers how many went; the same reference again moves none."""
    purses = lock_all([giver_id, taker_id])
    giver, taker = purses[giver_id], purses[taker_id]
    there = giver.balance(account)
    amount = there if up_to is None else min(up_to, there)
    if amount <= 0 or not _between(giver, taker, account, amount, reference):
        return 0
    if account is AccountKind.AVAILABLE:
        lots.add(taker_id, lots.take(giver_id, amount))
    if account is AccountKind.PENDING:
        lots.add(taker_id, lots.take_unripe(giver_id, amount))
    return amount


def _between(giver: Purse, taker: Purse, account: AccountKind, amount: int, name: str) -> bool:
    sides = giver.account_id(account), taker.account_id(account)
    if account is AccountKind.OWED:  # it runs the other way: to owe is to have given
        sides = sides[1], sides[0]
    if not record(*sides, amount, kind="merge", reference=f"{account}:{name}"):
        return False
    sign = -1 if account is AccountKind.OWED else 1
    giver.add(account, -amount * sign)
    taker.add(account, amount * sign)
    return True


def hand_over_holds(
    giver_id: int, taker_id: int, *, keys: list[str] | None, reference: str
) -> list[str]:
    """What is and was put aside goes from one member to another: all, or these keys. Answers the
    keys that went."""
    hers = select(PointsHold).filter_by(member_id=giver_id)
    if keys is not None:
        hers = hers.where(PointsHold.key.in_(keys))
    rows = session.scalars(
        hers.order_by(PointsHold.key), execution_options={"populate_existing": True}
    ).all()
    held = sum(row.amount for row in rows if row.state == HoldState.HELD)
    for row in rows:
        row.member_id = taker_id
    session.flush()
    if held:
        hand_over(giver_id, taker_id, account=AccountKind.HELD, up_to=held, reference=reference)
    return [row.key for row in rows]
