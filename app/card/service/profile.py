"""Her own page: who we take her for, and the switch for marketing messages."""

from __future__ import annotations

from app.brands import service as brands
from app.card.service import shown
from app.card.service.joining import DOOR
from app.card.service.sessions import Visitor, fan_of
from app.core import db
from app.core.errors import NotFound
from app.members import queries
from app.members import service as members
from app.members.models import ConsentChannel, Member, Purpose


class NotAMember(NotFound):
    code, title = "not_a_member", "还没有入会，这里暂时没有您的信息"


def me(visitor: Visitor) -> dict[str, object]:
    """The phone stays masked, also for herself. Raises NotAMember."""
    member = _member(visitor)
    return {
        "brand": shown.dressed(brands.get(visitor.brand_id)),
        "number": member.number,
        "phone": members.masked_phone(member),
        "joined_on": member.joined_on,
        "marketing": queries.has_consent(member.id, Purpose.MARKETING),
        "agreement": members.TEXT_VERSION,
    }


def set_marketing(visitor: Visitor, *, is_given: bool) -> dict[str, object]:
    """No is as near as yes, holds at once, and each is written down. Raises NotAMember."""
    member = _member(visitor)
    if queries.has_consent(member.id, Purpose.MARKETING) is not is_given:
        channel = ConsentChannel.WECHAT if is_given else ConsentChannel.ALL
        members.consent(member.id, Purpose.MARKETING, is_given=is_given, door=DOOR, channel=channel)
    return me(visitor)


def _member(visitor: Visitor) -> Member:
    member_id = fan_of(visitor).member_id
    member = db.get(Member, member_id) if member_id else None
    if member is None:
        raise NotAMember()
    return member
