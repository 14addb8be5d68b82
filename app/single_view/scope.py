"""Whom somebody may see: everybody, or those who belong to her stores or have been there."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, or_, select

from app.core import db
from app.core.db import session
from app.core.errors import NotFound
from app.members.models import Fan, Member
from app.visits.models import Visit

StoreIds = Collection[int] | None  # None: all stores of the brand


class NoMember(NotFound):
    """One answer for a member elsewhere and for none at all."""

    code, title = "no_member", "没有这位会员，或不在你的范围内"


def within(store_ids: StoreIds) -> ColumnElement[bool]:
    """The members whose main store is one of these, or who scanned a code there.

    Who turned out to be somebody else is seen as that one alone.
    """
    stands = Member.merged_into_id.is_(None)
    if store_ids is None:
        return stands
    brand_id = db.current_brand_id()
    were_there = (
        select(Fan.member_id)
        .join(Visit, (Visit.brand_id == Fan.brand_id) & (Visit.fan_id == Fan.id))
        .where(Fan.brand_id == brand_id, Visit.store_id.in_(store_ids))
        .where(Fan.member_id.is_not(None))
    )
    return and_(stands, or_(Member.main_store_id.in_(store_ids), Member.id.in_(were_there)))


def seen_among(member_ids: Collection[int], store_ids: StoreIds) -> frozenset[int]:
    """Which of these members whoever asks may see."""
    found = select(Member.id).where(Member.id.in_(member_ids), within(store_ids))
    return frozenset(session.scalars(found))


def seen(member_id: int, store_ids: StoreIds) -> Member:
    """The member, in one query for whoever asks. Raises NoMember."""
    found = session.scalar(select(Member).where(Member.id == member_id, within(store_ids)))
    if found is None:
        raise NoMember()
    return found
