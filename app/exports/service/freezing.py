"""Somebody leaves: what she asked to take away is hers no more, made or not."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, update

from app.core import audit, db
from app.core.db import session
from app.exports.models import Export, ExportPiece, ExportState

LIVE = (ExportState.DUE, ExportState.READY)


def freeze(staff_ids: Collection[int], *, actor: str) -> int:
    """Refuse every file of theirs that could still be taken; answers how many. A file that is
    being made at this moment is thrown away by its maker."""
    theirs = Export.staff_id.in_(staff_ids) & (Export.brand_id == db.current_brand_id())
    refused = update(Export).where(theirs, Export.state.in_(LIVE))
    refused = refused.values(state=ExportState.REFUSED).returning(Export.id)
    found = sorted(session.scalars(refused, execution_options={"synchronize_session": False}))
    session.execute(delete(ExportPiece).where(ExportPiece.export_id.in_(found)))
    for export_id in found:
        audit.record("export.refused", actor=actor, subject=f"export:{export_id}")
    return len(found)
