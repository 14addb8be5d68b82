"""Staging tables: where rows of a file lie until they are checked. Unlogged, one set a brand.

An import holds its brand's lock, so a table found at its start was left by a killed one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)

from app.core.db import session

SCHEMA = "staging"
BLOCK = 1 << 18
KEY, NUMBER, DAY = Text(collation="C"), BigInteger(), Date()

COLUMNS: dict[str, dict[str, Any]] = {
    "lines": {
        "record": NUMBER,
        "order_no": KEY,
        "line_no": SmallInteger(),
        "store_code": KEY,
        "member_number": KEY,
        "paid_at": DateTime(),
        "sku": KEY,
        "quantity": NUMBER,
        "paid_fen": NUMBER,
        "list_fen": NUMBER,
        "retail_discount_fen": NUMBER,
        "coupon_fen": NUMBER,
        "coupon_match_fen": NUMBER,
    },
    "orders": {
        "position": NUMBER,
        "order_no": KEY,
        "is_mixed": Boolean(),
        "order_id": NUMBER,
        "store_id": NUMBER,
        "member_number": KEY,
        "member_id": NUMBER,
        "paid_at": DateTime(timezone=True),
        "paid_fen": NUMBER,
        "list_fen": NUMBER,
        "coupon_fen": NUMBER,
    },
    "problems": {"record": NUMBER, "field": KEY, "reason": KEY},
    "skus": {"sku": KEY, "product_id": NUMBER},
    "stores": {"code": KEY, "name": KEY},
    "members": {
        "number": KEY,
        "joined_on": DAY,
        "phone_encrypted": KEY,
        "phone_index": KEY,
        "phone_tail": KEY,
        "name_encrypted": KEY,
        "erp_encrypted": KEY,
        "erp_index": KEY,
        "erp_tail": KEY,
        "tokens": ARRAY(BigInteger()),
    },
    "member_tags": {"number": KEY, "name": KEY},
    "products": {"sku": KEY, "name": KEY, "department": KEY, "category": KEY, "package": KEY},
    "campaigns": {"code": KEY, "kind": KEY, "starts_on": DAY, "ends_on": DAY},
    "targets": {"campaign_code": KEY, "member_number": KEY},
    "batches": {"code": KEY, "campaign_code": KEY, "name": KEY, "stock": NUMBER},
    "batch_products": {"batch_code": KEY, "sku": KEY},
    "coupons": {
        "campaign_code": KEY,
        "batch_code": KEY,
        "member_number": KEY,
        "uses": NUMBER,
        "is_synthetic": Boolean(),
    },
    "redemptions": {
        "campaign_code": KEY,
        "batch_code": KEY,
        "member_number": KEY,
        "use_no": NUMBER,
        "order_no": KEY,
    },
}


@dataclass(frozen=True)
class Staging:
    """The tables of one brand's import."""

    lines: Table
    orders: Table
    problems: Table
    skus: Table
    stores: Table
    members: Table
    member_tags: Table
    products: Table
    campaigns: Table
    targets: Table
    batches: Table
    batch_products: Table
    coupons: Table
    redemptions: Table

    @classmethod
    def of(cls, brand_id: int) -> Staging:
        """Where this brand's files lie."""
        metadata = MetaData(schema=SCHEMA)
        return cls(**{field.name: _table(brand_id, field.name, metadata) for field in fields(cls)})

    def create(self) -> None:
        """Make all tables, empty."""
        self.lines.metadata.create_all(session.connection(), checkfirst=False)


def _table(brand_id: int, name: str, metadata: MetaData) -> Table:
    columns = [_column(column, kind) for column, kind in COLUMNS[name].items()]
    return Table(_prefix(brand_id) + name, metadata, *columns, prefixes=["UNLOGGED"])


def _column(name: str, kind: Any) -> Column[Any]:
    # A file whose lines are not numbered gets their numbers from COPY.
    return Column(name, kind, Identity()) if name == "record" else Column(name, kind)


def _prefix(brand_id: int) -> str:
    return f"b{brand_id}_"


def drop(brand_id: int) -> None:
    """Remove every staging table of this brand, also one that only an older version made."""
    found = text("SELECT tablename FROM pg_tables WHERE schemaname = :schema")
    for name in session.scalars(found, {"schema": SCHEMA}).all():
        if name.startswith(_prefix(brand_id)):
            Table(name, MetaData(schema=SCHEMA)).drop(session.connection())


def copy_file(table: Table, path: Path) -> None:
    """COPY a CSV file whose header names columns of the table."""
    with path.open("rb") as file:
        header = file.readline().decode().strip().split(",")
        with _copy(table, header, sql.SQL("WITH (FORMAT csv)")) as copy:
            while block := file.read(BLOCK):
                copy.write(block)


def copy_rows(table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY rows made here."""
    with _copy(table, columns, sql.SQL("")) as copy:
        for row in rows:
            copy.write_row(row)


def _copy(table: Table, columns: Sequence[str], options: sql.SQL) -> Any:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    target = sql.Identifier(SCHEMA, table.name)
    statement = sql.SQL("COPY {} ({}) FROM STDIN {}").format(target, names, options)
    connection = session.connection().connection.dbapi_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError("COPY needs psycopg")
    return connection.cursor().copy(statement)


def index(table: Table, *columns: str) -> None:
    """Sort the table for what comes next: the columns are its key. Raises IntegrityError."""
    keys = (table.c[name] for name in columns)
    with session.begin_nested():
        Index(f"ix_{table.name}", *keys, unique=True).create(session.connection())
    analyze(table)


def analyze(table: Table) -> None:
    """Tell the planner the table's size: it plans the large joins by it."""
    session.connection().exec_driver_sql(f"ANALYZE {SCHEMA}.{table.name}")
