"""Handing a file out: to the session that asked for it, while its role still has the right."""

from __future__ import annotations

import base64
import gzip
from dataclasses import dataclass

from sqlalchemy import select

from app.core import audit, clock, db
from app.core.crypto import keyring
from app.core.db import session
from app.core.errors import NotFound
from app.exports.files import MIMES
from app.exports.lists import LISTS
from app.exports.models import Export, ExportPiece, ExportState
from app.exports.service.asking import NoRight, may_export
from app.exports.service.making import piece_context
from app.staff.service import Actor


class NoExport(NotFound):
    """One answer for somebody else's file, one of an ended session, and none at all."""

    code, title = "no_export", "没有这个文件，或它已经过期；要用就再导出一次"


@dataclass(frozen=True)
class File:
    """What the browser saves."""

    name: str
    mime: str
    content: bytes


def take(actor: Actor, export_id: int) -> File:
    """The file. Each time is in the audit. Raises NoExport, NoRight."""
    export = db.get(Export, export_id)
    if export is None or not _is_hers(export, actor) or not _is_there(export):
        raise NoExport()
    if not may_export(actor.role, export.kind):
        raise NoRight()
    audit.record("export.taken", actor=actor.audit_name, subject=f"export:{export.id}")
    name = f"{LISTS[export.kind].title}-{export.id}.{export.form}"
    return File(name, MIMES[export.form], _content(export))


def _is_hers(export: Export, actor: Actor) -> bool:
    return (export.staff_id, export.session_hash) == (actor.staff_id, actor.session_hash)


def _is_there(export: Export) -> bool:
    is_fresh = export.expires_at is not None and export.expires_at > clock.now()
    return export.state == ExportState.READY and is_fresh


def _content(export: Export) -> bytes:
    pieces = select(ExportPiece.piece_encrypted).filter_by(export_id=export.id)
    sealed = session.scalars(pieces.order_by(ExportPiece.number))
    packed = "".join(keyring().open(each, context=piece_context(export)) for each in sealed)
    return gzip.decompress(base64.b64decode(packed))
