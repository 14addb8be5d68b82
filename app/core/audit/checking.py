"""Walking a chain from its first row to its sealed head."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row, func, select, update

from app.core import clock, db, queue
from app.core.audit.anchors import Anchor, anchors_of
from app.core.audit.chain import START, AuditHead, AuditRow, digest, is_sealed
from app.core.db import session

log = structlog.get_logger()
AT_ONCE = 2_000
CHECKED_EVERY = timedelta(days=1)


@dataclass(frozen=True)
class Check:
    """What the last walk found, and when."""

    at: datetime
    rows: int
    first_broken: int | None


def verify() -> tuple[int, int | None]:
    """How many rows the current brand's chain has, and its first broken link if any.

    A link is the number of the row that was edited, or that should be there and is not.
    Reads in a stream: a million rows need no room.
    """
    rows, last, head = _extent()
    anchors = {each.seq: each for each in anchors_of(db.current_brand_id())}
    broken = [_first_broken(last, anchors), _broken_end(head, last), _cut_off(anchors, last)]
    return rows, min((link for link in broken if link is not None), default=None)


def check() -> Check:
    """Verify now, and keep what was found for those who ask later."""
    rows, first_broken = verify()
    found = Check(clock.now(), rows, first_broken)
    kept = {"checked_at": found.at, "checked_rows": rows, "checked_broken": first_broken}
    session.execute(update(AuditHead).values(kept))
    return found


def brands_due() -> list[int]:
    """Brands whose chain nobody walked within a day. In a transaction over all brands."""
    columns = AuditHead.__table__.c
    is_due = columns.checked_at.is_(None) | (columns.checked_at < clock.now() - CHECKED_EVERY)
    return list(session.scalars(select(columns.brand_id).where(is_due).order_by(columns.brand_id)))


def check_due() -> None:
    """Walk the chains whose day has come; for the bulk worker."""
    with db.system_transaction():
        due = brands_due()
    for brand_id in due:
        with db.transaction(brand_id):
            found = check()
        if found.first_broken is not None:
            log.error("audit.broken", brand_id=brand_id, first_broken=found.first_broken)


def ask_check() -> None:
    """Have the current brand's chain walked soon, by the bulk worker."""
    session.execute(update(AuditHead).values(checked_at=None))
    queue.ring(queue.BULK)


def last_check() -> Check | None:
    """What the last walk of the current brand's chain found."""
    head = session.get(AuditHead, db.current_brand_id(), populate_existing=True)
    if head is None or head.checked_at is None:
        return None
    return Check(head.checked_at, head.checked_rows or 0, head.checked_broken)


def _extent() -> tuple[int, int, Row[Any] | None]:
    """Rows, the number of the last one, and the head: of one moment, while others append."""
    audit, heads = AuditRow.__table__.c, AuditHead.__table__.c
    brand_id = db.current_brand_id()
    last = func.coalesce(func.max(audit.seq), 0).label("last")
    counted = select(func.count().label("rows"), last).where(audit.brand_id == brand_id)
    counted_rows = counted.subquery()
    head = select(*heads).where(heads.brand_id == brand_id).subquery()
    both = select(counted_rows, head).select_from(counted_rows.outerjoin(head, head.c.seq >= 0))
    found = session.execute(both).one()
    return found.rows, found.last, found if found.seal is not None else None


def _first_broken(last: int, anchors: dict[int, Anchor]) -> int | None:
    previous, expected = START, 1
    for row in _rows(last):
        anchored = anchors.get(row.seq)
        if row.seq != expected:
            return expected
        is_linked = row.previous_hash == previous and row.hash == digest(row)
        if not is_linked or (anchored and anchored.hash != row.hash):
            return int(row.seq)
        previous, expected = row.hash, expected + 1
    return None


def _rows(last: int) -> Iterator[Row[Any]]:
    columns = AuditRow.__table__.c
    ours = (columns.brand_id == db.current_brand_id()) & (columns.seq <= last)
    statement = select(*columns).where(ours).order_by(columns.seq)
    yield from session.execute(statement, execution_options={"yield_per": AT_ONCE})


def _broken_end(head: Row[Any] | None, last: int) -> int | None:
    """Against the head: the tail may have been cut, or the head itself touched."""
    if head is None:
        return last + 1 if last else None
    if head.broken_at is not None:
        return int(head.broken_at)
    if head.seq != last:
        return int(min(head.seq, last)) + 1
    return None if is_sealed(head) and _ends_at(head) else last


def _ends_at(head: Row[Any]) -> bool:
    columns = AuditRow.__table__.c
    ours = (columns.brand_id == head.brand_id) & (columns.seq == head.seq)
    return bool(session.scalar(select(columns.hash).where(ours)) == head.hash)


def _cut_off(anchors: dict[int, Anchor], last: int) -> int | None:
    """Rows that an anchor saw and the chain has no more, nor the head that was put back."""
    return last + 1 if any(seq > last for seq in anchors) else None
