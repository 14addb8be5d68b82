"""Who brought a member: the guide by whose own code she first came, before she was one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.core.db import session
from app.members.models import Fan, Member
from app.stores.models import QrCode


@dataclass(frozen=True)
class Promoter:
    """The guide, her code, and when it was scanned."""

    staff_id: int
    store_id: int
    code_id: int
    at: datetime


def promoters_of(member_ids: Collection[int]) -> dict[int, Promoter]:
    """By member, one query for all; who came by no guide's code, or was a member already when
    she first scanned one, is missing. Of several WeChats of hers the earliest scan counts."""
    by_code = and_(QrCode.brand_id == Fan.brand_id, QrCode.id == Fan.guide_code_id)
    herself = and_(Member.brand_id == Fan.brand_id, Member.id == Fan.member_id)
    first = (
        select(Fan.member_id, QrCode.staff_id, QrCode.store_id, QrCode.id, Fan.guide_code_at)
        .join(QrCode, by_code)
        .join(Member, herself)
        .where(Fan.member_id.in_(member_ids), Fan.guide_code_at <= Member.created_at)
        .ext(distinct_on(Fan.member_id))
        .order_by(Fan.member_id, Fan.guide_code_at, Fan.id)
    )
    return {
        member_id: Promoter(staff_id, store_id, code_id, at)
        for member_id, staff_id, store_id, code_id, at in session.execute(first)
        if member_id and staff_id and at
    }
