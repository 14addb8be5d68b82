"""Fans and members: following, joining by phone, tags, consents."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import phonenumbers
from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, codes, db, events
from app.core.crypto import keyring
from app.core.db import session
from app.core.errors import BadInput, Conflict, NotFound
from app.members.models import Consent, Fan, FanTag, Member, MemberTag, Purpose, Tag

PHONE_CONTEXT, NAME_CONTEXT = "members.phone", "members.name"
TEXT_VERSION = "2026-11"
NUMBER_LENGTH = 10


class NotAPhone(BadInput):
    code, title = "not_a_phone", "这不是一个手机号，换一个号码再试"


class AgreementMissing(BadInput):
    code, title = "agreement_missing", "勾选会员协议后才能入会"


class OtherMember(Conflict):
    code, title = "other_member", "这个微信已经是另一位会员，店员可以帮您核对"


class NoFan(NotFound):
    code, title = "no_fan", "还没有见过这个微信，请重新打开会员卡"


@dataclass(frozen=True)
class Joined:
    """How joining ended."""

    member: Member
    is_new_card: bool  # the first time this card was opened
    was_imported: bool  # the till knew her before


# Phones and names


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


def masked_phone(member: Member) -> str:
    """`138****5678`, whoever asks; revealing it is another act."""
    if member.phone_encrypted is None:
        return "—"
    context = f"{member.brand_id}.{PHONE_CONTEXT}"
    phone = keyring().open(member.phone_encrypted, context=context).removeprefix("+86")
    return f"{phone[:3]}****{phone[-4:]}"


def shown_name(member: Member) -> str:
    """How a guide greets her: `周女士`; the member number while no name is known."""
    if member.name_encrypted is None:
        return f"会员 {member.number[-4:]}"
    return keyring().open(member.name_encrypted, context=f"{member.brand_id}.{NAME_CONTEXT}")


# Fans


def follow(account_id: int, openid: str, at: datetime, unionid: str | None = None) -> Fan:
    """She follows since `at`. An older event than the last known one changes nothing."""
    fan = _find_or_make_fan(account_id, openid, unionid)
    _change_follow(fan, is_following=True, at=at)
    if fan.unionid is None and fan.unionid_due_at is None:
        fan.unionid_due_at = clock.now()
    return fan


def unfollow(account_id: int, openid: str, at: datetime) -> Fan:
    """She left at `at`; compared by WeChat's time, since events arrive out of order."""
    fan = _find_or_make_fan(account_id, openid, None)
    _change_follow(fan, is_following=False, at=at)
    return fan


def visit_mini(account_id: int, openid: str, unionid: str | None) -> Fan:
    """She opened the mini-program; she is the same person as the fan with her unionid."""
    fan = _find_or_make_fan(account_id, openid, unionid)
    _recognise(fan)
    return fan


def learn_unionid(fan_id: int, unionid: str | None) -> Fan:
    """WeChat said who she is across accounts; None when the account is bound to no platform."""
    fan = session.get_one(Fan, (db.current_brand_id(), fan_id), with_for_update=True)
    fan.unionid_due_at = None
    fan.unionid = fan.unionid or unionid
    _recognise(fan)
    return fan


def _recognise(fan: Fan) -> None:
    """A fan with a known unionid is the member whom another of her WeChats has told us."""
    if fan.member_id is not None or fan.unionid is None:
        return
    known = select(Fan.member_id).where(Fan.unionid == fan.unionid, Fan.member_id.is_not(None))
    fan.member_id = session.scalar(known.limit(1))


def find_fan(account_id: int, openid: str) -> Fan | None:
    """The fan with this openid, if we know her."""
    return session.scalar(select(Fan).filter_by(account_id=account_id, openid=openid))


def _find_or_make_fan(account_id: int, openid: str, unionid: str | None) -> Fan:
    values = {
        "brand_id": db.current_brand_id(),
        "account_id": account_id,
        "openid": openid,
        "unionid": unionid,
        "is_following": False,
        "created_at": clock.now(),
    }
    statement = insert(Fan).values(values)
    known = {"unionid": func.coalesce(Fan.unionid, statement.excluded.unionid)}  # it may come late
    statement = statement.on_conflict_do_update(
        index_elements=["brand_id", "account_id", "openid"], set_=known
    )
    fresh = {"populate_existing": True}
    return session.scalars(statement.returning(Fan), execution_options=fresh).one()


def _change_follow(fan: Fan, *, is_following: bool, at: datetime) -> None:
    if fan.follow_changed_at is not None and at <= fan.follow_changed_at:
        return
    fan.is_following, fan.follow_changed_at = is_following, at
    if is_following and fan.first_followed_at is None:
        fan.first_followed_at = at


# Joining


def join(
    *, fan_id: int, phone: str, agreed: bool, marketing: bool, door: str, store_id: int | None
) -> Joined:
    """Open the card: the member with this phone is found, or made. Twice changes nothing.

    Raises AgreementMissing, NotAPhone, NoFan, and OtherMember when this WeChat is somebody
    else's: two identified people are never merged without a person's decision.
    """
    if not agreed:
        raise AgreementMissing()
    fan = db.get(Fan, fan_id)
    if fan is None:
        raise NoFan()
    member = _find_or_make_member(parse_phone(phone), store_id)
    if fan.member_id not in (None, member.id):
        raise OtherMember()
    return _open_card(fan, member, marketing=marketing, door=door)


def _find_or_make_member(phone: str, store_id: int | None) -> Member:
    at = clock.now()
    values = {
        "brand_id": db.current_brand_id(),
        "number": codes.code(NUMBER_LENGTH),
        "phone_index": phone_index(phone),
        "phone_encrypted": seal_phone(phone),
        "phone_tail": phone[-4:],
        "origin": "card",
        "joined_on": clock.business_day(at),
        "main_store_id": store_id,
        "created_at": at,
    }
    statement = insert(Member).values(values)
    session.execute(statement.on_conflict_do_nothing(index_elements=["brand_id", "phone_index"]))
    found = select(Member).filter_by(phone_index=values["phone_index"]).with_for_update()
    return session.scalars(found).one()


def _open_card(fan: Fan, member: Member, *, marketing: bool, door: str) -> Joined:
    is_new_card = member.card_opened_at is None
    was_imported = member.origin == "import"
    _link(fan, member)
    if is_new_card:
        member.card_opened_at = clock.now()
        _record_consents(member.id, marketing=marketing, door=door)
        events.record(
            "member.joined",
            fan_id=fan.id,
            member_id=member.id,
            dedupe_key=f"joined:{member.id}",
            was_imported=was_imported,
        )
    return Joined(member, is_new_card, was_imported)


def _link(fan: Fan, member: Member) -> None:
    """This WeChat, and every other one with its unionid, is hers."""
    same_person = Fan.id == fan.id
    if fan.unionid is not None:
        same_person = or_(same_person, Fan.unionid == fan.unionid)
    unlinked = update(Fan).where(same_person, Fan.member_id.is_(None))
    session.execute(unlinked.values(member_id=member.id))


def _record_consents(member_id: int, *, marketing: bool, door: str) -> None:
    given = {Purpose.MEMBERSHIP: True, Purpose.PHONE: True, Purpose.MARKETING: marketing}
    for purpose, is_given in given.items():
        consent(member_id, purpose, is_given=is_given, door=door)


def consent(member_id: int, purpose: Purpose, *, is_given: bool, door: str) -> None:
    """Write down what she agreed to or withdrew; the newest row is what holds."""
    session.add(
        Consent(
            member_id=member_id,
            purpose=purpose,
            is_given=is_given,
            text_version=TEXT_VERSION,
            door=door,
            at=clock.now(),
        )
    )


# Tags


def tag(group: str, name: str) -> int:
    """The id of this tag, made if it is new."""
    known = select(Tag.id).filter_by(group=group, name=name)
    found = session.scalar(known)
    if found is None:
        values = {"brand_id": db.current_brand_id(), "group": group, "name": name}
        session.execute(insert(Tag).values(values).on_conflict_do_nothing())
        found = session.scalars(known).one()
    return found


def tag_fans(fan_ids: Collection[int], group: str, name: str, source: str) -> None:
    """Put a tag on fans; one who has it keeps it as it is."""
    tag_id = tag(group, name)
    rows = [
        {
            "brand_id": db.current_brand_id(),
            "fan_id": fan_id,
            "tag_id": tag_id,
            "source": source,
            "tagged_at": clock.now(),
        }
        for fan_id in fan_ids
    ]
    if rows:
        session.execute(insert(FanTag).values(rows).on_conflict_do_nothing())


def tag_member(member_id: int, group: str, name: str, source: str) -> None:
    """Put a tag on a member."""
    values = {
        "brand_id": db.current_brand_id(),
        "member_id": member_id,
        "tag_id": tag(group, name),
        "source": source,
        "tagged_at": clock.now(),
    }
    session.execute(insert(MemberTag).values(values).on_conflict_do_nothing())
