"""Points: a ledger of movements between accounts; tiers by what was spent."""

from __future__ import annotations

import uuid

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db
from app.core.db import session
from app.core.errors import Conflict
from app.points.models import AccountKind, MemberTier, PointsAccount, PointsTransfer, Tier


class TooFewPoints(Conflict):
    code, title = "too_few_points", "积分不够，少换一些再试"


FEN_A_POINT = 100
NAMESPACE = uuid.UUID("6d9b1c52-6b53-4c3e-9a0e-5d0f4a1c7e11")
DEFAULT_LADDER = (("青禾", 0), ("金穗", 200_000), ("木心", 500_000))


def points_for(paid_fen: int) -> int:
    """One point for each whole ¥1.00 of an order."""
    return max(paid_fen, 0) // FEN_A_POINT


def transfer_id(kind: str, reference: str) -> uuid.UUID:
    """The same movement always has the same id, so that recording it twice is once."""
    return uuid.uuid5(NAMESPACE, f"{db.current_brand_id()}:{kind}:{reference}")


def earn(member_id: int, *, amount: int, kind: str, reference: str) -> bool:
    """Credit points; False when this very movement was recorded before."""
    if amount <= 0:
        return False
    issued, available = _accounts(member_id)
    return _transfer(issued, available, amount, kind, reference)


def spend(member_id: int, *, amount: int, kind: str, reference: str) -> bool:
    """Take points from what she can use; False when this very movement was recorded before.

    Raises TooFewPoints.
    """
    issued, available = _accounts(member_id)
    if _locked_balances((available,))[available] < amount:
        raise TooFewPoints()
    return _transfer(available, issued, amount, kind, reference)


def hand_over(
    giver_id: int, taker_id: int, *, account: AccountKind, up_to: int | None, reference: str
) -> int:
    """Move points from one member's account to another's: all, or as many of `up_to` as are
    there. Answers how many went; the same reference again moves none."""
    hers = select(PointsAccount.id).filter_by(member_id=giver_id, kind=account)
    giver = session.scalar(hers)
    if giver is None:
        return 0
    taker = _account(taker_id, account)
    there = _locked_balances((giver, taker))[giver]
    amount = there if up_to is None else min(up_to, there)
    if amount <= 0 or not _transfer(giver, taker, amount, "merge", f"{account}:{reference}"):
        return 0
    return amount


def _locked_balances(account_ids: tuple[int, ...]) -> dict[int, int]:
    wanted = select(PointsAccount.id, PointsAccount.balance).where(
        PointsAccount.id.in_(account_ids)
    )
    rows = session.execute(wanted.order_by(PointsAccount.id).with_for_update())
    return {row.id: row.balance for row in rows}


def _transfer(debit_id: int, credit_id: int, amount: int, kind: str, reference: str) -> bool:
    values = {
        "brand_id": db.current_brand_id(),
        "id": transfer_id(kind, reference),
        "debit_id": debit_id,
        "credit_id": credit_id,
        "amount": amount,
        "kind": kind,
        "reference": reference,
        "at": clock.now(),
    }
    statement = insert(PointsTransfer).values(values).on_conflict_do_nothing()
    if session.scalar(statement.returning(PointsTransfer.id)) is None:
        return False
    _move(debit_id, -amount)
    _move(credit_id, amount)
    return True


def _accounts(member_id: int) -> tuple[int, int]:
    """The brand's and the member's account, made where missing; always in this order."""
    return _account(None, AccountKind.ISSUED), _account(member_id, AccountKind.AVAILABLE)


def _account(member_id: int | None, kind: AccountKind) -> int:
    values = {"brand_id": db.current_brand_id(), "member_id": member_id, "kind": kind, "balance": 0}
    session.execute(insert(PointsAccount).values(values).on_conflict_do_nothing())
    mine = select(PointsAccount.id).filter_by(kind=kind)
    return session.scalars(
        mine.where(PointsAccount.member_id.is_not_distinct_from(member_id))
    ).one()


def _move(account_id: int, amount: int) -> None:
    ours = (PointsAccount.brand_id == db.current_brand_id()) & (PointsAccount.id == account_id)
    session.execute(
        update(PointsAccount).where(ours).values(balance=PointsAccount.balance + amount)
    )


def add_ladder(steps: tuple[tuple[str, int], ...] = DEFAULT_LADDER) -> None:
    """The brand's tiers, lowest first: name and the spend in fen that reaches it."""
    for rank, (name, spend_fen) in enumerate(steps):
        values = {"brand_id": db.current_brand_id(), "rank": rank, "name": name}
        session.execute(
            insert(Tier).values(values | {"spend_fen": spend_fen}).on_conflict_do_nothing()
        )


def set_tier(member_id: int, spent_fen: int) -> None:
    """Put the member on the step her spend has reached."""
    reached = select(Tier.id).where(Tier.spend_fen <= spent_fen).order_by(Tier.rank.desc()).limit(1)
    values = {
        "brand_id": db.current_brand_id(),
        "member_id": member_id,
        "tier_id": session.scalars(reached).one(),
        "spent_fen": spent_fen,
        "changed_at": clock.now(),
    }
    again = {key: values[key] for key in ("tier_id", "spent_fen", "changed_at")}
    statement = insert(MemberTier).values(values)
    session.execute(
        statement.on_conflict_do_update(index_elements=["brand_id", "member_id"], set_=again)
    )


def lapse(member_id: int, *, kind: str, reference: str) -> int:
    """Give all she has back to the brand, as one movement; answers how many points lapsed."""
    issued, available = _accounts(member_id)
    ours = (PointsAccount.brand_id == db.current_brand_id()) & (PointsAccount.id == available)
    left = session.scalars(select(PointsAccount.balance).where(ours).with_for_update()).one()
    if left <= 0:
        return 0
    values = {
        "brand_id": db.current_brand_id(),
        "id": uuid.uuid4(),
        "debit_id": available,
        "credit_id": issued,
        "amount": left,
        "kind": kind,
        "reference": reference,
        "at": clock.now(),
    }
    session.execute(insert(PointsTransfer).values(values))
    _move(issued, left)
    _move(available, -left)
    return left
