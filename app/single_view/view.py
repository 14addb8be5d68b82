"""The single view: one call, a fixed number of queries, everything that is known of a member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.benefits import service as benefits
from app.benefits.service import Benefits
from app.core import clock
from app.members import queries as members
from app.members import service as people
from app.members.models import Member
from app.members.service import fields
from app.members.service.fields import Held
from app.points import queries as points
from app.points.queries import Standing
from app.single_view import facts, panels, timeline
from app.single_view.facts import Facts
from app.single_view.panels import CarriedTag, ConsentLine, IdentityLine
from app.single_view.scope import StoreIds, seen
from app.single_view.timeline import Page, Whose


@dataclass(frozen=True)
class Reader:
    """Who looks: it decides whom she may see and which notes she may read."""

    staff_id: int
    store_ids: StoreIds
    is_manager: bool = True


MACHINE = Reader(staff_id=0, store_ids=None, is_manager=False)


@dataclass(frozen=True)
class SingleView:
    """Everything of one member, masked. `in_store` names the store she is in now."""

    member: Member
    shown_name: str
    phone_masked: str
    store_name: str | None
    guide_name: str | None
    in_store: str | None
    last_seen_at: datetime | None
    facts: Facts
    standing: Standing
    held: Benefits
    identities: Sequence[IdentityLine]
    consents: Sequence[ConsentLine]
    tags: Sequence[CarriedTag]
    fields: Sequence[Held]
    page: Page


def single_view(member_id: int, reader: Reader, *, kind: str = "", before: str = "") -> SingleView:
    """Raises NoMember for who is out of the reader's scope as for who is not there, and BadInput
    for a filter or a place in the timeline that does not exist."""
    member = seen(member_id, reader.store_ids)
    known = facts.around(member.id)
    store_id = known.in_store_id or member.main_store_id
    return SingleView(
        member=member,
        shown_name=people.masked_name(member),
        phone_masked=people.masked_phone(member),
        store_name=known.store_name,
        guide_name=known.guide_name,
        in_store=known.in_store,
        last_seen_at=known.last_seen_at,
        facts=known.facts,
        standing=points.standing(member.id),
        held=benefits.open_benefits(member.id, store_id, clock.now()),
        identities=panels.identities(member),
        consents=panels.consents(member.id),
        tags=panels.tags(member.id, known.fan_ids),
        fields=fields.held_by(member.id),
        page=timeline.read(whose(member, known.fan_ids, reader), kind=kind, before=before),
    )


def timeline_page(member_id: int, reader: Reader, *, kind: str = "", before: str = "") -> Page:
    """Only the timeline, for the filter and for `更早`. Raises as `single_view`."""
    member = seen(member_id, reader.store_ids)
    hers = whose(member, members.fan_ids_of(member.id), reader)
    return timeline.read(hers, kind=kind, before=before)


def whose(member: Member, fan_ids: Sequence[int], reader: Reader) -> Whose:
    """Her timeline as this reader may read it."""
    return Whose(member.id, fan_ids, reader.staff_id, reader.is_manager, reader.store_ids)
