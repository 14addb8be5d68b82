"""What becomes of a person's rows, table by table: the form in which each feature says it.

A feature owns a module `privacy.py` with one `Rule` for each of its tables that speaks of
people. `app/journeys/privacy` puts them into one table, by which her data is handed out and
erased; a house test fails for a table of the database that no rule names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, delete, false, func, or_, select, update

from app.core import bulk
from app.core.db import Model, session

Row = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """Whose data it is: a member with every WeChat of hers, or a fan who is no member."""

    member_id: int | None
    fan_ids: tuple[int, ...]


class Fate(StrEnum):
    ERASED = "erased"
    KEPT = "kept"  # without anything that says who she was; `Rule.why` names the ground


Which = Callable[[Person], ColumnElement[bool]]


@dataclass(frozen=True)
class Rule:
    """One table: which rows are hers, what they are called, and what becomes of them.

    `columns` are handed out to her, under these words. `blanked` is set in a row that is kept.
    `act` and `tell` stand where deleting, blanking or reading the columns is not enough.
    """

    model: type[Model]
    title: str
    hers: Which
    fate: Fate = Fate.ERASED
    why: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    blanked: Mapping[str, Any] = field(default_factory=dict)
    act: Callable[[Person], int] | None = None
    tell: Callable[[Person], list[Row]] | None = None

    @property
    def table(self) -> str:
        """The table that it speaks of."""
        return str(self.model.__tablename__)

    def erase(self, person: Person) -> int:
        """Do it; answers how many of her rows were erased, or are kept. Twice is harmless."""
        if self.act is not None:
            return self.act(person)
        if self.fate is Fate.ERASED:
            return bulk.count(delete(self.model).where(self.hers(person)))
        if self.blanked:
            statement = update(self.model).where(self.hers(person)).values(**self.blanked)
            return bulk.count(statement)
        return self.count(person)

    def count(self, person: Person) -> int:
        """How many rows of hers lie here."""
        counted = select(func.count()).select_from(self.model).where(self.hers(person))
        return session.scalar(counted) or 0

    def rows(self, person: Person) -> list[Row]:
        """Her rows as she may read them, in the order they were written."""
        if self.tell is not None:
            return self.tell(person)
        if not self.columns:
            return []
        table = self.model.__table__
        wanted = select(self.model).where(self.hers(person)).order_by(*table.primary_key)
        return [
            {name: getattr(row, name) for name in self.columns} for row in session.scalars(wanted)
        ]


def of_member(model: Any) -> Which:
    """The rows whose `member_id` is hers."""
    return lambda person: _is(model.member_id, person.member_id)


def of_fans(model: Any) -> Which:
    """The rows whose `fan_id` is one of hers."""
    return lambda person: model.fan_id.in_(person.fan_ids)


def of_either(model: Any) -> Which:
    """The rows that name her as a member or by one of her WeChats."""
    return lambda person: or_(
        model.fan_id.in_(person.fan_ids), _is(model.member_id, person.member_id)
    )


def _is(column: Any, member_id: int | None) -> ColumnElement[bool]:
    return false() if member_id is None else column == member_id
