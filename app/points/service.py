"""Points: a ledger of movements between accounts; tiers by what was spent."""

from __future__ import annotations

import uuid

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db
from app.core.db import session
from app.points.models import AccountKind, MemberTier, PointsAccount, PointsTransfer, Tier

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
    values = {
        "brand_id": db.current_brand_id(),
        "id": transfer_id(kind, reference),
        "debit_id": issued,
        "credit_id": available,
        "amount": amount,
        "kind": kind,
        "reference": reference,
        "at": clock.now(),
    }
    statement = insert(PointsTransfer).values(values).on_conflict_do_nothing()
    if session.scalar(statement.returning(PointsTransfer.id)) is None:
        return False
    _move(issued, -amount)
    _move(available, amount)
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
