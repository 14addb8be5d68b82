"""Sharing the card: a member's token, and the friends who come by it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, codes, db
from app.core.db import session
from app.members.models import Fan, Member, MemberShare, ShareFriend


def share_token(member_id: int) -> str:
    """What her links say instead of her; the same however often she asks."""
    row = {
        "brand_id": db.current_brand_id(),
        "member_id": member_id,
        "token": codes.code(),
        "made_at": clock.now(),
    }
    session.execute(insert(MemberShare).values(row).on_conflict_do_nothing())
    return session.scalars(select(MemberShare.token).filter_by(member_id=member_id)).one()


def open_share(token: str, fan: Fan) -> bool:
    """Note that she came by it; False for a member, for a friend who has come before, and for a
    token that nobody has: an old link does no harm."""
    shared = select(MemberShare.member_id).filter_by(token=token.upper())
    member_id = session.scalar(shared) if fan.member_id is None else None
    if member_id is None:
        return False
    row = {
        "brand_id": db.current_brand_id(),
        "fan_id": fan.id,
        "member_id": member_id,
        "opened_at": clock.now(),
    }
    noted = insert(ShareFriend).values(row).on_conflict_do_nothing()
    return session.scalar(noted.returning(ShareFriend.fan_id)) is not None


def sharers_of(member_ids: Collection[int]) -> dict[int, int]:
    """By whose share each of these members came: the first that any WeChat of hers opened, or who
    that member has become. Herself is nobody's friend."""
    hers = (Fan.brand_id == ShareFriend.brand_id) & (Fan.id == ShareFriend.fan_id)
    who = (Member.brand_id == ShareFriend.brand_id) & (Member.id == ShareFriend.member_id)
    sharer = func.coalesce(Member.merged_into_id, Member.id)
    rows = session.execute(
        select(Fan.member_id, sharer)
        .select_from(ShareFriend)
        .join(Fan, hers)
        .join(Member, who)
        .where(Fan.member_id.in_(member_ids), Member.erased_at.is_(None), sharer != Fan.member_id)
        .order_by(ShareFriend.opened_at.desc())
    )
    return {friend: shared_by for friend, shared_by in rows if friend is not None}
