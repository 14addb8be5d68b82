"""Tags on fans and members, each with where it came from."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db
from app.core.db import session
from app.members.models import FanTag, MemberTag, Tag


def tag(group: str, name: str) -> int:
    """The id of this tag, made if it is new."""
    return _tag_ids([(group, name)])[group, name]


def tag_fans(fan_ids: Collection[int], group: str, name: str, source: str) -> None:
    """Put a tag on fans; one who has it keeps it as it is."""
    put_tags({(group, name): fan_ids}, source)


def put_tags(wanted: Mapping[tuple[str, str], Collection[int]], source: str) -> None:
    """Put tags (group, name) on fans, however many of either, in three statements."""
    ids = _tag_ids(wanted)
    common = {"brand_id": db.current_brand_id(), "source": source, "tagged_at": clock.now()}
    rows = [
        common | {"fan_id": fan_id, "tag_id": ids[name]}
        for name in sorted(wanted)
        for fan_id in sorted(set(wanted[name]))
    ]
    if rows:
        session.execute(insert(FanTag).on_conflict_do_nothing(), rows)


def _tag_ids(names: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    found = _known_ids(names)
    if missing := sorted(set(names) - found.keys()):
        brand_id = db.current_brand_id()
        rows = [{"brand_id": brand_id, "group": group, "name": name} for group, name in missing]
        session.execute(insert(Tag).on_conflict_do_nothing(), rows)
        found = _known_ids(names)
    return found


def _known_ids(names: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    wanted = tuple_(Tag.group, Tag.name).in_(set(names))
    rows = session.execute(select(Tag.group, Tag.name, Tag.id).where(wanted))
    return {(row.group, row.name): row.id for row in rows}


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
