"""Joining by a code sent to her phone: the SMS goes out between two transactions."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app import sms
from app.card import queries
from app.card.service import joining
from app.card.service.joining import Joined
from app.card.service.sessions import Visitor
from app.core import db
from app.members import service as members
from app.members.service.sms_codes import BETWEEN, LASTS

ON_A_PAGE = "h5"
MOBILE = re.compile(r"\+861[3-9][0-9]{9}")
# In an hour, and in a day. A store's guests share an address.
ASKS = {"who": (5, 10), "address": (60, 300), "phone": (5, 10)}
TRIES = {"who": (10, 30), "address": (120, 600), "phone": (20, 40)}


@dataclass(frozen=True)
class Asker:
    """Who asks: a visitor by her session, anybody by the address she comes from."""

    brand_id: int
    address: str
    who: str = ""


@dataclass(frozen=True)
class Sent:
    """The same for a phone that we know and one that we do not."""

    resend_seconds: int = int(BETWEEN.total_seconds())
    valid_seconds: int = int(LASTS.total_seconds())


@dataclass(frozen=True)
class CodeWish:
    """What she typed and ticked."""

    phone: str
    code: str
    agreed: bool
    marketing: bool
    agreement: str
    store: str


def asker(visitor: Visitor, address: str) -> Asker:
    """The holder of a session."""
    return Asker(visitor.brand_id, address, f"fan:{visitor.fan_id}")


def ask(asker: Asker, phone: str) -> Sent:
    """Send a code to this phone.

    Raises NotAPhone; CodeTooSoon and TooManyTries with when to come back; Off and NotSent.
    """
    number = _mobile(phone)
    with db.transaction(brand_id=asker.brand_id):
        _count("ask", ASKS, asker, number)
        code = members.new_sms_code(number)
    sms.send(number, code)
    return Sent()


def confirm(visitor: Visitor, address: str, wish: CodeWish, key: str) -> Joined:
    """Make her a member, or find the member she is. The same key has one effect.

    Raises AgreementChanged, WrongSmsCode, TooManyTries, OtherMember.
    """
    joining.refuse_old_agreement(visitor.brand_id, wish.agreement)
    known = joining.known_answer(visitor, key)
    if known is not None:
        return known
    number = prove(asker(visitor, address), wish.phone, wish.code)
    return joining.finish(
        visitor, wish, number, key, proof=lambda: members.use_sms_code(number, wish.code)
    )


def prove(asker: Asker, phone: str, code: str) -> str:
    """The phone in E.164, once its code is right; using it up is left to the act.

    Raises NotAPhone, WrongSmsCode, TooManyTries.
    """
    number = _mobile(phone)
    with db.transaction(brand_id=asker.brand_id):
        _count("try", TRIES, asker, number)
        is_right = members.try_sms_code(number, code)
    if not is_right:
        raise members.WrongSmsCode(fields={"code": [members.WrongSmsCode.title]})
    return number


def join_without_wechat(asker: Asker, wish: CodeWish) -> bool:
    """As `confirm`, of somebody on a web page; whether the phone was a member's already.

    Raises AgreementMissing, AgreementChanged, WrongSmsCode, TooManyTries.
    """
    joining.refuse_old_agreement(asker.brand_id, wish.agreement)
    if not wish.agreed:
        raise members.AgreementMissing()
    number = prove(asker, wish.phone, wish.code)
    with db.transaction(brand_id=asker.brand_id):
        members.use_sms_code(number, wish.code)
        store = queries.store_by_code(wish.store)
        done = members.join_without_wechat(
            phone=number,
            agreed=wish.agreed,
            marketing=wish.marketing,
            door=ON_A_PAGE,
            store_id=store.id if store else None,
        )
    return not done.is_new_card or done.was_imported


def _mobile(phone: str) -> str:
    """A mobile number of the mainland: messages abroad are dear, and asked for by machines."""
    number = members.parse_phone(phone)
    if MOBILE.fullmatch(number) is None:
        raise members.NotAPhone()
    return number


def _count(act: str, limits: dict[str, tuple[int, int]], asker: Asker, number: str) -> None:
    """In this order, always: two requests that wait for each other would both fail."""
    named = {"who": asker.who, "address": asker.address, "phone": number}
    for name, (most, most_a_day) in limits.items():
        if named[name]:
            key = f"sms:{act}:{name}:{named[name]}"
            members.count_try(key, most=most, most_a_day=most_a_day)
