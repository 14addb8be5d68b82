"""People who were erased do not come back with a file: their lines are left out and counted.

A line names her by her number, a master's row by her phone too; both are held against the
brand's tombstones (docs/decisions/0011). Nothing of such a line reaches an error file.
"""

from __future__ import annotations

from sqlalchemy import ARRAY, Column, String, Table, any_, delete, func, literal, select

from app.core import bulk
from app.core.db import session
from app.imports.staging import Staging
from app.members.models import Name
from app.members.service import tombstones


def leave_out_lines(staging: Staging) -> int:
    """Till lines by the number of somebody who was erased; answers how many there were."""
    return _leave_out(staging.lines, staging.lines.c.member_number)


def leave_out_members(staging: Staging) -> int:
    """Rows of a member master; answers how many there were."""
    table = staging.members
    phones = list(tombstones.standing(Name.PHONE))
    by_phone = delete(table).where(table.c.phone_index == any_(literal(phones, ARRAY(String))))
    gone = bulk.count(by_phone) if phones else 0
    return gone + _leave_out(table, table.c.number)


def _leave_out(table: Table, number: Column[str]) -> int:
    hers = _buried_among(number)
    if not hers:
        return 0
    return bulk.count(delete(table).where(number == any_(literal(hers, ARRAY(String)))))


def _buried_among(number: Column[str]) -> list[str]:
    """A keyed hash cannot be read back, so every number of the file is hashed, once."""
    buried = tombstones.standing(Name.NUMBER)
    if not buried:
        return []
    found = session.scalars(select(func.distinct(number)).where(number.is_not(None)))
    return [each for each in found if tombstones.number_hash(each) in buried]
