"""What the uses of scripts came to, kept at the scripts: a board cannot count them at each look."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, text

from app.core import clock
from app.core.db import session
from app.tasks.models.scripts import Script
from app.tasks.script_queries import FIGURES, asked_of

COUNTED_EVERY = timedelta(minutes=10)
COUNT = f"""
UPDATE scripts SET uses = COALESCE(counted.uses, 0), trials = COALESCE(counted.trials, 0),
    wins = COALESCE(counted.wins, 0), counted_at = :now
FROM unnest(CAST(:scripts AS bigint[])) each (id)
LEFT JOIN ({FIGURES}) counted ON counted.script_id = each.id
WHERE scripts.brand_id = :brand AND scripts.id = each.id"""  # noqa: S608 - ours


def count_scripts() -> bool:
    """Of the brand, in one statement: counted twice is the same. Whether there was any."""
    ids = list(session.scalars(select(Script.id).order_by(Script.id)))
    session.execute(text(COUNT), asked_of(ids) | {"now": clock.now()})
    return bool(ids)


def brands_to_count(now: datetime) -> list[int]:
    """Whose scripts were counted longest ago, over all brands."""
    columns = Script.__table__.c
    is_old = columns.counted_at.is_(None) | (columns.counted_at < now - COUNTED_EVERY)
    found = select(columns.brand_id).where(is_old).distinct()
    return list(session.scalars(found.order_by(columns.brand_id)))
