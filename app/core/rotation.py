"""From one data key to the next while everything runs: which key seals what, and sealing anew.

A row is opened with whatever key it names and sealed with the first of `DATA_KEYS`. Batches are
short, take only rows that nobody holds, and leave off anywhere: what is done needs nothing more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import RowMapping, Table, text

from app.core import db
from app.core.crypto import Keyring, keyring
from app.core.db import Model, session

BATCH = 200  # rows that are held at once, for some 20 ms
PASSES = 20  # over what others held when we came by
PATIENCE = "SET LOCAL statement_timeout = '10min'"  # a table without a row to do is read whole


@dataclass(frozen=True)
class Sealed:
    """A sealed column, and what its values are bound to, made of the row's other columns.

    `also` gives names that `context` uses and the table lacks, as SQL over the row `t`.
    """

    table: str
    column: str
    context: str
    also: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """As an operator reads it."""
        return f"{self.table}.{self.column}"

    @property
    def key(self) -> list[str]:
        """The columns that name a row."""
        return [column.name for column in self._table.primary_key]

    @property
    def _table(self) -> Table:
        return Model.metadata.tables[self.table]

    def selected(self) -> str:
        """The key, the value, and what its context is made of."""
        others = [one.name for one in self._table.columns if f"{{{one.name}}}" in self.context]
        plain = dict.fromkeys([*self.key, self.column, *others])
        extra = [f"({sql}) AS {name}" for name, sql in self.also.items()]
        return ", ".join([*(f"t.{name}" for name in plain), *extra])


Histogram = dict[str, dict[str, int]]


def histogram(columns: Sequence[Sealed]) -> Histogram:
    """How many values of each column each key has sealed."""
    return {sealed.name: _by_key(sealed) for sealed in columns}


def _by_key(sealed: Sealed) -> dict[str, int]:
    counted = text(
        f"SELECT split_part({sealed.column}, ':', 1) AS key, count(*) AS n"  # noqa: S608
        f" FROM {sealed.table} WHERE {sealed.column} <> '' GROUP BY 1 ORDER BY 1"
    )
    with db.system_transaction():
        session.execute(text(PATIENCE))
        return {row.key: row.n for row in session.execute(counted)}


def rotate(
    columns: Sequence[Sealed], *, pause: float = 0.0, told: Callable[[str, int], None] | None = None
) -> int:
    """Seal anew whatever another key than the first has sealed; answers how many values.

    `pause` seconds after each batch leave the disk to the others. Raises CannotOpen where a key
    is missing, before any key may be dropped.
    """
    done = 0
    for sealed in columns:
        for count in _batches(sealed):
            done += count
            if told:
                told(sealed.name, count)
            time.sleep(pause)
    return done


def _batches(sealed: Sealed) -> Iterator[int]:
    """Over the table, and again over what was held the first time."""
    for _ in range(PASSES):
        found = 0
        while count := _batch(sealed):
            found += count
            yield count
        if not found and not _is_left(sealed):
            return
        time.sleep(0.05)


def _batch(sealed: Sealed) -> int:
    ring = keyring()
    with db.system_transaction():
        session.execute(text(PATIENCE))
        rows = session.execute(_due(sealed), {"key": ring.first, "limit": BATCH}).mappings().all()
        if rows:
            session.execute(_write(sealed), [_anew(sealed, ring, row) for row in rows])
        return len(rows)


def _due(sealed: Sealed) -> Any:
    key = ", ".join(f"t.{name}" for name in sealed.key)
    return text(
        f"SELECT {sealed.selected()} FROM {sealed.table} t WHERE {_other_key(sealed)}"  # noqa: S608
        f" ORDER BY {key} LIMIT :limit FOR UPDATE OF t SKIP LOCKED"
    )


def _other_key(sealed: Sealed) -> str:
    value = f"t.{sealed.column}"
    return f"{value} <> '' AND split_part({value}, ':', 1) <> :key"


def _write(sealed: Sealed) -> Any:
    same = " AND ".join(f"{name} = :key_{name}" for name in sealed.key)
    return text(f"UPDATE {sealed.table} SET {sealed.column} = :new WHERE {same}")  # noqa: S608


def _anew(sealed: Sealed, ring: Keyring, row: RowMapping) -> dict[str, Any]:
    context = sealed.context.format_map(dict(row))
    plain = ring.open(row[sealed.column], context=context)
    named = {f"key_{name}": row[name] for name in sealed.key}
    return named | {"new": ring.seal(plain, context=context)}


def _is_left(sealed: Sealed) -> bool:
    left = text(f"SELECT EXISTS (SELECT FROM {sealed.table} t WHERE {_other_key(sealed)})")  # noqa: S608
    with db.system_transaction():
        session.execute(text(PATIENCE))
        return bool(session.scalar(left, {"key": keyring().first}))
