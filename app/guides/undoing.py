"""What a guide has just written on a sheet: told in a toast, with its way back for some seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.core import clock, db
from app.core.db import session
from app.core.events import Event
from app.members.models import MemberTag, Note, Tag
from app.members.service import notes, tagging

FINAL = {"undone": "撤销了", "known": "她已经有这个标签了"}
KINDS = ("note", "tag", "untagged", *FINAL)


@dataclass(frozen=True)
class Told:
    """What happened, and under `name` and `id` what may be taken back; no name: nothing may."""

    words: str
    name: str = ""
    id: int = 0


def told(kind: str, row_id: int | None, member_id: int, staff_id: int) -> Told | None:
    """What she did to this member seconds ago, if it is hers to take back; None once it is not."""
    if kind in FINAL:
        return Told(FINAL[kind])
    return None if row_id is None else _TELL[kind](row_id, member_id, staff_id)


def take_back(name: str, row_id: int, member_id: int, staff_id: int) -> None:
    """As if it had not been done; what is taken back already stays so. Raises TooLate,
    TooLateToUndo."""
    if name == "note" and db.get(Note, row_id) is not None:
        notes.take_back_note(row_id, author_id=staff_id)
    elif name == "tag" and _carried(member_id, row_id) is not None:
        tagging.undo_put_on(member_id, row_id, staff_id=staff_id)
    elif name == "untagged" and db.get(Event, row_id) is not None:
        tagging.put_back(row_id, member_id=member_id, staff_id=staff_id)


def _note(note_id: int, member_id: int, staff_id: int) -> Told | None:
    found = db.get(Note, note_id)
    is_hers = found is not None and (found.author_id, found.member_id) == (staff_id, member_id)
    if found is None or not is_hers or found.at <= clock.now() - notes.UNDO_FOR:
        return None
    return Told("记下了 1 条备注", "note", note_id)


def _tag(tag_id: int, member_id: int, staff_id: int) -> Told | None:
    found = _carried(member_id, tag_id)
    is_fresh = found is not None and found.tagged_at > clock.now() - tagging.UNDO_FOR
    if found is None or not is_fresh or found.tagged_by_id != staff_id:
        return None
    return Told(f"加上了「{_name(tag_id)}」", "tag", tag_id)


def _untagged(event_id: int, member_id: int, staff_id: int) -> Told | None:
    found = db.get(Event, event_id)
    if found is None or (found.name, found.member_id) != ("member.untagged", member_id):
        return None
    is_fresh = found.at > clock.now() - tagging.UNDO_FOR
    if not is_fresh or found.data["staff_id"] != staff_id:
        return None
    return Told(f"去掉了「{_name(found.data['tag_id'])}」", "untagged", event_id)


def _carried(member_id: int, tag_id: int) -> MemberTag | None:
    return session.get(MemberTag, (db.current_brand_id(), member_id, tag_id))


def _name(tag_id: int) -> str:
    found = db.get(Tag, tag_id)
    return found.name if found else "标签"


_TELL: Mapping[str, Callable[[int, int, int], Told | None]] = {
    "note": _note,
    "tag": _tag,
    "untagged": _untagged,
}
