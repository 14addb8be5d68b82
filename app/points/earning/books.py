"""The brand's rules over time: which book holds when, and a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.brands import service as brands
from app.core import audit, clock
from app.core.db import session
from app.core.errors import BadInput
from app.points.earning.form import dump, load
from app.points.earning.rules import STANDARD, Rule
from app.points.models import EarningBook


class StartsTooEarly(BadInput):
    code, title = "starts_too_early", "生效时间已经过去。发过的积分不会重算，选一个以后的时间"


@dataclass(frozen=True)
class Book:
    """Version 0 holds before the brand has written a rule of its own."""

    version: int
    rules: tuple[Rule, ...]
    starts_at: datetime | None = None
    made_by: str | None = None


FIRST = Book(0, STANDARD)


def in_force(at: datetime) -> Book:
    """The book that holds at that moment."""
    started = select(EarningBook).where(EarningBook.starts_at <= at)
    newest = started.order_by(EarningBook.starts_at.desc(), EarningBook.version.desc())
    row = session.scalar(newest.limit(1))
    return _book(row) if row else FIRST


def by_start() -> list[tuple[datetime, Book]]:
    """All that holds at some time, the latest start first."""
    rows = session.scalars(select(EarningBook).order_by(EarningBook.starts_at, EarningBook.version))
    by_start = {row.starts_at: row for row in rows}  # the later version of two
    return [(starts_at, _book(row)) for starts_at, row in reversed(by_start.items())]


def planned() -> list[Book]:
    """Books that have not started, the next one first; one that another took the place of is
    left out."""
    now = clock.now()
    return [book for starts_at, book in reversed(by_start()) if starts_at > now]


def history() -> list[Book]:
    """All that was ever written, newest first."""
    rows = session.scalars(select(EarningBook).order_by(EarningBook.version.desc()))
    return [_book(row) for row in rows]


def publish(rules: Sequence[Rule], *, starts_at: datetime | None, actor: str) -> Book:
    """A new book: it holds from that moment, or from now. What was earned stays as it is.

    Raises StartsTooEarly.
    """
    now = clock.now()
    if starts_at is not None and starts_at < now:
        raise StartsTooEarly()
    row = EarningBook(
        version=brands.next_version(EarningBook.version),
        starts_at=starts_at or now,
        rules=dump(rules),
        made_at=now,
        made_by=actor,
    )
    session.add(row)
    session.flush()
    _note(row)
    return _book(row)


def call_off(starts_at: datetime, *, actor: str) -> Book:
    """What was planned for that moment does not come: the rules before it go on.

    Raises StartsTooEarly once it has started.
    """
    before = in_force_before(starts_at)
    return publish(before.rules, starts_at=starts_at, actor=actor)


def in_force_before(starts_at: datetime) -> Book:
    """The book that another, starting then, takes the place of."""
    earlier = select(EarningBook).where(EarningBook.starts_at < starts_at)
    newest = earlier.order_by(EarningBook.starts_at.desc(), EarningBook.version.desc())
    row = session.scalar(newest.limit(1))
    return _book(row) if row else FIRST


def _book(row: EarningBook) -> Book:
    return Book(row.version, load(row.rules), row.starts_at, row.made_by)


def _note(row: EarningBook) -> None:
    audit.record(
        "earning.published",
        actor=row.made_by,
        subject=f"earning_book:{row.version}",
        starts_at=row.starts_at.isoformat(),
        rules=row.rules,
    )
