"""What she may do by herself on the card: see and switch consents, correct what is kept, take a
copy, leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.brands import service as brands
from app.card.service import shown
from app.card.service.profile import NotAMember
from app.card.service.sessions import Visitor, fan_of
from app.core import audit, clock, db, events
from app.core.db import session
from app.core.errors import BadInput, Conflict
from app.journeys.privacy import copying
from app.journeys.privacy.erasing import person_of
from app.members import queries
from app.members import service as members
from app.members.models import ConsentChannel, Erasure, Member, Purpose
from app.members.service import ages, erasures, promises
from app.members.service.consents import CHANNELS

DOOR = "card"
LONGEST_NAME = 32
EARLIEST_BIRTHDAY = date(1900, 1, 1)
TITLES = {
    (Purpose.MARKETING, ConsentChannel.WECHAT): "微信消息",
    (Purpose.MARKETING, ConsentChannel.SUBSCRIBE): "订阅消息",
    (Purpose.MARKETING, ConsentChannel.SMS): "短信",
    (Purpose.MARKETING, ConsentChannel.MAIL): "邮件",
    (Purpose.MARKETING, ConsentChannel.CALL): "电话",
    (Purpose.PROFILING, ConsentChannel.ALL): "按购买记录推荐",
}


class NotSwitchable(Conflict):
    code, title = "not_switchable", "这一项不能在这里开关；注销会员或在微信里撤回"


class TooYoung(Conflict):
    code, title = "too_young", "未满 14 周岁，不发营销消息"


@dataclass(frozen=True)
class Switch:
    """One purpose by one channel: what holds, since when, under which text."""

    purpose: Purpose
    channel: ConsentChannel
    title: str
    is_given: bool
    version: str
    since: datetime | None


def privacy_page(visitor: Visitor) -> dict[str, object]:
    """Everything the page 偏好与授权 shows. Raises NotAMember."""
    member, brand = _member(visitor), brands.get(visitor.brand_id)
    waiting = erasures.open_erasure(member.id)
    return {
        "brand": shown.dressed(brand),
        "phone": members.masked_phone(member),
        "name": members.open_name(member) or "",
        "born_on": member.born_on,
        "switches": [_switch(member, *place) for place in TITLES],
        "texts": {str(each): members.current_text(each).text for each in CHANNELS},
        "cooling_off_days": promises.of_brand(brand).cooling_off_days,
        "erasure": _waiting(waiting),
    }


def _switch(member: Member, purpose: Purpose, channel: ConsentChannel) -> Switch:
    word = queries.last_word(member.id, purpose, channel)
    return Switch(
        purpose,
        channel,
        TITLES[purpose, channel],
        word is not None and word.is_given,
        word.text_version if word is not None else members.current_text(purpose).version,
        word.at if word is not None else None,
    )


def _waiting(erasure: Erasure | None) -> dict[str, object] | None:
    if erasure is None:
        return None
    return {"receipt": erasure.receipt, "due_at": erasure.due_at}


def switch(
    visitor: Visitor, *, purpose: Purpose, channel: ConsentChannel, is_given: bool
) -> dict[str, object]:
    """No is as near as yes and holds at once, also for what is queued.

    Raises NotAMember, NotSwitchable, and TooYoung for a child who would be marketed to.
    """
    member = _member(visitor)
    if channel not in CHANNELS.get(purpose, ()):
        raise NotSwitchable()
    if is_given and purpose == Purpose.MARKETING and ages.is_child(member):
        raise TooYoung()
    if queries.has_consent(member.id, purpose, channel) is not is_given:
        members.consent(member.id, purpose, is_given=is_given, door=DOOR, channel=channel)
    return privacy_page(visitor)


def correct(visitor: Visitor, *, name: str | None, born_on: date | None) -> dict[str, object]:
    """She says what her name or birthday really is; None leaves it. Raises NotAMember, BadInput."""
    correct_member(_member(visitor), name=name, born_on=born_on, by=f"fan:{visitor.fan_id}")
    return privacy_page(visitor)


def correct_member(member: Member, *, name: str | None, born_on: date | None, by: str) -> None:
    """The same by whoever may; the audit says which fields, never what they hold."""
    today = clock.business_day(clock.now())
    if born_on is not None and not EARLIEST_BIRTHDAY <= born_on <= today:
        raise BadInput(fields={"born_on": ["生日在 1900 年以后、今天以前"]})
    session.refresh(member, with_for_update=True)  # name and birthday may come by two doors at once
    was_complete, changed = _is_complete(member), []
    if name is not None and name.strip():
        member.name_encrypted = members.seal_name(name.strip()[:LONGEST_NAME])
        members.keep_tokens(member)
        changed.append("name")
    if born_on is not None:
        member.born_on = born_on
        changed.append("born_on")
    audit.record("member.corrected", actor=by, subject=f"member:{member.id}", fields=changed)
    if _is_complete(member) and not was_complete:
        once = f"profile:{member.id}"
        events.record("member.profile_completed", member_id=member.id, dedupe_key=once)


def _is_complete(member: Member) -> bool:
    """Whether the card has nothing left to ask her."""
    return member.name_encrypted is not None and member.born_on is not None


def read_day(typed: str) -> date | None:
    """A day as a form writes it; nothing typed is None. Raises BadInput."""
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise BadInput(fields={"born_on": ["日期写成 1990-02-28 这样"]}) from None


def copy(visitor: Visitor) -> copying.Copy:
    """Everything that is kept about her. Raises NotAMember."""
    return copy_of_member(visitor.brand_id, _member(visitor).id, by=f"fan:{visitor.fan_id}")


def copy_of_member(
    brand_id: int, member_id: int, *, by: str, reason: str = "her own"
) -> copying.Copy:
    """The same by whoever may; audited with the reason and the number of rows that went out."""
    made = copying.copy_of(person_of(member_id, None), brands.get(brand_id))
    subject = f"member:{member_id}"
    facts = {"rows": made.row_count, "reason": reason}
    audit.record("member.exported", actor=by, subject=subject, **facts)
    return made


def leave(visitor: Visitor) -> dict[str, object]:
    """She wants to be forgotten, after the brand's cooling-off days. Raises NotAMember."""
    member = _member(visitor)
    days = promises.of_brand(brands.get(visitor.brand_id)).cooling_off_days
    erasures.ask_erasure(
        member_id=member.id,
        fan_id=None,
        door=DOOR,
        by=f"fan:{visitor.fan_id}",
        due_at=clock.now() + timedelta(days=days),
    )
    return privacy_page(visitor)


def stay(visitor: Visitor) -> dict[str, object]:
    """She changed her mind in time. Raises NotAMember, ErasureNotOpen."""
    waiting = erasures.open_erasure(_member(visitor).id)
    if waiting is None:
        raise erasures.ErasureNotOpen()
    erasures.take_back_erasure(waiting.id, by=f"fan:{visitor.fan_id}")
    return privacy_page(visitor)


def member_id_of(visitor: Visitor) -> int:
    """Whose card this is. Raises NotAMember."""
    return _member(visitor).id


def _member(visitor: Visitor) -> Member:
    member_id = fan_of(visitor).member_id
    member = db.get(Member, member_id) if member_id else None
    if member is None:
        raise NotAMember()
    return member
