"""Opening the card: a member is found by phone or made, and what she agrees to is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import audit, clock, codes, db, events
from app.core.db import session
from app.core.errors import BadInput, Conflict, NotFound
from app.members.models import ConsentChannel, Fan, Member, Name, Purpose, TwinReason
from app.members.service import tombstones
from app.members.service.consents import Word, consent, consent_to
from app.members.service.identities import change_phone, note_fans, note_phone, release_phone
from app.members.service.phones import parse_phone, phone_index, seal_phone
from app.members.service.tokens import keep_tokens
from app.members.service.twins import suspect, suspect_by_unionid

NUMBER_LENGTH = 10
BY_STAFF = "staff"


class AgreementMissing(BadInput):
    code, title = "agreement_missing", "勾选会员协议后才能入会"


class OtherMember(Conflict):
    """The two are noted by whoever catches this: what the refused request wrote is undone."""

    code, title = "other_member", "这个微信已经是另一位会员，店员可以帮您核对"

    def __init__(self, one_id: int, other_id: int) -> None:
        super().__init__()
        self.twins = (one_id, other_id)


class NoFan(NotFound):
    code, title = "no_fan", "还没有见过这个微信，请重新打开会员卡"


@dataclass(frozen=True)
class Joined:
    """How joining ended."""

    member: Member
    is_new_card: bool  # the first time this card was opened
    was_imported: bool  # the till knew her before


def join(
    *, fan_id: int, phone: str, agreed: bool, marketing: bool, door: str, store_id: int | None
) -> Joined:
    """Open the card: the member with this phone is found, or made. Twice changes nothing.

    Raises AgreementMissing, NotAPhone, NoFan, and OtherMember when this WeChat is somebody
    else's: two identified people are never merged without a person's decision. Whoever proves a
    phone that another WeChat has used before her becomes a member of her own
    (docs/decisions/0015): points do not go with a number.
    """
    if not agreed:
        raise AgreementMissing()
    fan = db.get(Fan, fan_id)
    if fan is None:
        raise NoFan()
    number = parse_phone(phone)
    _give_again(fan, number, door)
    member = _find_or_make_member(number, store_id)
    if fan.member_id not in (None, member.id):
        raise OtherMember(fan.member_id or 0, member.id)
    if fan.member_id is None and _is_somebody_elses(member, fan):
        member = _begin_anew(member, number, store_id)
    note_phone(member.id, number, door)
    return _open_card(fan, member, marketing=marketing, door=door)


def claim(*, fan_id: int, member_id: int, agreed: bool, marketing: bool, door: str) -> Joined:
    """Open the card of a member who has proved by something else than her phone who she is.

    Raises AgreementMissing, NoFan, and OtherMember when she has a WeChat already, or this one is
    another member's: what was proved is too little to give a card away.
    """
    if not agreed:
        raise AgreementMissing()
    fan = db.get(Fan, fan_id)
    if fan is None:
        raise NoFan()
    member = session.get_one(Member, (fan.brand_id, member_id), with_for_update=True)
    if fan.member_id == member.id:
        return Joined(member, is_new_card=False, was_imported=member.origin == "import")
    others = session.scalar(select(Fan.id).filter_by(member_id=member.id).limit(1))
    if fan.member_id is not None:
        raise OtherMember(fan.member_id, member.id)
    if others is not None:
        raise OtherMember(member.id, member.id)
    return _open_card(fan, member, marketing=marketing, door=door)


def join_without_wechat(
    *, phone: str, agreed: bool, marketing: bool, door: str, store_id: int | None
) -> Joined:
    """Open the card of whoever has proved this phone outside of WeChat.

    Raises AgreementMissing, NotAPhone. A card that is open already stays as it is, consents too:
    without her WeChat nobody knows that the number has not gone to somebody else since.
    """
    if not agreed:
        raise AgreementMissing()
    number = parse_phone(phone)
    member = _find_or_make_member(number, store_id)
    note_phone(member.id, number, door)
    return _begin_card(None, member, marketing=marketing, door=door, channel=ConsentChannel.SMS)


def bind_by_staff(fan: Fan, member: Member, *, reason: str, actor: str) -> None:
    """A person says that this WeChat is hers. Raises OtherMember when it is another member's:
    whoever catches that notes the two."""
    if fan.member_id not in (None, member.id):
        raise OtherMember(fan.member_id or 0, member.id)
    if fan.member_id == member.id:
        return
    _link(fan, member, BY_STAFF)
    audit.record(
        "fan.bound", actor=actor, subject=f"member:{member.id}", fan_id=fan.id, reason=reason
    )


def _give_again(fan: Fan, phone: str, door: str) -> None:
    """A member who had withdrawn her phone gets it back, unless somebody else has it now."""
    hers = db.get(Member, fan.member_id) if fan.member_id else None
    taken = select(Member.id).filter_by(phone_index=phone_index(phone))
    if hers is None or hers.phone_index is not None or session.scalar(taken) is not None:
        return
    change_phone(hers, phone, source=door)
    consent(hers.id, Purpose.PHONE, is_given=True, door=door)


def _find_or_make_member(phone: str, store_id: int | None) -> Member:
    """Whom the phone leads to; of one who was merged, who she turned out to be."""
    statement = insert(Member).values(_new_member(phone, store_id))
    once = statement.on_conflict_do_nothing(index_elements=["brand_id", "phone_index"])
    is_new = session.scalar(once.returning(Member.id)) is not None
    found = session.scalars(
        select(Member).filter_by(phone_index=phone_index(phone)).with_for_update()
    ).one()
    if is_new:
        keep_tokens(found)
    return session.get_one(Member, (found.brand_id, found.merged_into_id or found.id))


def _new_member(phone: str, store_id: int | None) -> dict[str, Any]:
    at = clock.now()
    return {
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


def _is_somebody_elses(member: Member, fan: Fan) -> bool:
    """Another WeChat user is this member: she has an openid in the same account, where a user
    has but one, or a unionid that differs."""
    others = select(Fan.id).where(Fan.member_id == member.id, Fan.id != fan.id)
    is_another = Fan.account_id == fan.account_id
    if fan.unionid_index is not None:
        others = others.where(Fan.unionid_index.is_distinct_from(fan.unionid_index))
        is_another |= Fan.unionid_index.is_not(None)
    return session.scalar(others.where(is_another).limit(1)) is not None


def _begin_anew(before: Member, phone: str, store_id: int | None) -> Member:
    """The phone goes to who has proved it now; card, points and coupons stay where they are."""
    release_phone(phone, to_member_id=None)
    member = _find_or_make_member(phone, store_id)
    suspect(before.id, member.id, TwinReason.PHONE)
    return member


def _open_card(fan: Fan, member: Member, *, marketing: bool, door: str) -> Joined:
    _link(fan, member, door)
    return _begin_card(fan, member, marketing=marketing, door=door, channel=ConsentChannel.WECHAT)


def _begin_card(
    fan: Fan | None, member: Member, *, marketing: bool, door: str, channel: ConsentChannel
) -> Joined:
    is_new_card = member.card_opened_at is None
    was_imported = member.origin == "import"
    if is_new_card:
        member.card_opened_at = clock.now()
        marks = tombstones.fan_marks(fan) if fan else ()
        tombstones.lift({(Name.PHONE, member.phone_index or ""), *marks})
        _record_consents(member.id, marketing=marketing, door=door, channel=channel)
        events.record(
            "member.joined",
            fan_id=fan.id if fan else None,
            member_id=member.id,
            dedupe_key=f"joined:{member.id}",
            was_imported=was_imported,
        )
    return Joined(member, is_new_card, was_imported)


def _link(fan: Fan, member: Member, door: str) -> None:
    """This WeChat, and every other one with its unionid, is hers."""
    same_person = Fan.id == fan.id
    if fan.unionid_index is not None:
        same_person = or_(same_person, Fan.unionid_index == fan.unionid_index)
    unlinked = update(Fan).where(same_person, Fan.member_id.is_(None))
    linked = session.scalars(unlinked.values(member_id=member.id).returning(Fan.id)).all()
    note_fans(linked, door)
    suspect_by_unionid(fan)


def _record_consents(
    member_id: int, *, marketing: bool, door: str, channel: ConsentChannel
) -> None:
    """The tick for marketing speaks of the channel she came by; others are switched on apart."""
    said = (
        Word(Purpose.MEMBERSHIP, True),
        Word(Purpose.PHONE, True),
        Word(Purpose.MARKETING, marketing, channel),
    )
    consent_to(said, member_id=member_id, door=door)
