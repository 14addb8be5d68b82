"""Bring the database to the newest revision, and say whether models and tables agree."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

ROOT = Path(__file__).parents[2]


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Run what has not run yet."""
    command.upgrade(_config(owner_url), revision)


def downgrade(owner_url: str, revision: str) -> None:
    """Go back to a revision; `base` empties the database."""
    command.downgrade(_config(owner_url), revision)


def check(owner_url: str) -> None:
    """Raise when the models say something the migrations do not."""
    command.check(_config(owner_url))


def head() -> str | None:
    """The newest revision that this code has."""
    return ScriptDirectory(str(ROOT / "migrations")).get_current_head()


def current(connection: Connection) -> str | None:
    """The revision that the database is at."""
    return MigrationContext.configure(connection).get_current_revision()


def _config(owner_url: str) -> Config:
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["owner_url"] = owner_url
    return config
