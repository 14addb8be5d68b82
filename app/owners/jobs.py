"""The bulk queue's part: hand-overs that were begun go on, a helping of each in turn."""

from __future__ import annotations

import time
from functools import partial

from sqlalchemy import select

from app.core import db, queue, turns
from app.core.db import session
from app.owners.models import OwnerMove
from app.owners.service import applying, leaving, moves

WORK_SECONDS = 15


def work() -> None:
    """Go on until nothing is left, or the time is over; then it is rung for again."""
    until = time.monotonic() + WORK_SECONDS
    while time.monotonic() < until and _round():
        continue


def _round() -> bool:
    """Whether anything got on: a helping of each in turn, so that no brand waits for another."""
    steps = [
        turns.step_or_log(f"owners.move:{move_id}", partial(_step, brand_id, move_id))
        for brand_id, move_id in _open()
    ]
    return any(steps)


def plan_due() -> None:
    """Wake the worker for what was begun: a lost ring costs one tick."""
    if _open():
        queue.ring_at_once(queue.BULK)


def _open() -> list[tuple[int, int]]:
    columns = OwnerMove.__table__.c
    with db.system_transaction():
        found = select(columns.brand_id, columns.id).where(columns.state.in_(moves.WORKING))
        return [(row.brand_id, row.id) for row in session.execute(found.order_by(columns.id))]


def _step(brand_id: int, move_id: int) -> bool:
    with db.transaction(brand_id):
        return applying.step(move_id) or leaving.go_on(move_id)
