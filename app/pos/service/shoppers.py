"""Who stands at the till, and what she may use there: the same that her card and a guide show."""

from __future__ import annotations

from typing import Any

from app.benefits import presence
from app.benefits import service as benefits
from app.benefits.models import Presence, Way
from app.benefits.service import Benefit, Benefits
from app.brands import service as brands
from app.core import clock
from app.core.errors import BadInput
from app.members import queries as members
from app.members import service as people
from app.members import signed_codes
from app.members.models import Member
from app.points import queries as points
from app.pos.service.callers import Machine
from app.pos.service.people import by_phone
from app.pos.service.stores import store_of
from app.stores.models import Store


def till(caller: Machine, store: str | None) -> dict[str, Any]:
    """What a till asks when it is switched on. Raises NoStore."""
    found = store_of(caller, store)
    return {
        "store": found.code,
        "store_name": found.name,
        "brand": brands.get(caller.brand_id).name,
        "at": clock.now(),
        "code_key": signed_codes.public_key(),
    }


def arrive(
    caller: Machine, *, code: str | None, phone: str | None, store: str | None
) -> dict[str, Any]:
    """She shows her code or tells her phone. By phone it is limited and audited.

    Raises NotACode, CodeEnded, CodeUsed, NoMember, NotAPhone, TooOften, NoStore; BadInput when
    both or neither are given.
    """
    if (code is None) == (phone is None):
        why = ["code 和 phone 给且只给一个"]
        raise BadInput(fields={"json": {"code": why, "phone": why}})
    found = store_of(caller, store)
    by = caller.audit_name
    if code is not None:
        return _shown(presence.by_code(code, store_id=found.id, opened_by=by), found)
    member = by_phone(caller, phone or "")
    here = presence.open_for(member.id, store_id=found.id, opened_by=by, way=Way.PHONE)
    return _shown(here, found)


def _shown(opened: Presence, store: Store) -> dict[str, Any]:
    member = members.member(opened.member_id)
    if member is None:
        raise presence.NobodyThere()
    held = benefits.benefits(member.id, store.id, clock.now())
    return {
        "shopper": opened.token,
        "until": opened.opened_at + presence.LASTS,
        "number": member.number,
        "called": _called(member),
        "tier": points.standing(member.id).tier_name,
        "benefits": shown(held),
    }


def _called(member: Member) -> str:
    """`周**`, or by the end of her number while no name is known."""
    name = people.masked_name if member.name_encrypted else people.shown_name
    return name(member)


def shown(held: Benefits) -> dict[str, Any]:
    """All that she holds, as the one function answers it."""
    return {
        "usable": [_benefit(one) for one in held.usable],
        "later": [_benefit(one) for one in held.later],
        "used": [_benefit(one) for one in held.used],
        "expired": [_benefit(one) for one in held.expired],
        "rights": list(held.rights),
        "points": held.points,
    }


def _benefit(one: Benefit) -> dict[str, Any]:
    refusal = one.refusal
    return {
        "coupon_id": one.coupon_id,
        "kind": one.kind,
        "label": one.label,
        "until": one.until,
        "store_left": one.store_left,
        "why": refusal
        and {
            "reason": refusal.reason.value,
            "shopper": refusal.shopper,
            "cashier": refusal.cashier,
        },
    }
