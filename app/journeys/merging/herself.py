"""The two rows of members: the survivor's gaps are filled, the other names her from now on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, text

from app.core import db
from app.core.db import session
from app.journeys.merging.rows import Pair, Record
from app.members import service as members
from app.members.models import Member

PLAIN = ("main_store_id", "card_opened_at", "born_on")  # her guide: `merging/owners.py`
SEALED = ("name_encrypted",)

# Who was merged into the one who leaves again, and is hers once more: by the standing merges.
_HER_OWN = text(
    "WITH RECURSIVE hers (id) AS ("
    " SELECT merged_id FROM member_merges"
    "  WHERE brand_id = :brand AND survivor_id = :member AND undone_at IS NULL"
    " UNION SELECT merge.merged_id FROM member_merges AS merge"
    "  JOIN hers ON merge.survivor_id = hers.id"
    "  WHERE merge.brand_id = :brand AND merge.undone_at IS NULL)"
    " UPDATE members SET merged_into_id = :member FROM hers"
    "  WHERE members.brand_id = :brand AND members.id = hers.id"
)
_FOLLOW = text(
    "UPDATE members SET merged_into_id = :survivor"
    " WHERE brand_id = :brand AND merged_into_id = :merged"
)


class Herself:
    """What the survivor does not say of herself she takes from the other, who keeps it too: at the
    undoing it is enough to know what was taken."""

    def merge(self, pair: Pair) -> Record:
        survivor, merged = _both(pair)
        taken = [
            name
            for name in (*PLAIN, *SEALED)
            if getattr(survivor, name) is None and getattr(merged, name) is not None
        ]
        for name in taken:
            setattr(survivor, name, getattr(merged, name))
        has_taken_phone = self._take_phone(survivor, merged)
        merged.merged_into_id = survivor.id
        session.flush()
        ids = {"brand": db.current_brand_id(), "survivor": survivor.id, "merged": merged.id}
        session.execute(_FOLLOW, ids)
        members.keep_tokens(survivor)
        return {"taken": taken, "phone": has_taken_phone}

    def undo(self, pair: Pair, record: Record) -> list[str]:
        survivor, merged = _both(pair)
        for name in record["taken"]:
            if _same(name, survivor, merged):
                setattr(survivor, name, None)
        if record["phone"]:
            self._give_phone_back(survivor, merged)
        merged.merged_into_id = None
        session.flush()
        session.execute(_HER_OWN, {"brand": db.current_brand_id(), "member": merged.id})
        members.keep_tokens(survivor)
        members.keep_tokens(merged)
        return []

    def _take_phone(self, survivor: Member, merged: Member) -> bool:
        """The hash leads to one row alone, so it goes over; the sealed number stays in both."""
        if survivor.phone_index is not None or merged.phone_index is None:
            return False
        index, merged.phone_index = merged.phone_index, None
        session.flush()
        survivor.phone_index = index
        survivor.phone_encrypted, survivor.phone_tail = merged.phone_encrypted, merged.phone_tail
        return True

    def _give_phone_back(self, survivor: Member, merged: Member) -> None:
        """Unless it was taken back in WeChat, or is somebody else's by now."""
        phone = members.open_phone(merged)
        if phone is None:
            return
        index = members.phone_index(phone)
        if survivor.phone_index == index:
            survivor.phone_index = survivor.phone_encrypted = survivor.phone_tail = None
            session.flush()
        if session.scalar(select(Member.id).filter_by(phone_index=index)) is None:
            merged.phone_index = index


def _both(pair: Pair) -> tuple[Member, Member]:
    brand_id = db.current_brand_id()
    fresh: dict[str, Any] = {"populate_existing": True}
    return (
        session.get_one(Member, (brand_id, pair.survivor_id), **fresh),
        session.get_one(Member, (brand_id, pair.merged_id), **fresh),
    )


def _same(name: str, survivor: Member, merged: Member) -> bool:
    """Sealed anew it may be, and still the same name."""
    if name in SEALED:
        return members.open_name(survivor) == members.open_name(merged)
    return bool(getattr(survivor, name) == getattr(merged, name))
