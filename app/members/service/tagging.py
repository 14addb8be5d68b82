"""Tags that a person puts on a member or takes off, each with a way back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db, events
from app.core.db import session
from app.core.errors import BadInput, Conflict
from app.core.events import Event
from app.core.words import tidy
from app.members.models import Fan, FanTag, Member, MemberTag, Tag
from app.members.queries import BY_STAFF
from app.members.service.contacts import NoMember
from app.members.service.tags import tag

BY_HAND, SOURCE = "手动", BY_STAFF
LONGEST_TAG = 32
UNDO_FOR = timedelta(seconds=15)  # the toast offers ten; the rest is the way there


class NotTagged(Conflict):
    code, title = "not_tagged", "她现在没有这个标签，刷新后再看"


class TooLateToUndo(Conflict):
    code, title = "too_late", "撤销的时间过了，照现在的样子再改就好"


def put_on(member_id: int, name: str, *, staff_id: int) -> tuple[int, bool]:
    """Put a tag on her, a known one as `组 · 名` or a new one by its name.

    Answers the tag and whether it is new on her. Raises NoMember, BadInput.
    """
    if db.get(Member, member_id) is None:
        raise NoMember()
    tag_id = _find_or_make(tidy(name))
    row = {
        "brand_id": db.current_brand_id(),
        "member_id": member_id,
        "tag_id": tag_id,
        "source": SOURCE,
        "tagged_at": clock.now(),
        "tagged_by_id": staff_id,
    }
    added = insert(MemberTag).values(row).on_conflict_do_nothing().returning(MemberTag.tag_id)
    is_new = session.scalar(added) is not None
    if is_new:
        events.record("member.tagged", member_id=member_id, tag_id=tag_id, staff_id=staff_id)
    return tag_id, is_new


def take_off(member_id: int, tag_id: int, *, staff_id: int) -> int:
    """Take a tag off her and all her WeChats; answers what `put_back` wants.

    Raises NotTagged.
    """
    removed = _remove_from_member(member_id, tag_id) + _remove_from_fans(member_id, tag_id)
    return _taken_off(member_id, tag_id, removed, staff_id)


def take_off_by_hand(member_id: int, tag_id: int, *, staff_id: int) -> int:
    """The same of a tag that a person put on her; what a rule or a scan says of her stays.

    Raises NotTagged.
    """
    removed = _remove_from_member(member_id, tag_id, MemberTag.source == SOURCE)
    return _taken_off(member_id, tag_id, removed, staff_id)


def _taken_off(member_id: int, tag_id: int, removed: list[dict[str, Any]], staff_id: int) -> int:
    if not removed:
        raise NotTagged()
    event_id = events.record(
        "member.untagged", member_id=member_id, tag_id=tag_id, staff_id=staff_id, removed=removed
    )
    return event_id or 0


def put_back(event_id: int, *, member_id: int, staff_id: int) -> None:
    """The tag is on her again as it was, with who, when and why. Raises TooLateToUndo."""
    event = db.get(Event, event_id)
    is_hers = event is not None and event.name == "member.untagged" and event.member_id == member_id
    if event is None or not is_hers or event.data["staff_id"] != staff_id:
        raise TooLateToUndo()
    if event.at < clock.now() - UNDO_FOR:
        raise TooLateToUndo()
    for row in event.data["removed"]:
        model = FanTag if "fan_id" in row else MemberTag
        values = row | {"brand_id": event.brand_id, "tag_id": event.data["tag_id"]}
        values["tagged_at"] = datetime.fromisoformat(values["tagged_at"])
        session.execute(insert(model).values(values).on_conflict_do_nothing())
    session.delete(event)


def undo_put_on(member_id: int, tag_id: int, *, staff_id: int) -> None:
    """She thought better of a tag that she put on herself, seconds ago. Raises TooLateToUndo."""
    fresh = MemberTag.tagged_at > clock.now() - UNDO_FOR
    mine = (MemberTag.brand_id == db.current_brand_id()) & (MemberTag.tagged_by_id == staff_id)
    hers = (MemberTag.member_id == member_id) & (MemberTag.tag_id == tag_id)
    gone = delete(MemberTag).where(mine, hers, fresh).returning(MemberTag.tag_id)
    if session.scalar(gone) is None:
        raise TooLateToUndo()
    told = (Event.name == "member.tagged") & (Event.member_id == member_id)
    of_it = Event.data["tag_id"].as_integer() == tag_id
    newest = select(Event).where(told, of_it).order_by(Event.id.desc()).limit(1)
    session.delete(session.scalars(newest).one())


def _find_or_make(name: str) -> int:
    group, _, known = name.rpartition(" · ")
    if group:
        found = session.scalar(select(Tag.id).filter_by(group=group, name=known))
        if found is not None:
            return found
    if not 0 < len(name) <= LONGEST_TAG:
        raise BadInput(fields={"tag": [f"写一个标签，最多 {LONGEST_TAG} 个字"]})
    return tag(BY_HAND, name)


def _remove_from_member(
    member_id: int, tag_id: int, which: ColumnElement[bool] | None = None
) -> list[dict[str, Any]]:
    columns = (MemberTag.source, MemberTag.tagged_at, MemberTag.tagged_by_id)
    hers = (MemberTag.member_id == member_id) & (MemberTag.tag_id == tag_id)
    chosen = hers if which is None else hers & which
    gone = delete(MemberTag).where(MemberTag.brand_id == db.current_brand_id(), chosen)
    rows = session.execute(gone.returning(*columns))
    return [
        {
            "member_id": member_id,
            "source": source,
            "tagged_at": at.isoformat(),
            "tagged_by_id": by,
        }
        for source, at, by in rows
    ]


def _remove_from_fans(member_id: int, tag_id: int) -> list[dict[str, Any]]:
    fan_ids = select(Fan.id).where(Fan.member_id == member_id)
    hers = FanTag.fan_id.in_(fan_ids) & (FanTag.tag_id == tag_id)
    gone = delete(FanTag).where(FanTag.brand_id == db.current_brand_id(), hers)
    rows = session.execute(gone.returning(FanTag.fan_id, FanTag.source, FanTag.tagged_at))
    return [
        {"fan_id": fan_id, "source": source, "tagged_at": at.isoformat()}
        for fan_id, source, at in rows
    ]
