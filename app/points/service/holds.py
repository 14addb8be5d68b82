"""Part of the points, spent at a till: put aside, then settled or released."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db
from app.core.db import session
from app.points.models import AccountKind, HoldState, PointsDraw, PointsHold
from app.points.policy import policy
from app.points.refusals import HoldOver, KeyReused, NoHold, TooFewPoints
from app.points.service import due, lots
from app.points.service.ledger import Purse, transfer_id
from app.points.service.lots import Part

FRESH = {"populate_existing": True}


def hold(member_id: int, *, amount: int, key: str, until: datetime) -> PointsHold:
    """Put points aside for a till, until then; the same key again gives the first answer.

    Raises TooFewPoints, and KeyReused for the same key with another amount or member.
    """
    purse = due.catch_up(member_id)
    known = _find(key)
    if known is not None:
        if (known.member_id, known.amount) != (member_id, amount):
            raise KeyReused()
        return known
    row = _made(member_id, amount, key, until)
    _put_aside(purse, row, 1)
    return row


def _made(member_id: int, amount: int, key: str, until: datetime) -> PointsHold:
    values = {
        "brand_id": db.current_brand_id(),
        "key": key,
        "member_id": member_id,
        "amount": amount,
        "state": HoldState.HELD,
        "until": until,
        "round": 1,
        "given_back": 0,
    }
    statement = insert(PointsHold).values(values).on_conflict_do_nothing().returning(PointsHold)
    row = session.scalar(statement)
    if row is None:  # another member's, in this very moment
        raise KeyReused()
    return row


def settle_hold(key: str, *, order_id: int | None = None) -> PointsHold:
    """They are spent. One that lapsed meanwhile is put aside anew, if she still has so many.

    Raises NoHold, HoldOver for one that was released, TooFewPoints.
    """
    purse, row = _locked(key)
    if row.state == HoldState.SETTLED:
        row.order_id = row.order_id or order_id
        return row
    if row.state == HoldState.RELEASED:
        raise HoldOver()
    if row.state == HoldState.LAPSED:
        _put_aside(purse, row, row.round + 1)
    purse.move(AccountKind.HELD, AccountKind.SPENT, row.amount, kind="settle", reference=row.key)
    row.state, row.order_id = HoldState.SETTLED, order_id
    session.flush()
    return row


def release_hold(key: str) -> PointsHold:
    """They are hers again. Raises NoHold, HoldOver for one that was settled."""
    purse, row = _locked(key)
    if row.state == HoldState.SETTLED:
        raise HoldOver()
    if row.state == HoldState.HELD:
        due.release(purse, row, HoldState.RELEASED)
        due.repay(purse)
    return row


def release_all(purse: Purse) -> None:
    """Whatever is put aside of hers."""
    hers = select(PointsHold).filter_by(member_id=purse.member_id, state=HoldState.HELD)
    for row in session.scalars(hers.order_by(PointsHold.key), execution_options=FRESH):
        due.release(purse, row, HoldState.RELEASED)
    due.repay(purse)


def give_back_spent(key: str, *, refund_key: str, amount: int) -> int:
    """Of the points that paid an order, as many as the refund returns; never more than were spent.
    They lapse when they would have; those that have lapsed since live as long as new ones.
    Answers how many came back; the same refund again brings none.

    Raises NoHold, HoldOver for one that was not settled.
    """
    purse, row = _locked(key)
    if row.state != HoldState.SETTLED:
        raise HoldOver()
    returned = min(amount, row.amount - row.given_back)
    if returned <= 0 or not purse.move(
        AccountKind.SPENT,
        AccountKind.AVAILABLE,
        returned,
        kind="give_back",
        reference=key,
        id=transfer_id("give_back", f"{key}:{refund_key}"),
    ):
        return 0
    row.given_back += returned
    lots.add(purse.member_id, _from_draws(key, returned))
    session.flush()
    due.repay(purse)
    return returned


def _put_aside(purse: Purse, row: PointsHold, number: int) -> None:
    if purse.balance(AccountKind.AVAILABLE) < row.amount:
        raise TooFewPoints()
    purse.move(
        AccountKind.AVAILABLE,
        AccountKind.HELD,
        row.amount,
        kind="hold",
        reference=row.key,
        id=transfer_id("hold", f"{row.key}:{number}"),
    )
    for part in lots.take(purse.member_id, row.amount):
        _draw(row.key, part)
    row.state, row.round = HoldState.HELD, number
    session.flush()


def _draw(key: str, part: Part) -> None:
    values = {
        "brand_id": db.current_brand_id(),
        "hold_key": key,
        "lapses_at": part.lapses_at,
        "amount": part.amount,
    }
    statement = insert(PointsDraw).values(values)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["brand_id", "hold_key", "lapses_at"],
            set_={"amount": PointsDraw.amount + part.amount},
        )
    )


def _undraw(key: str, part: Part) -> None:
    drawn = (
        (PointsDraw.brand_id == db.current_brand_id())
        & (PointsDraw.hold_key == key)
        & (PointsDraw.lapses_at == part.lapses_at)
    )
    session.execute(
        update(PointsDraw).where(drawn).values(amount=PointsDraw.amount - part.amount),
        execution_options={"synchronize_session": False},
    )


def _from_draws(key: str, amount: int) -> list[Part]:
    """The last to lapse comes back first: it was the last to be taken."""
    of_hold = (PointsDraw.brand_id == db.current_brand_id()) & (PointsDraw.hold_key == key)
    rows = session.execute(
        select(PointsDraw.lapses_at, PointsDraw.amount)
        .where(of_hold, PointsDraw.amount > 0)
        .order_by(PointsDraw.lapses_at.desc())
    )
    now, left, parts = clock.now(), amount, []
    for row in rows:
        taken = min(row.amount, left)
        if taken:
            _undraw(key, Part(row.lapses_at, taken))
            lapses_at = row.lapses_at if row.lapses_at > now else policy().lapses_at(now)
            parts.append(Part(lapses_at, taken))
            left -= taken
    return parts


def _locked(key: str) -> tuple[Purse, PointsHold]:
    """The hold and its member's accounts: those first, and then the row as it is."""
    found = _find(key)
    if found is None:
        raise NoHold()
    purse = due.catch_up(found.member_id)
    row = _find(key)
    assert row is not None  # noqa: S101 - no hold is ever removed
    if row.member_id != purse.member_id:  # merged between the two looks
        return _locked(key)
    return purse, row


def _find(key: str) -> PointsHold | None:
    mine = select(PointsHold).filter_by(key=key)
    return session.scalar(mine, execution_options=FRESH)
