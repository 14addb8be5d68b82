"""The brand's own fields: the survivor takes what she has no value for."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, delete, select, text

from app.core import db
from app.core.db import session
from app.journeys.merging.rows import Pair, Record
from app.members.models import CustomValue
from app.members.service.field_values import Plain, plain

_VALUES = "field_id, kind, text_encrypted, number_value, date_value, chosen"
_TAKE = text(
    f"INSERT INTO custom_values (brand_id, member_id, {_VALUES})"  # noqa: S608 - ours
    f" SELECT brand_id, :survivor, {_VALUES} FROM custom_values"
    "  WHERE brand_id = :brand AND member_id = :merged"
    " ON CONFLICT DO NOTHING RETURNING field_id"
)


class Values:
    """The merged keeps hers, so that at the undoing it is enough to know which were taken: sealed
    text in the record would be out of reach when keys are rotated."""

    def merge(self, pair: Pair) -> Record:
        ids = {"survivor": pair.survivor_id, "merged": pair.merged_id}
        taken = session.scalars(_TAKE, ids | {"brand": db.current_brand_id()})
        return sorted(taken)

    def undo(self, pair: Pair, record: Record) -> list[str]:
        """What was written over one of them since stays with the survivor."""
        hers, theirs = _values(pair.survivor_id), _values(pair.merged_id)
        same = [name for name in record if hers.get(name) == theirs.get(name)]
        taken = delete(CustomValue).where(_of(pair.survivor_id), CustomValue.field_id.in_(same))
        session.execute(taken)
        return []


def _values(member_id: int) -> dict[int, Plain]:
    found = session.scalars(
        select(CustomValue).where(_of(member_id)), execution_options={"populate_existing": True}
    )
    return {row.field_id: plain(row) for row in found}


def _of(member_id: int) -> ColumnElement[bool]:
    brand = CustomValue.brand_id == db.current_brand_id()
    return and_(brand, CustomValue.member_id == member_id)
