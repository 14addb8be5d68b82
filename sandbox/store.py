"""State and receipt log in one SQLite file: readers per thread, one writer under a lock."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).with_name("schema.sql")
FORGOTTEN_ON_RESET = (
    "tokens", "tickets", "web_tokens", "sessions", "usage", "clears", "media", "menus", "people",
    "fans", "tags", "tag_members", "windows", "grants", "events", "messages", "mass_jobs",
    "mass_recipients", "template_sends", "subscriptions", "sms", "calls", "faults", "log",
    "contacts", "welcome_codes",
)  # fmt: skip

SETTINGS_FORGOTTEN = ("template", "quotas", "mass.outcome")


def connect(path: Path) -> sqlite3.Connection:
    """A connection that waits for the writer and can be lent to any thread."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")  # 50 scans a second; a power cut may lose one
    return connection


def grow(connection: sqlite3.Connection, schema: str) -> None:
    """Make what is missing: the columns that an older file lacks, then tables and indexes."""
    model = sqlite3.connect(":memory:")
    model.executescript(schema)
    for (table,) in model.execute("SELECT name FROM sqlite_schema WHERE type = 'table'"):
        known = {column[1] for column in connection.execute(f"PRAGMA table_info({table})")}
        for _, name, kind, needed, default, _ in model.execute(f"PRAGMA table_info({table})"):
            if known and name not in known:
                rule = f"NOT NULL DEFAULT {default}" if needed else ""
                connection.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind} {rule}")
    model.close()
    connection.executescript(schema)


class Store:
    """Rows in, rows out; nothing here knows WeChat."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._lock = threading.Lock()
        self._local = threading.local()
        self._remembered: dict[str, Any] = {}
        self._writer = connect(path)
        grow(self._writer, SCHEMA.read_text())

    def reader(self) -> sqlite3.Connection:
        """This thread's own connection; reads only."""
        if not hasattr(self._local, "reader"):
            self._local.reader = connect(self._path)
        reader: sqlite3.Connection = self._local.reader
        return reader

    def rows(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        """All rows of a read."""
        return self.reader().execute(statement, values).fetchall()

    def rows_named(self, statement: str, values: dict[str, Any]) -> list[sqlite3.Row]:
        """All rows of a read whose values carry names."""
        return self.reader().execute(statement, values).fetchall()

    def row(self, statement: str, *values: Any) -> sqlite3.Row | None:
        """The first row of a read, or None."""
        found: sqlite3.Row | None = self.reader().execute(statement, values).fetchone()
        return found

    def value(self, statement: str, *values: Any) -> Any:
        """The first column of the first row, or None."""
        found = self.row(statement, *values)
        return found[0] if found else None

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction of the one writer; an error undoes it."""
        with self._lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    def write(self, statement: str, *values: Any) -> int:
        """A write of one statement; answers the new row's number."""
        with self.writing() as connection:
            return connection.execute(statement, values).lastrowid or 0

    def remember(self, name: str, read: Callable[[], Any]) -> Any:
        """What `read` said the last time, until `doubt()`: for rows that nearly never change."""
        known = self._remembered  # a doubt while we read leaves the old answer in the old one
        if name not in known:
            known[name] = read()
        return known[name]

    def doubt(self) -> None:
        """Something that is remembered has changed."""
        self._remembered = {}

    def setting(self, name: str, default: Any) -> Any:
        """A value kept under a name, as JSON;"""
        select = "SELECT value FROM settings WHERE name = ?"
        kept = self.remember(f"setting {name}", lambda: self.value(select, name))
        return default if kept is None else json.loads(kept)

    def set_setting(self, name: str, value: Any) -> None:
        """Keep a value under a name."""
        statement = "INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)"
        self.write(statement, name, json.dumps(value, ensure_ascii=False))
        self.doubt()

    def forget(self) -> None:
        """Forget people, what happened and changed limits; accounts, codes and story stay."""
        with self.writing() as connection:
            for table in FORGOTTEN_ON_RESET:
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 names from the list above
            marks = ", ".join("?" * len(SETTINGS_FORGOTTEN))
            connection.execute(
                f"DELETE FROM settings WHERE name LIKE 'limit.%' OR name IN ({marks})",  # noqa: S608
                SETTINGS_FORGOTTEN,
            )
        self.doubt()
