"""How the rows of a table change hands, and come back: what most tables need."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, delete, func, literal_column, or_, select, text, update
from sqlalchemy.dialects.postgresql import JSONB

from app.core import db
from app.core.db import Model, session

Record = Any  # what JSON can hold


@dataclass(frozen=True)
class Pair:
    """Who stays, who is merged into her, and by which merge. When it is undone: the WeChats and
    coupons that go back, since what came through them since then goes with them."""

    survivor_id: int
    merged_id: int
    merge_id: int
    fan_ids: tuple[int, ...] = ()
    coupon_ids: tuple[int, ...] = ()


class Rule(Protocol):
    """What becomes of one table's rows."""

    def merge(self, pair: Pair) -> Record:
        """Do it; answers what `undo` needs to know."""

    def undo(self, pair: Pair, record: Record) -> list[str]:
        """Take it back; answers in words what stays with the survivor all the same."""


def _of(model: Any, member_id: int) -> ColumnElement[bool]:
    return and_(model.brand_id == db.current_brand_id(), model.member_id == member_id)


def _write(statement: Any) -> Sequence[int]:
    return session.scalars(statement, execution_options={"synchronize_session": False}).all()


@dataclass(frozen=True)
class Rows:
    """Rows with a number of their own change hands, and those go back that came, or that came
    through a WeChat that goes back."""

    model: Any

    def merge(self, pair: Pair) -> Record:
        moved = update(self.model).where(_of(self.model, pair.merged_id))
        moved = moved.values(member_id=pair.survivor_id).returning(self.model.id)
        return sorted(_write(moved))

    def undo(self, pair: Pair, record: Record) -> list[str]:
        hers = self.model.id.in_(record)
        if hasattr(self.model, "fan_id"):
            hers = or_(hers, self.model.fan_id.in_(pair.fan_ids))
        back = update(self.model).where(_of(self.model, pair.survivor_id), hers)
        _write(back.values(member_id=pair.merged_id).returning(self.model.id))
        return []


@dataclass(frozen=True)
class Once:
    """Rows of which each member has one by `key`: what the survivor has already is put aside, the
    others change hands. All of them come back as they were; what was written over one of them
    since stays with the survivor."""

    model: Any
    key: str

    def merge(self, pair: Pair) -> Record:
        column = getattr(self.model, self.key)
        theirs = images(self.model, _of(self.model, pair.merged_id))
        hers = session.scalars(select(column).where(_of(self.model, pair.survivor_id))).all()
        both = and_(_of(self.model, pair.merged_id), column.in_(hers))
        session.execute(delete(self.model).where(both), execution_options=_UNSYNCHRONISED)
        moved = update(self.model).where(_of(self.model, pair.merged_id))
        _write(moved.values(member_id=pair.survivor_id).returning(column))
        return {
            "moved": [row for row in theirs if row[self.key] not in hers],
            "aside": [row for row in theirs if row[self.key] in hers],
        }

    def undo(self, pair: Pair, record: Record) -> list[str]:
        column = getattr(self.model, self.key)
        now = {row[self.key]: row for row in images(self.model, _of(self.model, pair.survivor_id))}
        hers = {"member_id": pair.survivor_id}
        same = [row[self.key] for row in record["moved"] if now.get(row[self.key]) == row | hers]
        left = and_(_of(self.model, pair.survivor_id), column.in_(same))
        session.execute(delete(self.model).where(left), execution_options=_UNSYNCHRONISED)
        put_back(self.model, [*record["moved"], *record["aside"]])
        return []


@dataclass(frozen=True)
class Stays:
    """Rows that stay with whom they name; `why` is said here, for who reads the table."""

    why: str

    def merge(self, pair: Pair) -> Record:  # noqa: ARG002 - the form of a rule
        return None

    def undo(self, pair: Pair, record: Record) -> list[str]:  # noqa: ARG002 - as above
        return []


_UNSYNCHRONISED = {"synchronize_session": False}


def images(model: type[Model], which: ColumnElement[bool]) -> list[dict[str, Any]]:
    """These rows with all that stands in them, in an order that does not change."""
    whole = func.to_jsonb(literal_column(model.__tablename__), type_=JSONB)
    return list(session.scalars(select(whole).where(which).order_by(*model.__table__.primary_key)))


def put_back(model: type[Model], rows: Sequence[dict[str, Any]]) -> None:
    """Write the rows as they were."""
    if not rows:
        return
    name = model.__tablename__
    read = f"SELECT * FROM jsonb_populate_recordset(NULL::{name}, CAST(:rows AS jsonb))"  # noqa: S608 - ours
    statement = text(f"INSERT INTO {name} {read} ON CONFLICT DO NOTHING")
    session.execute(statement.bindparams(rows=json.dumps(list(rows))))
