"""Members as machines may see them."""

from __future__ import annotations

from sqlalchemy import select

from app.core import audit, ratelimit
from app.core.db import session
from app.core.errors import BadInput, NotFound
from app.members import service as members
from app.members.models import Member
from app.points import queries as points
from app.pos.models import ApiScope
from app.pos.service.callers import Machine

LOOKUPS_A_MINUTE = 120  # the space of phones is small; nobody shall walk through it


class NoMember(NotFound):
    code, title = "no_member", "没有这位会员，或不在你的范围内"


def lookup(caller: Machine, *, phone: str | None, number: str | None) -> dict[str, object]:
    """One member by exactly one of phone and number. By phone it is limited and audited.

    Raises NoMember, NotAPhone, TooOften, BadInput when both or neither are given.
    """
    if (phone is None) == (number is None):
        why = ["phone 和 number 给且只给一个"]
        raise BadInput(fields={"json": {"phone": why, "number": why}})
    if number is not None:
        return by_number(caller, number)
    return _shown(caller, by_phone(caller, phone or ""))


def by_phone(caller: Machine, phone: str) -> Member:
    """The member with this phone: limited and audited. Raises NoMember, NotAPhone, TooOften."""
    ratelimit.take(f"lookup:{caller.key_id}", per_minute=LOOKUPS_A_MINUTE)
    index = members.phone_index(members.parse_phone(phone))
    member = session.scalar(select(Member).filter_by(phone_index=index, erased_at=None))
    found = f"member:{member.id}" if member else "nobody"
    audit.record("member.looked_up", actor=caller.audit_name, subject=found)
    if member is None:
        raise NoMember()
    return member


def by_number(caller: Machine, number: str) -> dict[str, object]:
    """One member by her number. Raises NoMember."""
    return _shown(caller, member_of(number))


def member_of(number: str) -> Member:
    """The member with this number, unless she was erased. Raises NoMember."""
    member = session.scalar(select(Member).filter_by(number=number, erased_at=None))
    if member is None:
        raise NoMember()
    return member


def _shown(caller: Machine, member: Member) -> dict[str, object]:
    """What this key's scopes open."""
    standing = points.standing(member.id)
    shown = {
        "number": member.number,
        "tier": standing.tier_name,
        "points": standing.points,
        "joined_on": member.joined_on,
    }
    if ApiScope.MEMBERS_CONTACT in caller.scopes:
        shown |= {
            "name": members.shown_name(member),
            "phone": members.masked_phone(member) if member.phone_encrypted else None,
        }
    return shown
