"""Points credited, spent, handed over and taken away, outside of orders and tills."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select

from app.core import clock
from app.core.db import session
from app.points.models import RIPE, AccountKind, PointsTransfer
from app.points.policy import policy
from app.points.refusals import TooFewPoints
from app.points.service import due, holds, lots
from app.points.service.ledger import Purse, transfer_id
from app.points.service.lots import Part

EMPTIED = {AccountKind.AVAILABLE: lots.take, AccountKind.PENDING: lots.take_unripe}


def earn(member_id: int, *, amount: int, kind: str, reference: str) -> bool:
    """Credit points that can be used at once; False when this very movement was recorded before.
    What she owes is paid first."""
    if amount <= 0:
        return False
    purse = due.catch_up(member_id)
    return credit(purse, amount, kind=kind, reference=reference, at=clock.now(), ripens_at=RIPE)


def credit(
    purse: Purse, amount: int, *, kind: str, reference: str, at: datetime, ripens_at: datetime
) -> bool:
    """As `earn`, for what was earned at some moment and can be used from another."""
    to = AccountKind.AVAILABLE if ripens_at == RIPE else AccountKind.PENDING
    if not purse.move(AccountKind.ISSUED, to, amount, kind=kind, reference=reference):
        return False
    lots.add(purse.member_id, [Part(policy().lapses_at(at), amount, ripens_at)])
    due.repay(purse)
    return True


def spend(member_id: int, *, amount: int, kind: str, reference: str) -> bool:
    """Take points from what she can use; False when this very movement was recorded before.

    Raises TooFewPoints.
    """
    purse = due.catch_up(member_id)
    if is_recorded(kind, reference):
        return False
    if purse.balance(AccountKind.AVAILABLE) < amount:
        raise TooFewPoints()
    purse.move(AccountKind.AVAILABLE, AccountKind.SPENT, amount, kind=kind, reference=reference)
    lots.take(member_id, amount)
    return True


def is_recorded(kind: str, reference: str) -> bool:
    """Whether this very movement stands in the ledger."""
    mine = select(PointsTransfer.id).filter_by(id=transfer_id(kind, reference))
    return session.scalar(mine) is not None


def lapse(member_id: int, *, kind: str, reference: str) -> int:
    """Give all she has back to the brand, and forgive what she owes; answers how many points
    lapsed."""
    purse = due.catch_up(member_id)
    holds.release_all(purse)
    lapsed = 0
    for account, take in EMPTIED.items():
        left = purse.balance(account)
        _end(purse, account, AccountKind.EXPIRED, left, kind, reference)
        take(member_id, left)
        lapsed += left
    owed = purse.balance(AccountKind.OWED)
    _end(purse, AccountKind.CLAWED_BACK, AccountKind.OWED, owed, kind, reference)
    return lapsed


def _end(
    purse: Purse, debit: AccountKind, credit: AccountKind, amount: int, kind: str, reference: str
) -> None:
    if amount > 0:
        purse.move(debit, credit, amount, kind=kind, reference=reference, id=uuid.uuid4())
