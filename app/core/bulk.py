"""Set-wise writing: many rows in one statement, and only those that really change."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from sqlalchemy import BigInteger, CursorResult, Executable, Select, literal, or_, text
from sqlalchemy.dialects.postgresql import Insert, insert

from app.core import db
from app.core.db import BrandRow, session

Rows = Select[*tuple[Any, ...]]  # a SELECT whose columns are named as the table's


def count(statement: Executable) -> int:
    """Execute, and say how many rows it touched."""
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def adding(model: type[BrandRow], rows: Rows) -> Insert:
    """The INSERT of these rows for the current brand."""
    brand_id = literal(db.current_brand_id(), BigInteger).label("brand_id")
    whole = rows.add_columns(brand_id)
    return insert(model).from_select([column.name for column in whole.selected_columns], whole)


def insert_new(model: type[BrandRow], rows: Rows) -> int:
    """Insert the rows whose keys are not known; the others stay as they are."""
    return count(adding(model, rows).on_conflict_do_nothing())


def upsert(
    model: type[BrandRow],
    rows: Rows,
    *,
    key: Collection[str],
    once: Collection[str] = (),
    stamps: Collection[str] = (),
) -> int:
    """Insert, or update where a column differs; a row that is the same is not written.

    `once` columns are set when the row is made and never again; `stamps` are written with a
    change but are no reason for one.
    """
    names = [column.name for column in rows.selected_columns]
    statement = adding(model, rows)
    compared = [name for name in names if name not in {*key, *once, *stamps}]
    table, new = model.__table__.c, statement.excluded
    return count(
        statement.on_conflict_do_update(
            index_elements=["brand_id", *key],
            set_={name: new[name] for name in (*compared, *stamps)},
            where=or_(*(table[name].is_distinct_from(new[name]) for name in compared)),
        )
    )


def refresh_statistics(*models: type[BrandRow]) -> None:
    """Tell the planner how large these tables have become; it would learn a minute too late."""
    names = [model.__tablename__ for model in models]
    session.execute(text("SELECT refresh_statistics(:names)"), {"names": names})
