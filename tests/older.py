"""A database as it was before a migration, to be filled and taken up and down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from sqlalchemy import URL, create_engine

from app.core import database, migrate
from tests import ground


@contextmanager
def database_at(admin: URL, revision: str) -> Iterator[database.Urls]:
    """With an address for each role, and the environment that a migration reads its keys from."""
    name = f"huike_test_{uuid4().hex[:12]}"
    urls = database.prepare(admin, name)
    with pytest.MonkeyPatch.context() as environment:
        for setting, value in ground.environ_of(urls).items():
            environment.setenv(setting, value)
        migrate.upgrade(urls.owner, revision)
        yield urls
    database.drop(admin, name)


def run(urls: database.Urls, statements: str) -> list:
    """Each in its turn; answers the rows of the last."""
    engine, rows = create_engine(urls.system), []
    with engine.begin() as connection:
        for statement in statements.split(";"):
            done = connection.exec_driver_sql(statement)
            rows = done.all() if done.returns_rows else []
    engine.dispose()
    return rows
