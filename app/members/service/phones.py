"""Phones and names: read, sealed, found by a keyed hash, shown masked."""

from __future__ import annotations

import phonenumbers

from app.core import db
from app.core.crypto import keyring
from app.core.errors import BadInput
from app.members.models import Member

PHONE_CONTEXT, NAME_CONTEXT = "members.phone", "members.name"


class NotAPhone(BadInput):
    code, title = "not_a_phone", "这不是一个手机号，换一个号码再试"


def parse_phone(text: str) -> str:
    """E.164, China by default. Raises NotAPhone."""
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        raise NotAPhone() from None
    if not phonenumbers.is_possible_number(number):
        raise NotAPhone()
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_index(phone: str) -> str:
    """The keyed hash by which a phone is found in this brand, and in no other."""
    return keyring().index(phone, context=f"{db.current_brand_id()}.phone")


def seal_phone(phone: str) -> str:
    """The phone at rest."""
    return keyring().seal(phone, context=f"{db.current_brand_id()}.{PHONE_CONTEXT}")


def seal_name(name: str) -> str:
    """The name at rest."""
    return keyring().seal(name, context=f"{db.current_brand_id()}.{NAME_CONTEXT}")


def open_phone(member: Member) -> str | None:
    """The whole phone in E.164. Whoever shows it audits that."""
    if member.phone_encrypted is None:
        return None
    return keyring().open(member.phone_encrypted, context=f"{member.brand_id}.{PHONE_CONTEXT}")


def open_name(member: Member) -> str | None:
    """Her name as it was given."""
    if member.name_encrypted is None:
        return None
    return keyring().open(member.name_encrypted, context=f"{member.brand_id}.{NAME_CONTEXT}")


def masked_phone(member: Member) -> str:
    """`138****5678`, whoever asks; revealing it is another act."""
    phone = (open_phone(member) or "").removeprefix("+86")
    return f"{phone[:3]}****{phone[-4:]}" if phone else "—"


def masked_name(member: Member) -> str:
    """`周**`, as console lists show her; a dash while no name is known."""
    name = open_name(member)
    return f"{name[0]}**" if name else "—"


def shown_name(member: Member) -> str:
    """How a guide greets her: `周女士`; the member number while no name is known."""
    return open_name(member) or f"会员 {member.number[-4:]}"
