"""Movements between accounts. Whoever moves a member's points has her accounts locked, in the
order of their ids, so that all that happens to her happens one after another."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db
from app.core.db import session
from app.points.models import OF_MEMBERS, AccountKind, PointsAccount, PointsTransfer

NAMESPACE = uuid.UUID("6d9b1c52-6b53-4c3e-9a0e-5d0f4a1c7e11")


def transfer_id(kind: str, reference: str) -> uuid.UUID:
    """The same movement always has the same id, so that recording it twice is once."""
    return uuid.uuid5(NAMESPACE, f"{db.current_brand_id()}:{kind}:{reference}")


class Purse:
    """One member's accounts, locked until the transaction ends."""

    def __init__(self, member_id: int, rows: Mapping[AccountKind, tuple[int, int]]) -> None:
        self.member_id = member_id
        self._ids = {kind: account_id for kind, (account_id, _) in rows.items()}
        self._balances = {kind: balance for kind, (_, balance) in rows.items()}

    def balance(self, kind: AccountKind) -> int:
        """What stands there now."""
        return self._balances.get(kind, 0)

    def account_id(self, kind: AccountKind) -> int:
        """Her account, or the brand's; made where missing. Her lock keeps another from making it
        too."""
        if kind not in OF_MEMBERS:
            return _account(None, kind)
        if kind not in self._ids:
            self._ids[kind] = _account(self.member_id, kind)
        return self._ids[kind]

    def move(
        self,
        debit: AccountKind,
        credit: AccountKind,
        amount: int,
        *,
        kind: str,
        reference: str,
        id: uuid.UUID | None = None,
    ) -> bool:
        """One row, and the balances it changes; False when this very movement was recorded."""
        sides = self.account_id(debit), self.account_id(credit)
        if not record(*sides, amount, kind=kind, reference=reference, id=id):
            return False
        self.add(debit, -amount)
        self.add(credit, amount)
        return True

    def add(self, kind: AccountKind, amount: int) -> None:
        """Change a cached balance by what a recorded movement brought to the account."""
        if kind not in OF_MEMBERS:
            return
        change = -amount if kind is AccountKind.OWED else amount
        ours = (PointsAccount.brand_id == db.current_brand_id()) & (
            PointsAccount.id == self.account_id(kind)
        )
        changed = update(PointsAccount).where(ours)
        session.execute(
            changed.values(balance=PointsAccount.balance + change),
            execution_options={"synchronize_session": False},
        )
        self._balances[kind] = self.balance(kind) + change


def lock(member_id: int) -> Purse:
    """Her accounts, for this transaction alone."""
    return lock_all([member_id])[member_id]


def lock_all(member_ids: Collection[int]) -> dict[int, Purse]:
    """The accounts of several members, in the order of their ids."""
    found = _locked(member_ids)
    missing = sorted(each for each in member_ids if AccountKind.AVAILABLE not in found[each])
    if missing:
        for member_id in missing:
            _make(member_id, AccountKind.AVAILABLE)
        found = _locked(member_ids)
    return {member_id: Purse(member_id, rows) for member_id, rows in found.items()}


def _locked(member_ids: Collection[int]) -> dict[int, dict[AccountKind, tuple[int, int]]]:
    wanted = select(
        PointsAccount.member_id, PointsAccount.kind, PointsAccount.id, PointsAccount.balance
    ).where(PointsAccount.member_id.in_(member_ids))
    found: dict[int, dict[AccountKind, tuple[int, int]]] = {each: {} for each in member_ids}
    for row in session.execute(wanted.order_by(PointsAccount.id).with_for_update()):
        found[row.member_id][AccountKind(row.kind)] = (row.id, row.balance)
    return found


def record(
    debit_id: int,
    credit_id: int,
    amount: int,
    *,
    kind: str,
    reference: str,
    id: uuid.UUID | None = None,
    at: datetime | None = None,
) -> bool:
    """Only the row; False when its id is known."""
    values = {
        "brand_id": db.current_brand_id(),
        "id": id or transfer_id(kind, reference),
        "debit_id": debit_id,
        "credit_id": credit_id,
        "amount": amount,
        "kind": kind,
        "reference": reference,
        "at": at or clock.now(),
    }
    statement = insert(PointsTransfer).values(values).on_conflict_do_nothing()
    return session.scalar(statement.returning(PointsTransfer.id)) is not None


def _account(member_id: int | None, kind: AccountKind) -> int:
    mine = select(PointsAccount.id).where(
        PointsAccount.kind == kind, PointsAccount.member_id.is_not_distinct_from(member_id)
    )
    found = session.scalar(mine)
    if found is None:
        _make(member_id, kind)
        found = session.scalars(mine).one()
    return found


def _make(member_id: int | None, kind: AccountKind) -> None:
    values = {"brand_id": db.current_brand_id(), "member_id": member_id, "kind": kind, "balance": 0}
    session.execute(insert(PointsAccount).values(values).on_conflict_do_nothing())
