"""Token buckets in SQL: one statement takes a token or refuses, and a lost Valkey changes nothing.

Without the database nothing is let through, which is what a limit before a phone, a login or
an export wants.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Double, String, cast, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock, db
from app.core.db import BrandRow, session
from app.core.errors import TooMany

MINUTE = 60
FULL_AFTER = timedelta(seconds=2 * MINUTE)


class Bucket(BrandRow):
    """How many tokens were left, and when: what has come in since is computed."""

    __tablename__ = "rate_buckets"

    name: Mapped[str] = mapped_column(String(96), primary_key=True)
    tokens: Mapped[float] = mapped_column(Double)
    counted_at: Mapped[datetime]


class TooOften(TooMany):
    code, title = "too_often", "请求太快了，过一会儿再来"


def take(name: str, *, per_minute: int) -> None:
    """Take one of the current brand's tokens under this name; a bucket holds a minute's worth.

    Raises TooOften with `retry_after`, the whole seconds until there is one again.
    """
    now = clock.now()
    left = _left(per_minute, now)
    fresh = {"brand_id": db.current_brand_id(), "name": name, "tokens": per_minute - 1}
    taken = insert(Bucket).values(**fresh, counted_at=now)
    statement = taken.on_conflict_do_update(
        index_elements=["brand_id", "name"],
        set_={"tokens": left - 1, "counted_at": now},
        where=left >= 1,
    )
    if session.scalar(statement.returning(Bucket.tokens)) is None:
        raise TooOften(retry_after=_wait(name, per_minute, now))


def forget_full() -> None:
    """Throw away buckets that have long been full again. In a transaction over all brands."""
    session.execute(delete(Bucket).where(Bucket.counted_at < clock.now() - FULL_AFTER))


def _left(per_minute: int, now: datetime) -> ColumnElement[float]:
    since = func.extract("epoch", literal(now) - Bucket.counted_at)
    return func.least(per_minute, Bucket.tokens + cast(since, Double) * per_minute / MINUTE)


def _wait(name: str, per_minute: int, now: datetime) -> int:
    left = session.scalar(select(_left(per_minute, now)).where(Bucket.name == name)) or 0.0
    return max(1, math.ceil((1 - left) * MINUTE / per_minute))
