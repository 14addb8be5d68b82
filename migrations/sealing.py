"""Migrations that seal what lies in a table: they need the keys, and to see the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.core.crypto import Keyring
from app.core.settings import Settings

BATCH = 1000


def ring() -> Keyring:
    """The keys of the environment; asked for only where there is something to convert."""
    settings = Settings.from_env()
    return Keyring(settings.data_keys, settings.index_key)


@contextmanager
def rows_seen(*tables: str) -> Iterator[None]:
    """The owner sees these tables' rows until the end of the block, in this transaction alone."""
    for table in tables:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    yield
    for table in tables:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def convert(
    table: str,
    columns: Sequence[str],
    change: Callable[[Keyring, sa.Row[Any]], Mapping[str, Any]],
    where: str = "true",
) -> None:
    """Rewrite rows in batches by id: `change` answers the new values of one."""
    given, last = ", ".join(columns), 0
    batch = sa.text(
        f"SELECT brand_id, id, {given} FROM {table} WHERE id > :last AND {where}"  # noqa: S608
        f" ORDER BY id LIMIT {BATCH}"
    )
    while rows := op.get_bind().execute(batch, {"last": last}).all():
        keys = ring()
        new = [dict(change(keys, row)) | {"brand": row.brand_id, "row": row.id} for row in rows]
        _write(table, new)
        last = rows[-1].id


def _write(table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    names = [name for name in rows[0] if name not in ("brand", "row")]
    values = ", ".join(f"{name} = :{name}" for name in names)
    write = f"UPDATE {table} SET {values} WHERE brand_id = :brand AND id = :row"  # noqa: S608
    op.get_bind().execute(sa.text(write), list(rows))
