"""One import at a time for a brand; which files are done; what a killed one left."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, select, text

from app.core import clock, db
from app.core.db import session
from app.core.errors import Conflict
from app.imports import staging
from app.imports.models import ImportRun, ImportState
from app.imports.staging import Staging
from app.imports.steps import step

BLOCK = 1 << 20


class AlreadyRunning(Conflict):
    code, title = "import_running", "这个品牌正在导入另一份文件，等它结束后再试"


@dataclass(frozen=True)
class File:
    """What is imported, and by which mapping: the two together are imported once."""

    source: str
    digest: str
    mapping_version: int


def digest_of(*paths: Path) -> str:
    """One sha256 over the files' contents."""
    whole = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()


@contextmanager
def only_one(brand_id: int) -> Iterator[None]:
    """Hold the brand's import lock; the server lets go of it if we die. Raises AlreadyRunning."""
    bind = db.app_bind()
    engine = bind.engine if isinstance(bind, Connection) else bind
    with _autocommit(engine) as connection:
        lock = text("SELECT pg_try_advisory_lock(hashtext('huike import'), :brand)")
        if not connection.scalar(lock, {"brand": brand_id}):
            raise AlreadyRunning()
        try:
            yield
        finally:
            connection.invalidate()  # the lock goes with the connection, whatever state it is in


def _autocommit(engine: Engine) -> Connection:
    # Outside a transaction: a lock held in an idle one would be ended by the server.
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


@contextmanager
def staged(brand_id: int, folder: Path) -> Iterator[tuple[Staging, Path]]:
    """Empty staging tables and an empty folder, both gone at the end, whatever happens."""
    work, tables = folder / f"work-{brand_id}", Staging.of(brand_id)
    _clear(brand_id, work)
    try:
        work.mkdir(parents=True)
        with step(brand_id):
            tables.create()
        yield tables, work
    finally:
        _clear(brand_id, work)


def _clear(brand_id: int, work: Path) -> None:
    shutil.rmtree(work, ignore_errors=True)
    with step(brand_id):
        staging.drop(brand_id)


def done(brand_id: int, file: File) -> ImportRun | None:
    """The finished import of this very file, if there is one."""
    with db.transaction(brand_id):
        return _last(file, ImportState.DONE)


def begin(brand_id: int, file: File, facts: dict[str, int]) -> ImportRun:
    """Note that it runs. One that was killed is taken up again with the facts it began with."""
    with db.transaction(brand_id):
        run = _last(file, ImportState.RUNNING)
        if run is None:
            run = ImportRun(**vars(file), counts=facts, started_at=clock.now())
            session.add(run)
            session.flush()
        return run


def finish(brand_id: int, run_id: int, counts: dict[str, int]) -> None:
    """Note that all of it is in, and what it came to."""
    with db.transaction(brand_id):
        run = session.get_one(ImportRun, (brand_id, run_id))
        run.state, run.counts, run.ended_at = ImportState.DONE, counts, clock.now()


def _last(file: File, state: ImportState) -> ImportRun | None:
    same = select(ImportRun).filter_by(**vars(file), state=state)
    return session.scalar(same.order_by(ImportRun.id.desc()).limit(1))
