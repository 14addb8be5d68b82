"""How often something may be tried: by who tries, and by what is tried."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from sqlalchemy import delete, select, text

from app.core import clock, db
from app.core.crypto import keyring
from app.core.db import session
from app.core.errors import TooMany
from app.members.models import BindingTry

WINDOW, DAY = timedelta(hours=1), timedelta(days=1)


class TooManyTries(TooMany):
    code, title = "too_many_tries", "试得太多了，过一会儿再来"


def count_try(key: str, *, most: int, most_a_day: int | None = None) -> None:
    """Count one more try under this key. Commit it before what is tried: it counts if that fails.

    Raises TooManyTries with `retry_after` in whole seconds once there were `most` in an hour, or
    `most_a_day` in a day.
    """
    index = keyring().index(key, context=f"{db.current_brand_id()}.try")
    lock = text("SELECT pg_advisory_xact_lock(hashtext('try'), hashtext(:index))")
    session.execute(lock, {"index": index})
    now = clock.now()
    if most_a_day is not None:
        _refuse_more(index, most_a_day, DAY, now)
    _refuse_more(index, most, WINDOW, now)
    session.add(BindingTry(key_index=index, at=now))
    session.flush()


def _refuse_more(index: str, most: int, window: timedelta, now: datetime) -> None:
    recent = select(BindingTry.at).where(
        BindingTry.key_index == index, BindingTry.at > now - window
    )
    times = session.scalars(recent.order_by(BindingTry.at.desc()).limit(most)).all()
    if len(times) >= most:
        left = (times[-1] + window - now).total_seconds()
        raise TooManyTries(retry_after=max(1, math.ceil(left)))


def forget_tries() -> None:
    """Throw away what counts no more. In a transaction over all brands."""
    session.execute(delete(BindingTry).where(BindingTry.at < clock.now() - DAY))
