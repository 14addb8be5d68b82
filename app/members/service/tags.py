"""Tags on fans and members, each with where it came from."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db
from app.core.db import session
from app.members.models import FanTag, MemberTag, Tag


def tag(group: str, name: str) -> int:
    """The id of this tag, made if it is new."""
    known = select(Tag.id).filter_by(group=group, name=name)
    found = session.scalar(known)
    if found is None:
        values = {"brand_id": db.current_brand_id(), "group": group, "name": name}
        session.execute(insert(Tag).values(values).on_conflict_do_nothing())
        found = session.scalars(known).one()
    return found


def tag_fans(fan_ids: Collection[int], group: str, name: str, source: str) -> None:
    """Put a tag on fans; one who has it keeps it as it is."""
    tag_id = tag(group, name)
    rows = [
        {
            "brand_id": db.current_brand_id(),
            "fan_id": fan_id,
            "tag_id": tag_id,
            "source": source,
            "tagged_at": clock.now(),
        }
        for fan_id in fan_ids
    ]
    if rows:
        session.execute(insert(FanTag).values(rows).on_conflict_do_nothing())


def tag_member(member_id: int, group: str, name: str, source: str) -> None:
    """Put a tag on a member."""
    values = {
        "brand_id": db.current_brand_id(),
        "member_id": member_id,
        "tag_id": tag(group, name),
        "source": source,
        "tagged_at": clock.now(),
    }
    session.execute(insert(MemberTag).values(values).on_conflict_do_nothing())
