"""Runs the migrations as `huike_owner`, one process at a time, never waiting long for a lock."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, text

from app import tables

ONE_AT_A_TIME = "SELECT pg_advisory_lock(hashtext('huike migrations'))"


def run() -> None:
    """Migrate the database whose owner's address the caller put into the config."""
    url = context.config.attributes["owner_url"]
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '3s'"))
        connection.execute(text(ONE_AT_A_TIME))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=tables.metadata,
            compare_type=True,
            compare_server_default=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
