"""`flask database …`: migrations, and the roles as SQL for an administrator."""

from __future__ import annotations

import click
from flask import current_app

from app.core import database as places
from app.core import migrate
from app.core.db import OWNER_ROLE


@click.group()
def database() -> None:
    """Migrate the database, or print the roles it needs."""


@database.command()
def upgrade() -> None:
    """Bring the tables to the newest revision."""
    migrate.upgrade(current_app.extensions["process"].urls.owner)
    click.echo("数据库已是最新")


@database.command()
def check() -> None:
    """Fail when models and migrations disagree."""
    migrate.check(current_app.extensions["process"].urls.owner)


@database.command()
def roles() -> None:
    """Print the SQL that an administrator runs once on a server of your own."""
    for role in places.ROLES:
        click.echo(f"CREATE ROLE {role} LOGIN PASSWORD '…';")
    click.echo(f"CREATE DATABASE huike OWNER {OWNER_ROLE} TEMPLATE template0 ENCODING 'UTF8';")
