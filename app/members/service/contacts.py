"""Contacts that call centres, mail and SMS systems had with a member."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.brands import service as brands
from app.core import clock, db
from app.core.crypto import keyring
from app.core.db import session
from app.core.errors import BadInput, Conflict, NotFound
from app.members.models import Channel, Contact, Direction, Member

TEXT_CONTEXT = "contacts.text"
RECORDING_HOSTS = "recording_hosts"  # in the brand's settings: where recordings may lie
LONGEST_TEXT, LONGEST_URL, LONGEST_SECONDS = 2000, 500, 86_400
CLOCK_SKEW = timedelta(minutes=5)


class NoMember(NotFound):
    code, title = "no_member", "没有这位会员，或不在你的范围内"


class OtherContact(Conflict):
    code, title = "other_contact", "这个编号已经记过另一次沟通，换一个编号再记"


@dataclass(frozen=True)
class Told:
    """A contact as another system tells it. `key` is that system's own number for it."""

    source: str
    key: str
    member_id: int
    channel: Channel
    direction: Direction
    at: datetime
    agent: str | None = None
    duration_seconds: int | None = None
    recording_url: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Recorded:
    """`is_new` is False when the same contact was told before."""

    contact_id: int
    is_new: bool


def record(told: Told) -> Recorded:
    """Put a contact on the member's timeline; the same source and key twice is one contact.

    Raises NoMember, BadInput naming the fields, OtherContact when the key was used for
    something else. A recording must lie on a host of the brand's setting `recording_hosts`.
    """
    if db.get(Member, told.member_id) is None:
        raise NoMember()
    _refuse_wrong(told)
    statement = insert(Contact).values(_row(told)).on_conflict_do_nothing()
    new_id = session.scalar(statement.returning(Contact.id))
    if new_id is not None:
        return Recorded(new_id, is_new=True)
    known = session.scalars(select(Contact).filter_by(source=told.source, key=told.key)).one()
    if not _is_same(known, told):
        raise OtherContact()
    return Recorded(known.id, is_new=False)


def contact_text(contact: Contact) -> str | None:
    """What was said, for whoever may see the member."""
    return open_contact(contact.text_encrypted)


def open_contact(sealed: str | None) -> str | None:
    """The same of a row's sealed column alone."""
    if sealed is None:
        return None
    return keyring().open(sealed, context=f"{db.current_brand_id()}.{TEXT_CONTEXT}")


def _row(told: Told) -> dict[str, object]:
    context = f"{db.current_brand_id()}.{TEXT_CONTEXT}"
    facts = {name: value for name, value in vars(told).items() if name != "text"}
    return facts | {
        "brand_id": db.current_brand_id(),
        "text_encrypted": keyring().seal(told.text, context=context) if told.text else None,
        "recorded_at": clock.now(),
    }


def _is_same(known: Contact, told: Told) -> bool:
    facts = {name: value for name, value in vars(told).items() if name != "text"}
    is_alike = all(getattr(known, name) == value for name, value in facts.items())
    return is_alike and (contact_text(known) or None) == (told.text or None)


def _refuse_wrong(told: Told) -> None:
    wrong = {
        "at": told.at > clock.now() + CLOCK_SKEW and "时间在将来",
        "duration_seconds": not 0 <= (told.duration_seconds or 0) <= LONGEST_SECONDS
        and f"0 到 {LONGEST_SECONDS} 秒",
        "text": len(told.text or "") > LONGEST_TEXT and f"最多 {LONGEST_TEXT} 个字",
        "recording_url": told.recording_url is not None
        and not _is_allowed(told.recording_url)
        and "录音要在品牌设置 recording_hosts 列出的主机上，用 https，不带账号",
    }
    fields = {name: [why] for name, why in wrong.items() if why}
    if fields:
        raise BadInput(fields=fields)


def _is_allowed(url: str) -> bool:
    """An https address on a listed host, without a login or another port."""
    allowed = brands.get(db.current_brand_id()).settings.get(RECORDING_HOSTS, [])
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    is_plain = parts.scheme == "https" and parts.username is None and port in (None, 443)
    has_no_gaps = url.isascii() and url.isprintable() and "\\" not in url and " " not in url
    return is_plain and has_no_gaps and parts.hostname in allowed and len(url) <= LONGEST_URL
