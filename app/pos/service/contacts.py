"""What call centres, mail and SMS systems tell about a member."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from app.members.models import Channel, Direction
from app.members.service import contacts
from app.members.service.contacts import Told
from app.pos.service.callers import Machine
from app.pos.service.people import member_of


@dataclass(frozen=True)
class ContactTold:
    """A contact by the member's number; `key` is the other system's own number for it."""

    number: str
    key: str
    channel: Channel
    direction: Direction
    at: datetime
    agent: str | None = None
    duration_seconds: int | None = None
    recording_url: str | None = None
    text: str | None = None


def record_contact(caller: Machine, told: ContactTold) -> contacts.Recorded:
    """Put it on her timeline, as told by this key; the same key twice is one contact.

    Raises NoMember, OtherContact, BadInput naming the fields.
    """
    facts = asdict(told)
    member = member_of(facts.pop("number"))
    source = f"api_key:{caller.key_id}"
    return contacts.record(Told(source=source, member_id=member.id, **facts))
