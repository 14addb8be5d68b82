"""What has come due for a member: whoever touches her points does it first, and the timekeeper
does it for those whom nobody touches. Reading counts it in already (queries.balances)."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select, text, update

from app.core import clock, db
from app.core.db import session
from app.points.models import RIPE, AccountKind, HoldState, PointsDraw, PointsHold
from app.points.service import lots
from app.points.service.ledger import Purse, lock, transfer_id
from app.points.service.lots import Part

MEMBERS_A_STEP = 200
IS_DUE = """
SELECT EXISTS (SELECT FROM points_lots WHERE brand_id = :brand AND member_id = :member
               AND remaining > 0 AND (lapses_at <= :now
                                      OR (ripens_at <= :now AND ripens_at > '1970-01-01 00:00Z')))
    OR EXISTS (SELECT FROM points_holds WHERE brand_id = :brand AND member_id = :member
               AND state = 'held' AND until <= :now)
"""
DUE = """
SELECT brand_id, member_id FROM points_lots
WHERE remaining > 0 AND ripens_at > '1970-01-01 00:00Z' AND ripens_at <= :now
UNION
SELECT brand_id, member_id FROM points_lots
WHERE remaining > 0 AND lapses_at < '9999-01-01 00:00Z' AND lapses_at <= :now
UNION
SELECT brand_id, member_id FROM points_holds WHERE state = 'held' AND until <= :now
LIMIT :limit
"""


def catch_up(member_id: int) -> Purse:
    """Her locked accounts, after all that has come due until now."""
    purse = lock(member_id)
    now = clock.now()
    asked = {"brand": db.current_brand_id(), "member": member_id, "now": now}
    if session.scalar(text(IS_DUE), asked):
        _release_lapsed(purse, now)
        _ripen(purse, now)
        repay(purse)
        _lapse(purse, now)
    return purse


def work() -> None:
    """For everybody for whom something has come due."""
    while members := _due_members():
        for brand_id, member_id in members:
            with db.transaction(brand_id):
                catch_up(member_id)


def is_any_due() -> bool:
    """Whether `work` would find somebody. Asked over all brands."""
    return bool(session.execute(text(DUE), {"now": clock.now(), "limit": 1}).first())


def _due_members() -> list[tuple[int, int]]:
    with db.system_transaction():
        rows = session.execute(text(DUE), {"now": clock.now(), "limit": MEMBERS_A_STEP})
        return sorted((row.brand_id, row.member_id) for row in rows)


def _release_lapsed(purse: Purse, now: datetime) -> None:
    lapsed = select(PointsHold).where(
        PointsHold.member_id == purse.member_id,
        PointsHold.state == HoldState.HELD,
        PointsHold.until <= now,
    )
    in_order = lapsed.order_by(PointsHold.until, PointsHold.key)
    for hold in session.scalars(in_order, execution_options={"populate_existing": True}):
        release(purse, hold, HoldState.LAPSED)


def release(purse: Purse, hold: PointsHold, state: HoldState) -> None:
    """What was put aside goes back to where it was: a day that has passed meanwhile has passed."""
    purse.move(
        AccountKind.HELD,
        AccountKind.AVAILABLE,
        hold.amount,
        kind="release",
        reference=hold.key,
        id=transfer_id("release", f"{hold.key}:{hold.round}"),
    )
    lots.add(purse.member_id, empty_draws(hold.key))
    hold.state = state
    session.flush()


def empty_draws(hold_key: str) -> list[Part]:
    """The parts that a hold is made of; it is made of none any more."""
    of_hold = (PointsDraw.brand_id == db.current_brand_id()) & (PointsDraw.hold_key == hold_key)
    rows = session.execute(
        select(PointsDraw.lapses_at, PointsDraw.amount).where(of_hold, PointsDraw.amount > 0)
    )
    parts = [Part(row.lapses_at, row.amount) for row in rows]
    session.execute(
        update(PointsDraw).where(of_hold).values(amount=0),
        execution_options={"synchronize_session": False},
    )
    return parts


def _ripen(purse: Purse, now: datetime) -> None:
    parts = lots.take_ripe(purse.member_id, now)
    if parts:
        _by_the_day(purse, AccountKind.PENDING, AccountKind.AVAILABLE, lots.total(parts), "ripen")
        lots.add(purse.member_id, [replace(part, ripens_at=RIPE) for part in parts])


def _lapse(purse: Purse, now: datetime) -> None:
    parts = lots.take_lapsed(purse.member_id, now)
    if parts:
        _by_the_day(purse, AccountKind.AVAILABLE, AccountKind.EXPIRED, lots.total(parts), "expire")


def repay(purse: Purse) -> None:
    """What she owes is paid by whatever can be used."""
    owed, available = purse.balance(AccountKind.OWED), purse.balance(AccountKind.AVAILABLE)
    amount = min(owed, available)
    if amount > 0:
        _by_the_day(purse, AccountKind.AVAILABLE, AccountKind.OWED, amount, "repay")
        lots.take(purse.member_id, amount)


def _by_the_day(
    purse: Purse, debit: AccountKind, credit: AccountKind, amount: int, kind: str
) -> None:
    """A movement that her lots are the reason for: they are emptied with it, so it has an id of
    its own and cannot come twice."""
    day = clock.business_day(clock.now()).isoformat()
    purse.move(debit, credit, amount, kind=kind, reference=f"due:{day}", id=uuid.uuid4())
