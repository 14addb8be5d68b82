"""What is left of what was earned, by the day it lapses. The first to lapse is the first to go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import db
from app.core.db import session
from app.points.models import RIPE, PointsLot


@dataclass(frozen=True)
class Part:
    """Points that lapse at the same moment."""

    lapses_at: datetime
    amount: int
    ripens_at: datetime = RIPE


def add(member_id: int, parts: Iterable[Part]) -> None:
    """Points that came."""
    for part in parts:
        values = {
            "brand_id": db.current_brand_id(),
            "member_id": member_id,
            "lapses_at": part.lapses_at,
            "ripens_at": part.ripens_at,
            "amount": part.amount,
            "remaining": part.amount,
        }
        statement = insert(PointsLot).values(values)
        grown = {
            "amount": PointsLot.amount + part.amount,
            "remaining": PointsLot.remaining + part.amount,
        }
        key = ["brand_id", "member_id", "lapses_at", "ripens_at"]
        session.execute(statement.on_conflict_do_update(index_elements=key, set_=grown))


def take(member_id: int, amount: int) -> list[Part]:
    """Of those that can be used, the first to lapse. Her accounts must be locked, and so many
    must be there."""
    return _take(member_id, amount, PointsLot.ripens_at == RIPE)


def take_unripe(member_id: int, amount: int) -> list[Part]:
    """Of those that cannot be used yet, the last to ripen: it was bought last."""
    return _take(member_id, amount, PointsLot.ripens_at > RIPE)


def take_ripe(member_id: int, at: datetime) -> list[Part]:
    """All whose return period is over."""
    return _take(member_id, None, (PointsLot.ripens_at > RIPE) & (PointsLot.ripens_at <= at))


def take_lapsed(member_id: int, at: datetime) -> list[Part]:
    """All whose time is over."""
    return _take(member_id, None, (PointsLot.ripens_at == RIPE) & (PointsLot.lapses_at <= at))


def _take(member_id: int, amount: int | None, which: ColumnElement[bool]) -> list[Part]:
    hers = select(PointsLot.lapses_at, PointsLot.ripens_at, PointsLot.remaining).where(
        PointsLot.member_id == member_id, PointsLot.remaining > 0, which
    )
    left, parts = amount, []
    for row in session.execute(hers.order_by(PointsLot.ripens_at.desc(), PointsLot.lapses_at)):
        taken = row.remaining if left is None else min(row.remaining, left)
        if taken == 0:
            break
        _reduce(member_id, row.lapses_at, row.ripens_at, taken)
        left = None if left is None else left - taken
        parts.append(Part(row.lapses_at, taken, row.ripens_at))
    if left:
        raise RuntimeError("the lots hold fewer points than the account")
    return parts


def _reduce(member_id: int, lapses_at: datetime, ripens_at: datetime, amount: int) -> None:
    lot = (
        (PointsLot.brand_id == db.current_brand_id())
        & (PointsLot.member_id == member_id)
        & (PointsLot.lapses_at == lapses_at)
        & (PointsLot.ripens_at == ripens_at)
    )
    session.execute(
        update(PointsLot).where(lot).values(remaining=PointsLot.remaining - amount),
        execution_options={"synchronize_session": False},
    )


def total(parts: Iterable[Part]) -> int:
    """How many points they are together."""
    return sum(part.amount for part in parts)
