"""Bring the database to the newest revision, and say whether models and tables agree."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

ROOT = Path(__file__).parents[2]


def upgrade(owner_url: str) -> None:
    """Run what has not run yet."""
    command.upgrade(_config(owner_url), "head")


def downgrade(owner_url: str, revision: str) -> None:
    """Go back to a revision; `base` empties the database."""
    command.downgrade(_config(owner_url), revision)


def check(owner_url: str) -> None:
    """Raise when the models say something the migrations do not."""
    command.check(_config(owner_url))


def _config(owner_url: str) -> Config:
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["owner_url"] = owner_url
    return config
