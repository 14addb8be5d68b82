"""The sheet of a member at the counter."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core import clock
from app.core.errors import NotFound
from app.guides.chart import Chart, chart
from app.guides.queries.people import MANAGERS, Known, Person, known_of, visitor
from app.guides.reaching import Reach, reach
from app.insights import service as insights
from app.insights.service import Offer
from app.members import queries as members
from app.members import timeline
from app.members.models import MeasureKind, Member
from app.members.queries import CarriedTag
from app.members.service import measures, notes
from app.members.service.measures import Series
from app.members.timeline import Moment
from app.orders import queries as orders
from app.owners import queries as owners
from app.owners.words import because
from app.pushes import queries as pushes
from app.pushes.queries import Meant
from app.staff import queries as staff
from app.staff.service import Actor
from app.stores import queries as stores
from app.stores.models import Store
from app.visits import queries as visits

SHOWN_PURCHASES, SHOWN_MOMENTS, SHOWN_NOTES, SHOWN_CAMPAIGNS = 3, 8, 10, 5


class NoMember(NotFound):
    """One answer for a member elsewhere and for none at all."""

    code, title = "no_member", "没有这位会员，或不在你的范围内"


@dataclass(frozen=True)
class Purchase:
    """A receipt in two lines."""

    paid_at: datetime
    paid_fen: int
    store_name: str
    products: Sequence[str]


@dataclass(frozen=True)
class NoteLine:
    """What a colleague wrote down."""

    text: str
    author: str
    at: datetime


@dataclass(frozen=True)
class Test:
    """A test of the brand's own with her results, and a line of them where there is one."""

    series: Series
    chart: Chart | None
    by: str


@dataclass(frozen=True)
class Sheet:
    """A member at the counter. Another store's member: what her scan here opens, no more."""

    known: Known
    visit: Person | None
    is_own: bool
    reach: Reach | None  # of her own store's member alone
    now: datetime
    owner: str
    order_count: int
    spent_fen: int
    offers: Sequence[Offer]
    purchases: Sequence[Purchase]
    campaigns: Sequence[Meant]
    moments: Sequence[Moment]
    notes: Sequence[NoteLine]
    tags: Sequence[CarriedTag]
    tests: Sequence[Test]
    kinds: Sequence[MeasureKind]


def sheet(member_id: int, store: Store, actor: Actor) -> Sheet:
    """Raises NoMember unless she belongs to one of the guide's stores or scanned here today."""
    now = clock.now()
    seen = visits.of_member(member_id, store.id, now)
    member = members.member(member_id)
    is_own = member is not None and actor.may_see_store(member.main_store_id or 0)
    if member is None or not (is_own or seen):
        raise NoMember()
    known = known_of({member.id}, store.id, now)
    bought = orders.summary(member_id)
    names = staff.names() if is_own else {}
    fan_ids = members.fan_ids_of(member_id) if is_own else []
    return Sheet(
        known=known[member.id],
        visit=visitor(seen[0], known[member.id], actor, now) if seen else None,
        is_own=is_own,
        reach=reach(member, store, now) if is_own else None,
        now=now,
        owner=_owner(member_id, names) if is_own else "",
        order_count=bought.order_count,
        spent_fen=bought.paid_fen,
        offers=insights.offers(member_id, store.id) if is_own else [],
        purchases=_purchases(member_id) if is_own else [],
        campaigns=pushes.of_person(fan_ids, SHOWN_CAMPAIGNS) if is_own else [],
        moments=_moments(fan_ids, member_id) if is_own else [],
        notes=_notes(member_id, actor, names) if is_own else [],
        tests=_tests(member_id, names) if is_own else [],
        kinds=measures.kinds() if is_own else [],
        tags=members.carried_tags(fan_ids, member_id) if is_own else [],
    )


def owned(member_id: int, actor: Actor) -> Member:
    """Her own store's member, on whom a guide may write. Raises NoMember."""
    found = members.member(member_id)
    if found is None or not actor.may_see_store(found.main_store_id or 0):
        raise NoMember()
    return found


def _owner(member_id: int, names: Mapping[int, str]) -> str:
    """Whose customer she is and why, in a sentence; nothing where she is nobody's."""
    row = owners.open_rows([member_id]).get(member_id)
    if row is None:
        return ""
    return f"{names.get(row.staff_id, '')} · {because(row.why, row.rule_version)}"


def _notes(member_id: int, actor: Actor, names: Mapping[int, str]) -> list[NoteLine]:
    is_manager = actor.role in MANAGERS
    return [
        NoteLine(notes.note_text(note), names.get(note.author_id, ""), note.at)
        for note in members.notes_for(member_id, actor.staff_id, is_manager, SHOWN_NOTES)
    ]


def _tests(member_id: int, names: Mapping[int, str]) -> list[Test]:
    found = measures.results_of(member_id)
    return [
        Test(series, chart(series), names.get(series.results[-1].staff_id, "")) for series in found
    ]


def _moments(fan_ids: Collection[int], member_id: int) -> list[Moment]:
    return timeline.of_person(fan_ids, member_id, SHOWN_MOMENTS, timeline.NOT_FOR_GUIDES)


def _purchases(member_id: int) -> list[Purchase]:
    found = orders.recent(member_id, SHOWN_PURCHASES)
    products = orders.product_names([order.id for order in found], with_package=True)
    shops = stores.by_ids({order.store_id for order in found})
    return [
        Purchase(
            order.paid_at, order.paid_fen, shops[order.store_id].name, products.get(order.id, [])
        )
        for order in found
    ]
