"""Each day's heads, written outside the database.

Whoever owns the database could put back yesterday's rows with yesterday's sealed head. The
file in `var/` (and the log line beside it) remembers how long the chain already was.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog
from sqlalchemy import func, select

from app.core import clock
from app.core.audit.chain import AuditHead
from app.core.db import session

log = structlog.get_logger()
FILE = "audit-heads.jsonl"
_folder: Path | None = None


def configure(folder: Path) -> None:
    """Say where the heads are written down."""
    global _folder
    _folder = folder


@dataclass(frozen=True)
class Anchor:
    """A brand's chain as it ended on a day."""

    database: str
    brand_id: int
    seq: int
    hash: str
    on: str


def anchor_heads() -> int:
    """Write today's heads once a day, for all brands; answers how many were new.

    For the timekeeper, in a transaction over all brands.
    """
    today = clock.business_day(clock.now()).isoformat()
    known = {each.brand_id for each in _read() if each.on == today}
    columns = (func.current_database(), AuditHead.brand_id, AuditHead.seq, AuditHead.hash)
    heads = session.execute(select(*columns))
    fresh = [
        Anchor(database, brand_id, seq, last, today)
        for database, brand_id, seq, last in heads
        if brand_id not in known
    ]
    if fresh:
        _write(fresh)
    return len(fresh)


def anchors_of(brand_id: int) -> list[Anchor]:
    """What was written down about this brand."""
    return [each for each in _read() if each.brand_id == brand_id]


def _path() -> Path:
    if _folder is None:
        raise RuntimeError("audit.configure was not called")
    return _folder / FILE


def _read() -> list[Anchor]:
    """Of this database: others may have stood in the same folder."""
    path, database = _path(), session.scalar(select(func.current_database()))
    lines = path.read_text().splitlines() if path.exists() else []
    every = [Anchor(**json.loads(line)) for line in lines]
    return [each for each in every if each.database == database]


def _write(fresh: list[Anchor]) -> None:
    _path().parent.mkdir(parents=True, exist_ok=True)
    with _path().open("a") as file:
        file.writelines(json.dumps(asdict(each)) + "\n" for each in fresh)
    for each in fresh:
        log.info("audit.head", brand_id=each.brand_id, seq=each.seq, hash=each.hash)
