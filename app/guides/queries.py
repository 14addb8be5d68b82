"""The board and the member's sheet, each in a fixed number of queries however long it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.benefits import service as benefits
from app.benefits.service import Benefits, Gift
from app.brands import service as brands
from app.core import clock, db
from app.core.errors import NotFound
from app.guides import words
from app.insights import service as insights
from app.insights.service import Offer
from app.members import queries as members
from app.members import service as people
from app.members import timeline
from app.members.models import Member
from app.members.timeline import Moment
from app.orders import queries as orders
from app.orders.models import Order
from app.points import queries as points
from app.points.queries import Standing
from app.staff.service import Actor
from app.stores import queries as stores
from app.stores.models import Store
from app.visits import queries as visits
from app.visits.models import Visit, VisitKind, VisitState
from app.visits.queries import Counts, Seen

WAITING, SERVING, DONE = "waiting", "serving", "done"
JOINED = "joined"
SHOWN_PURCHASES, SHOWN_MOMENTS = 3, 8


class NoMember(NotFound):
    """One answer for a member elsewhere and for none at all."""

    code, title = "no_member", "没有这位会员，或不在你的范围内"


@dataclass(frozen=True)
class Known:
    """What a guide sees of a member: the same on the board and on the sheet."""

    member: Member
    shown_name: str
    phone_masked: str
    standing: Standing
    held: Benefits
    last_order: Order | None
    last_product: str | None

    @property
    def called(self) -> str | None:
        """How to speak to her; None while only her member number is known."""
        return self.shown_name if self.member.name_encrypted else None


@dataclass(frozen=True)
class Person:
    """One visit as the board shows it; `known` is None for somebody who is no member."""

    visit: Visit
    known: Known | None
    place: str
    is_mine: bool
    claimed_by: str | None
    code_place: str
    line: str

    @property
    def shown_name(self) -> str:
        """Her name as guides say it."""
        return self.known.shown_name if self.known else visits.NO_NAME[self.visit.kind]

    @property
    def status(self) -> str:
        """followed, joined, member or fan."""
        if self.visit.joined_at is not None:
            return JOINED
        return VisitKind.MEMBER if self.known else self.visit.kind


@dataclass(frozen=True)
class Board:
    """A store's day up to `seq`; with `after`, the people who changed since."""

    store: Store
    seq: int
    now: datetime
    counts: Counts
    people: Sequence[Person]

    def at(self, place: str) -> list[Person]:
        """The people in one of the three places, newest first."""
        return [person for person in self.people if person.place == place]


@dataclass(frozen=True)
class Purchase:
    """A receipt in two lines."""

    paid_at: datetime
    paid_fen: int
    store_name: str
    products: Sequence[str]


@dataclass(frozen=True)
class Sheet:
    """A member at the counter. Another store's member: what her scan here opens, no more."""

    known: Known
    visit: Person | None
    is_own: bool
    now: datetime
    order_count: int
    spent_fen: int
    offers: Sequence[Offer]
    purchases: Sequence[Purchase]
    moments: Sequence[Moment]


def board(store: Store, actor: Actor, *, after: int = 0) -> Board:
    """The store's day. `seq` is read first: what comes later is sent again, never skipped."""
    now, seq = clock.now(), store.board_seq
    seen = visits.of_day(store.id, now, after=after)
    known = _known({row.member_id for row in seen if row.member_id}, store.id, now)
    people_now = _people(seen, known, actor, now)
    return Board(store, seq, now, visits.counts(store.id, now), people_now)


def sheet(member_id: int, store: Store, actor: Actor) -> Sheet:
    """Raises NoMember unless she belongs to one of the guide's stores or scanned here today."""
    now = clock.now()
    seen = visits.of_member(member_id, store.id, now)
    member = members.member(member_id)
    is_own = member is not None and actor.may_see_store(member.main_store_id or 0)
    if member is None or not (is_own or seen):
        raise NoMember()
    known = _known({member.id}, store.id, now)
    shown = _people(seen, known, actor, now)
    bought = orders.summary(member_id)
    return Sheet(
        known=known[member.id],
        visit=shown[0] if shown else None,
        is_own=is_own,
        now=now,
        order_count=bought.order_count,
        spent_fen=bought.paid_fen,
        offers=insights.offers(member_id, store.id) if is_own else [],
        purchases=_purchases(member_id) if is_own else [],
        moments=_moments(member_id) if is_own else [],
    )


def _moments(member_id: int) -> list[Moment]:
    fan_ids = [fan.id for fan in members.fans_of(member_id)]
    return timeline.of_person(fan_ids, member_id, SHOWN_MOMENTS, timeline.NOT_FOR_GUIDES)


def _people(
    seen: Sequence[Seen], known: Mapping[int, Known], actor: Actor, now: datetime
) -> list[Person]:
    gifts = benefits.joining_gifts(brands.get(db.current_brand_id()))
    return [_person(row, known.get(row.member_id or 0), gifts, actor, now) for row in seen]


def _person(
    seen: Seen, known: Known | None, gifts: Sequence[Gift], actor: Actor, now: datetime
) -> Person:
    place = _place(seen.visit, now)
    return Person(
        visit=seen.visit,
        known=known,
        place=place,
        is_mine=place == SERVING and seen.visit.claimed_by_id == actor.staff_id,
        claimed_by=seen.claimed_by,
        code_place=seen.code_place,
        line=_line(seen.visit, known, gifts),
    )


def _place(visit: Visit, now: datetime) -> str:
    """A claim that has run out puts her back among those who wait."""
    if visit.state == VisitState.DONE:
        return DONE
    is_held = visit.claimed_until is not None and visit.claimed_until > now
    return SERVING if visit.state == VisitState.CLAIMED and is_held else WAITING


def _line(visit: Visit, known: Known | None, gifts: Sequence[Gift]) -> str:
    if known is None:
        return words.line_for_new(gifts, has_just_followed=visit.kind == VisitKind.FOLLOWED)
    return words.line_for_member(
        known.called,
        known.held,
        has_just_joined=visit.joined_at is not None,
        last_product=known.last_product,
    )


def _known(member_ids: Collection[int], store_id: int, now: datetime) -> dict[int, Known]:
    """All that is shown of these members, fetched feature by feature for all of them at once."""
    standings = points.standings(member_ids)
    held = benefits.for_members(member_ids, store_id, now)
    last = orders.last_orders(member_ids)
    products = orders.product_names([order.id for order in last.values()])
    return {
        member.id: Known(
            member=member,
            shown_name=people.shown_name(member),
            phone_masked=people.masked_phone(member),
            standing=standings[member.id],
            held=held[member.id],
            last_order=last.get(member.id),
            last_product=_dearest(last.get(member.id), products),
        )
        for member in members.by_ids(member_ids).values()
    }


def _dearest(order: Order | None, products: dict[int, list[str]]) -> str | None:
    names = products.get(order.id, []) if order else []
    return names[0] if names else None


def _purchases(member_id: int) -> list[Purchase]:
    found = orders.recent(member_id, SHOWN_PURCHASES)
    products = orders.product_names([order.id for order in found])
    shops = stores.by_ids({order.store_id for order in found})
    return [
        Purchase(
            order.paid_at, order.paid_fen, shops[order.store_id].name, products.get(order.id, [])
        )
        for order in found
    ]
