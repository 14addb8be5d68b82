"""The one boundary of transactions, and the one place where a brand's rows are fenced in.

Two roles work here (docs/decisions/0001): `huike_app` sees only the brand that a transaction
names, by row-level security and by a filter on every ORM statement; `huike_system` sees all
and is reached through `system_transaction()` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any, LiteralString, TypeVar, cast

import psycopg
from sqlalchemy import (
    URL,
    BigInteger,
    Connection,
    Date,
    DateTime,
    Engine,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    MetaData,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    SessionTransaction,
    mapped_column,
    sessionmaker,
    with_loader_criteria,
)
from werkzeug.local import LocalProxy

APP_ROLE, SYSTEM_ROLE, OWNER_ROLE = "huike_app", "huike_system", "huike_owner"

_session: ContextVar[Session | None] = ContextVar("session", default=None)
_brand: ContextVar[int | None] = ContextVar("brand", default=None)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class NoBrand(RuntimeError):
    """A brand's rows were touched by a transaction that names no brand."""


class NoTransaction(RuntimeError):
    """A query was tried outside `transaction()`."""


class NestedTransaction(RuntimeError):
    """A transaction was opened inside another: one of the two is in the wrong place."""


class Model(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - read by SQLAlchemy as it stands
        int: BigInteger,
        datetime: DateTime(timezone=True),
        date: Date,
    }


def current_brand_id() -> int:
    """The brand that the open transaction works for. Raises NoBrand."""
    brand_id = _brand.get()
    if brand_id is None:
        raise NoBrand("no brand is set for this transaction")
    return brand_id


class BrandRow(Model):
    """A row of one brand: `brand_id` comes first in every key, and filters every query."""

    __abstract__ = True

    brand_id: Mapped[int] = mapped_column(
        ForeignKey("brands.id"), primary_key=True, default=current_brand_id, sort_order=-2
    )


class NumberedBrandRow(BrandRow):
    """A brand's row with a bigint of its own."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(Identity(), primary_key=True, sort_order=-1)


def belongs_to(table: str, column: str) -> ForeignKeyConstraint:
    """A composite key to another row of the same brand: a foreign one cannot be stored."""
    return ForeignKeyConstraint(["brand_id", column], [f"{table}.brand_id", f"{table}.id"])


_app_sessions: sessionmaker[Session] = sessionmaker(expire_on_commit=False, info={"role": APP_ROLE})
_system_sessions: sessionmaker[Session] = sessionmaker(
    expire_on_commit=False, info={"role": SYSTEM_ROLE}
)
_statement_bind: Engine | Connection | None = None


def make_engine(
    url: str, *, pool_size: int = 5, statement_seconds: int = 10, for_statements: bool = False
) -> Engine:
    """An engine with the limits of docs/operations.md on every connection. `for_statements`:
    each commits itself, and none is tried before it is used, which would cost a round trip."""
    return create_engine(
        with_limits(url, statement_seconds),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=not for_statements,
        pool_reset_on_return=None if for_statements else "rollback",
        hide_parameters=True,  # an error's text is logged; what it was about must not be
        pool_use_lifo=True,  # few warm connections: each keeps its plans and catalog in memory
        pool_timeout=3,  # WeChat waits five seconds for an answer; a full pool must say so in time
        connect_args={
            "connect_timeout": 5,
            "prepare_threshold": 3,
            "autocommit": for_statements,
        },
    )


def with_limits(url: str, statement_seconds: int = 10) -> URL:
    """The address with the limits that every connection has."""
    options = (
        f"-c lock_timeout=3s -c statement_timeout={statement_seconds}s"
        " -c idle_in_transaction_session_timeout=15s -c timezone=UTC"
    )
    parsed = make_url(url)
    given = str(parsed.query.get("options", ""))
    return parsed.update_query_dict({"options": f"{given} {options}".strip()})


def configure(
    app_bind: Engine | Connection,
    system_bind: Engine | Connection,
    statement_bind: Engine | None = None,
) -> None:
    """Say where the two roles' sessions connect, and where `system_statement` does."""
    global _statement_bind
    mode = "create_savepoint" if isinstance(app_bind, Connection) else "conditional_savepoint"
    _app_sessions.configure(bind=app_bind, join_transaction_mode=mode)
    _system_sessions.configure(bind=system_bind, join_transaction_mode=mode)
    _statement_bind = statement_bind or system_bind


def app_bind() -> Engine | Connection:
    """Where `transaction()` connects."""
    return cast(Engine | Connection, _app_sessions.kw["bind"])


def dispose_after_fork() -> None:
    """A forked worker must not share its parent's connections."""
    for bind in (_app_sessions.kw["bind"], _system_sessions.kw["bind"], _statement_bind):
        if isinstance(bind, Engine):
            bind.dispose(close=False)


@contextmanager
def transaction(brand_id: int | None = None) -> Iterator[Session]:
    """Commit on success, roll back on error, then do what was asked for after the commit."""
    with _opened(_app_sessions(), brand_id) as opened:
        yield opened


@contextmanager
def system_transaction(brand_id: int | None = None) -> Iterator[Session]:
    """As `transaction()`, over all brands. For the inbox, the timekeeper, and look-ups."""
    with _opened(_system_sessions(), brand_id) as opened:
        yield opened


def system_statement(statement: LiteralString, values: Mapping[str, Any]) -> list[Any]:
    """The rows of one statement that is a transaction by itself, over all brands. By the driver
    alone: SQLAlchemy's own work costs more than many a statement. Raises psycopg.Error."""
    bind = _statement_bind
    if isinstance(bind, Connection):  # tests share one whose transaction is theirs
        with bind.begin_nested():
            bind.execute(text(f"SET LOCAL ROLE {SYSTEM_ROLE}"))
            return _rows(bind.connection, statement, values)
    if bind is None:
        raise NoTransaction("db.configure was not called")
    connection = bind.raw_connection()
    try:
        return _rows(connection, statement, values)
    except psycopg.OperationalError:
        connection.invalidate()
        raise
    finally:
        connection.close()


def _rows(connection: Any, statement: LiteralString, values: Mapping[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


@contextmanager
def _opened(opened: Session, brand_id: int | None) -> Iterator[Session]:
    if _session.get() is not None:
        raise NestedTransaction("close the open transaction first")
    tokens = _session.set(opened), _brand.set(brand_id)
    try:
        with opened:
            yield opened
            opened.commit()
    finally:
        _session.reset(tokens[0])
        _brand.reset(tokens[1])
    for call in opened.info.pop("after_commit", []):
        call()


def enter_brand(brand_id: int) -> None:
    """Name the brand of the open transaction, once a guard has found out."""
    _brand.set(brand_id)
    _set_brand(_open_session().connection(), brand_id)


def after_commit(call: Callable[[], None]) -> None:
    """Do this once the open transaction is committed; forget it if that fails."""
    _open_session().info.setdefault("after_commit", []).append(call)


def is_open() -> bool:
    """Whether a transaction is open here: no network call may be made then."""
    return _session.get() is not None


def _open_session() -> Session:
    opened = _session.get()
    if opened is None:
        raise NoTransaction("open a transaction first")
    return opened


session = cast(Session, LocalProxy(_open_session))

Row = TypeVar("Row", bound=NumberedBrandRow)


def get(model: type[Row], row_id: int) -> Row | None:
    """The current brand's row with this id."""
    return session.get(model, (current_brand_id(), row_id))


@event.listens_for(Session, "after_begin")
def _begin(opened: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    brand_id = _brand.get()
    if isinstance(opened.bind, Connection):  # tests share one, rolled back at the end
        connection.execute(text(f"SET LOCAL ROLE {opened.info['role']}"))
    elif brand_id is None:
        return  # the setting ends with its transaction, so a new one has none
    _set_brand(connection, brand_id)


def _set_brand(connection: Connection, brand_id: int | None) -> None:
    value = "" if brand_id is None else str(brand_id)
    connection.execute(text("SELECT set_config('app.brand_id', :brand, true)"), {"brand": value})


@event.listens_for(Session, "do_orm_execute")
def _only_this_brand(state: ORMExecuteState) -> None:
    brand_id = _brand.get()
    if state.is_insert or not any(issubclass(m.class_, BrandRow) for m in state.all_mappers):
        return
    if brand_id is None and state.session.info["role"] == SYSTEM_ROLE:
        return
    if brand_id is None:
        raise NoBrand("name the brand: transaction(brand_id=…)")
    state.statement = state.statement.options(
        with_loader_criteria(
            BrandRow, lambda model: model.brand_id == brand_id, include_aliases=True
        )
    )
