"""Where the database is, its three roles, and its creation when it is our own.

`huike_owner` owns the tables and migrates, `huike_app` serves requests and jobs inside one
brand, `huike_system` looks over all brands. A managed server hands out neither superuser nor
BYPASSRLS, so the system role passes by a policy of its own (docs/decisions/0001).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import URL, Connection, make_url, text

from app.core import embedded
from app.core.db import APP_ROLE, OWNER_ROLE, SYSTEM_ROLE
from app.core.settings import Settings, SettingsError

ROLES = (OWNER_ROLE, APP_ROLE, SYSTEM_ROLE)
EMBEDDED_NAME = "huike"
EMPTY_NAME = "template0"
VACUUM_SECONDS = 20


class WrongRole(Exception):
    """The process would run with more power than it may have."""


@dataclass(frozen=True)
class Urls:
    """One address a role."""

    app: str
    system: str
    owner: str


def locate(settings: Settings) -> Urls:
    """The three addresses; the private server is started and filled with roles if need be."""
    if settings.database_url is None:
        admin = make_url(embedded.ensure(settings.var).database_url)
        return prepare(admin, EMBEDDED_NAME)
    url = make_url(settings.database_url)
    return Urls(
        app=_render(_as_role(url, APP_ROLE)),
        system=settings.database_system_url or _render(_as_role(url, SYSTEM_ROLE)),
        owner=settings.database_owner_url or _render(_as_role(url, OWNER_ROLE)),
    )


def redis_url(settings: Settings) -> str:
    """The queue's address; the private server's where none is set."""
    return settings.redis_url or embedded.ensure(settings.var).redis_url


def prepare(admin: URL, name: str, template: str | None = None) -> Urls:
    """Make sure the roles and the database exist. Raises SettingsError saying what to run."""
    with _connect(admin) as connection:
        create_roles(connection)
        _create_database(connection, name, template)
    target = admin.set(database=name)
    with _connect(target) as connection:
        _open_schema(connection)
    return Urls(*(_render(_as_role(target, role)) for role in (APP_ROLE, SYSTEM_ROLE, OWNER_ROLE)))


def create_roles(connection: psycopg.Connection) -> None:
    """The three roles, with the present user as a member of each."""
    try:
        for role in ROLES:
            _create_role(connection, role)
    except psycopg.errors.InsufficientPrivilege as error:
        raise SettingsError(
            "DATABASE_URL's user may not create roles. Let an administrator run once: "
            + " ".join(f"CREATE ROLE {role}; GRANT {role} TO your_user;" for role in ROLES)
        ) from error


def _open_schema(connection: psycopg.Connection) -> None:
    """Each process looks; two that granted at once would fail on the catalogue's row."""
    may = "SELECT has_schema_privilege(%s, 'public', 'CREATE')"
    with _one_at_a_time(connection):
        if not _is_true(connection, may, OWNER_ROLE):
            connection.execute(f"GRANT ALL ON SCHEMA public TO {OWNER_ROLE}")


@contextmanager
def _one_at_a_time(connection: psycopg.Connection) -> Iterator[None]:
    """Two set-ups may start at once; roles belong to the whole server."""
    connection.execute("SELECT pg_advisory_lock(hashtext('huike roles'))")
    try:
        yield
    finally:
        connection.execute("SELECT pg_advisory_unlock(hashtext('huike roles'))")


def _create_role(connection: psycopg.Connection, role: LiteralString) -> None:
    with _one_at_a_time(connection):
        found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        if found is None:
            connection.execute(f"CREATE ROLE {role} LOGIN")
        member = "SELECT pg_has_role(current_user, %s, 'SET')"
        if not _is_true(connection, _for_version(connection, member), role):
            connection.execute(f"GRANT {role} TO CURRENT_USER")


def _for_version(connection: psycopg.Connection, statement: LiteralString) -> LiteralString:
    """PostgreSQL 15 knows no SET privilege on a role; there membership is enough."""
    old = connection.info.server_version < 160000
    return statement.replace("'SET'", "'MEMBER'") if old else statement


def _is_true(connection: psycopg.Connection, statement: LiteralString, *values: str) -> bool:
    row = connection.execute(statement, values).fetchone()
    return bool(row and row[0])


def _create_database(connection: psycopg.Connection, name: str, template: str | None) -> None:
    exists = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = %s)"
    if _is_true(connection, exists, name):
        return
    statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} ENCODING 'UTF8'").format(
        sql.Identifier(name),
        sql.Identifier(OWNER_ROLE),
        sql.Identifier(template or EMPTY_NAME),
    )
    try:
        connection.execute(statement)
    except psycopg.errors.DuplicateDatabase:
        return  # another process was quicker
    except psycopg.errors.InsufficientPrivilege as error:
        raise SettingsError(
            "DATABASE_URL's user may not create databases; the tests need that. Let an"
            " administrator run once: ALTER ROLE your_user CREATEDB;"
        ) from error


def drop(admin: URL, name: str) -> None:
    """Remove a database that a test made. A vacuum may be in it, which only a superuser may send
    away: then wait until it has gone."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with _connect(admin) as connection:
        for _ in range(VACUUM_SECONDS):
            with suppress(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
                return
            time.sleep(1)
        connection.execute(statement)


def check_role(connection: Connection) -> None:
    """Refuse to serve as a superuser or as the owner of the tables. Raises WrongRole."""
    statement = """
        SELECT current_user, r.rolsuper OR r.rolbypassrls,
               EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' AND tablename = 'members'
                       AND tableowner = current_user)
        FROM pg_roles r WHERE r.rolname = current_user"""
    user, has_power, is_owner = connection.execute(text(statement)).one()
    if has_power or is_owner:
        raise WrongRole(
            f"DATABASE_URL connects as {user}, who may pass the wall between brands."
            f" Example: DATABASE_URL=postgresql://{APP_ROLE}:password@db.internal/huike"
        )


def _as_role(url: URL, role: str) -> URL:
    """The same place as this role: by name on the private server, by SET ROLE on another."""
    if url.username == role:
        return url
    if url.username == embedded.SUPERUSER:
        return url.set(username=role)
    given = str(url.query.get("options", ""))
    return url.update_query_dict({"options": f"{given} -c role={role}".strip()})


def _render(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def conninfo(url: str | URL) -> str:
    """The address as libpq reads it, to which a plus is no space."""
    plain = _render(make_url(url).set(drivername="postgresql"))
    address, mark, query = plain.partition("?")
    return address + mark + query.replace("+", "%20")


def _connect(url: URL) -> psycopg.Connection:
    return psycopg.connect(conninfo(url), autocommit=True, connect_timeout=5)
