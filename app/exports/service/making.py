"""Making the files, one at a time, in the bulk worker. A killed one is begun anew."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator, Sequence
from datetime import timedelta

import structlog
from sqlalchemy import ColumnElement, delete, or_, select, update

from app.core import audit, clock, db
from app.core.crypto import keyring
from app.core.db import session
from app.exports import files
from app.exports.lists import LISTS, Cell
from app.exports.models import Export, ExportPiece, ExportState
from app.exports.service.asking import MOST_ROWS, may_export
from app.staff.models import Staff, StaffSession

log = structlog.get_logger()
KEPT_FOR, LEASE = timedelta(hours=1), timedelta(minutes=2)
ROWS_AT_ONCE, PIECE_BYTES, TRIES = 2_000, 256 * 1024, 3
HUIKE = "huike"
CONTEXT = "exports.piece"


def work() -> None:
    """Make what is due, over all brands."""
    for brand_id, export_id in _due():
        try:
            _make(brand_id, export_id)
        except Exception as error:
            log.error("export.failed", export_id=export_id, kind=type(error).__name__)
            _give_up(brand_id, export_id)


def is_any_due() -> bool:
    """Whether a file waits. In a transaction over all brands."""
    return bool(session.scalar(select(Export.id).where(*_is_due()).limit(1)))


def expire() -> None:
    """Throw away the files whose hour is over. In a transaction over all brands."""
    over = (Export.state == ExportState.READY) & (Export.expires_at <= clock.now())
    ended = update(Export).where(over).values(state=ExportState.GONE)
    for row in session.execute(ended.returning(Export.brand_id, Export.id)).all():
        of_file = (ExportPiece.brand_id == row.brand_id) & (ExportPiece.export_id == row.id)
        session.execute(delete(ExportPiece).where(of_file))


def piece_context(export: Export) -> str:
    """A piece opens in its own brand and file alone."""
    return f"{export.brand_id}.{CONTEXT}.{export.id}"


def _due() -> list[tuple[int, int]]:
    columns = Export.__table__.c
    with db.system_transaction():
        found = session.execute(select(columns.brand_id, columns.id).where(*_is_due()))
        return [(row.brand_id, row.id) for row in found]


def _is_due() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    is_free = or_(Export.lease_until.is_(None), Export.lease_until <= clock.now())
    return Export.state == ExportState.DUE, is_free


def _make(brand_id: int, export_id: int) -> None:
    with db.transaction(brand_id):
        export = _claim(export_id)
        if export is None or not _may_go_on(export):
            return
        mark = _mark(export)
    listed = LISTS[export.kind]
    sheet = files.Sheet(listed.title, mark, listed.columns, _lines(brand_id, export))
    content = files.write(export.form, sheet)
    with db.transaction(brand_id):
        _store(export, content)


def _claim(export_id: int) -> Export | None:
    held = {"lease_until": clock.now() + LEASE, "attempts": Export.attempts + 1, "written": 0}
    claim = update(Export).where(Export.id == export_id, *_is_due()).values(held)
    return session.scalars(claim.returning(Export)).one_or_none()


def _may_go_on(export: Export) -> bool:
    """She may have left, or have another role by now."""
    person = db.get(Staff, export.staff_id)
    held = session.get(StaffSession, export.session_hash)
    if person and person.is_active and may_export(person.role, export.kind) and _lives(held):
        return True
    export.state = ExportState.REFUSED
    audit.record("export.refused", actor=HUIKE, subject=f"export:{export.id}")
    return False


def _lives(held: StaffSession | None) -> bool:
    return held is not None and held.revoked_at is None


def _mark(export: Export) -> str:
    person = session.get_one(Staff, (export.brand_id, export.staff_id))
    at = f"{clock.local(export.asked_at):%Y-%m-%d %H:%M:%S}"
    who = f"{person.name}（staff:{person.id}）"
    return f"导出人 {who} · {at} 上海时区 · 导出编号 {export.id} · 仅供内部使用"


def _lines(brand_id: int, export: Export) -> Iterator[Sequence[Cell]]:
    """All lines, a page a transaction, so that the progress can be seen."""
    listed, after, written = LISTS[export.kind], 0, 0
    most = max(MOST_ROWS.values())
    while written < most:
        with db.transaction(brand_id):
            lines, after = listed.page(export.filters, after, ROWS_AT_ONCE)
            written += len(lines)
            seen = {"written": written, "lease_until": clock.now() + LEASE}
            session.execute(update(Export).where(Export.id == export.id).values(seen))
        yield from lines
        if len(lines) < ROWS_AT_ONCE:
            return


def _store(export: Export, content: bytes) -> None:
    key = (export.brand_id, export.id)
    made = session.get_one(Export, key, populate_existing=True, with_for_update=True)
    if made.state != ExportState.DUE:
        return  # whoever asked has left meanwhile
    session.execute(delete(ExportPiece).where(ExportPiece.export_id == export.id))
    packed = base64.b64encode(gzip.compress(content)).decode()
    for number, start in enumerate(range(0, len(packed), PIECE_BYTES)):
        piece = packed[start : start + PIECE_BYTES]
        sealed = keyring().seal(piece, context=piece_context(export))
        session.add(ExportPiece(export_id=export.id, number=number, piece_encrypted=sealed))
    made.state, made.made_at, made.lease_until = ExportState.READY, clock.now(), None
    made.expires_at = clock.now() + KEPT_FOR
    audit.record("export.made", actor=HUIKE, subject=f"export:{made.id}", rows=made.written)


def _give_up(brand_id: int, export_id: int) -> None:
    with db.transaction(brand_id):
        spent = (Export.id == export_id) & (Export.attempts >= TRIES)
        session.execute(update(Export).where(spent).values(state=ExportState.FAILED))
