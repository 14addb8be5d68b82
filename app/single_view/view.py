"""The single view: one call, a fixed number of queries, everything that is known of a member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.benefits import service as benefits
from app.benefits.service import Benefits
from app.brands import service as brands
from app.core import clock, db
from app.core.db import session
from app.members import queries as members
from app.members import service as people
from app.members.models import Fan, Member
from app.members.service import fields
from app.members.service.fields import Held
from app.orders import queries as orders
from app.orders.models import Order
from app.orders.queries import Rhythm, Summary
from app.points import queries as points
from app.points.queries import Standing
from app.pushes.models import MONTHLY_CAP, MassCount
from app.single_view import panels, timeline
from app.single_view.panels import CarriedTag, ConsentLine, IdentityLine
from app.single_view.scope import StoreIds, seen
from app.single_view.timeline import Page, Whose
from app.single_view.timeline.shop import is_in_store
from app.staff.models import Staff
from app.stores.models import Store
from app.visits.models import Visit


@dataclass(frozen=True)
class Reader:
    """Who looks: it decides whom she may see and which notes she may read."""

    staff_id: int
    store_ids: StoreIds
    is_manager: bool = True


MACHINE = Reader(staff_id=0, store_ids=None, is_manager=False)


@dataclass(frozen=True)
class Facts:
    """What she bought, how often, what is left of this month's messages."""

    bought: Summary
    last_store: str | None
    rhythm: Rhythm
    month: int
    mass_used: int
    mass_cap: int = MONTHLY_CAP


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
    fans = members.fans_of(member.id)
    visit, in_store = _last_visit(fans)
    store_name, guide_name = _store_and_guide(member)
    store_id = visit.store_id if visit and in_store else member.main_store_id
    return SingleView(
        member=member,
        shown_name=people.masked_name(member),
        phone_masked=people.masked_phone(member),
        store_name=store_name,
        guide_name=guide_name,
        in_store=in_store,
        last_seen_at=visit.scanned_at if visit else None,
        facts=_facts(member, fans),
        standing=points.standing(member.id),
        held=benefits.benefits(member.id, store_id, clock.now()),
        identities=panels.identities(member),
        consents=panels.consents(member.id),
        tags=panels.tags(member.id, [fan.id for fan in fans]),
        fields=fields.held_by(member.id),
        page=timeline.read(whose(member, fans, reader), kind=kind, before=before),
    )


def timeline_page(member_id: int, reader: Reader, *, kind: str = "", before: str = "") -> Page:
    """Only the timeline, for the filter and for `更早`. Raises as `single_view`."""
    member = seen(member_id, reader.store_ids)
    hers = whose(member, members.fans_of(member.id), reader)
    return timeline.read(hers, kind=kind, before=before)


def whose(member: Member, fans: Sequence[Fan], reader: Reader) -> Whose:
    """Her timeline as this reader may read it."""
    return Whose(member.id, [fan.id for fan in fans], reader.staff_id, reader.is_manager)


def _last_visit(fans: Sequence[Fan]) -> tuple[Visit | None, str | None]:
    """Her newest visit, and the store's name while she may still be in it."""
    hers = Visit.fan_id.in_([fan.id for fan in fans])
    same = (Store.brand_id == Visit.brand_id) & (Store.id == Visit.store_id)
    newest = select(Visit, Store.name).join(Store, same).where(hers)
    row = session.execute(newest.order_by(Visit.scanned_at.desc()).limit(1)).first()
    if row is None:
        return None, None
    return row[0], row[1] if is_in_store(row[0]) else None


def _store_and_guide(member: Member) -> tuple[str | None, str | None]:
    store = db.get(Store, member.main_store_id) if member.main_store_id else None
    guide = db.get(Staff, member.guide_id) if member.guide_id else None
    return store.name if store else None, guide.name if guide else None


def _facts(member: Member, fans: Sequence[Fan]) -> Facts:
    zone = brands.get(db.current_brand_id()).zoneinfo
    today = clock.business_day(clock.now(), zone)
    used = select(func.max(MassCount.count)).where(
        MassCount.fan_id.in_([fan.id for fan in fans]), MassCount.month == f"{today:%Y-%m}"
    )
    same = (Store.brand_id == Order.brand_id) & (Store.id == Order.store_id)
    last = select(Store.name).join(Order, same).where(Order.member_id == member.id)
    return Facts(
        bought=orders.summary(member.id),
        last_store=session.scalar(last.order_by(Order.paid_at.desc()).limit(1)),
        rhythm=orders.rhythm(member.id, zone.key),
        month=today.month,
        mass_used=session.scalar(used) or 0,
    )
