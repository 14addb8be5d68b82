"""Who stands there: what a guide sees of her, in a fixed number of queries for all at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.benefits import service as benefits
from app.benefits.service import Benefits, Gift
from app.brands import service as brands
from app.brands.models import Brand
from app.core import db
from app.guides import words
from app.guides.variables import facts_of
from app.guides.variables import known_of as known_for
from app.guides.words import Telling
from app.insights import habits
from app.insights.habits import Rhythm
from app.members import queries as members
from app.members import service as people
from app.members.models import Member
from app.orders import queries as orders
from app.orders.models import Order
from app.points import queries as points
from app.points.queries import Standing
from app.staff.models import Role
from app.staff.service import Actor
from app.stores.models import Store
from app.tasks import filling, script_queries
from app.tasks.models import Situation
from app.tasks.script_queries import Opening, Openings
from app.visits import queries as visits
from app.visits.models import Visit, VisitKind, VisitState
from app.visits.queries import Seen

WAITING, SERVING, DONE = "waiting", "serving", "done"
JOINED = "joined"
MANAGERS = (Role.STORE_MANAGER, Role.REGION_MANAGER)
ARRIVED = {VisitKind.FOLLOWED: Situation.NEW, VisitKind.FRIEND: Situation.FRIEND}


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
    taste: Sequence[str]
    rhythm: Rhythm | None
    is_asleep: bool

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
    situation: Situation
    line: str
    opening: Opening | None  # the brand's script that the line is made of; None: it is ours

    @property
    def shown_name(self) -> str:
        """Her name as guides say it."""
        return self.known.shown_name if self.known else visits.NO_NAME[self.visit.kind]

    @property
    def status(self) -> str:
        """followed, joined, member, friend or fan."""
        if self.visit.joined_at is not None:
            return JOINED
        return VisitKind.MEMBER if self.known else self.visit.kind


@dataclass(frozen=True)
class Saying:
    """What a line is made of, the same for everybody on the board."""

    actor: Actor
    brand: Brand
    store: Store
    now: datetime
    gifts: Sequence[Gift]
    openings: Openings

    def line(
        self, situation: Situation, fan_id: int, known: Known | None
    ) -> tuple[str, Opening | None]:
        """The brand's own words where it has some for the situation, else ours."""
        person = str(known.member.id) if known else f"fan{fan_id}"
        opening = self.openings.first(situation, person)
        if opening is None:
            return words.line(situation, _telling(known, self.gifts)), None
        return filling.fill(opening.words, self._known(known)), opening

    def _known(self, known: Known | None) -> Mapping[str, str | None]:
        if known is None:
            return known_for(None, self.actor, self.brand, self.store.name, None, {})
        zone = self.brand.zoneinfo
        facts = facts_of(known.held, known.last_order, known.last_product, self.now, zone)
        tier = known.standing.tier_name
        return known_for(known.called, self.actor, self.brand, self.store.name, tier, facts)


def people_of(
    seen: Sequence[Seen], known: Mapping[int, Known], actor: Actor, store: Store, now: datetime
) -> list[Person]:
    """These visits as the board shows them."""
    brand = brands.get(db.current_brand_id())
    gifts, openings = benefits.joining_gifts(brand), script_queries.openings(actor.staff_id)
    saying = Saying(actor, brand, store, now, gifts, openings)
    return [_person(row, known.get(row.member_id or 0), actor, now, saying) for row in seen]


def visitor(seen: Seen, known: Known, actor: Actor, now: datetime) -> Person:
    """A member's visit as her sheet needs it: without a line, which the board alone says."""
    return _person(seen, known, actor, now, None)


def _person(
    seen: Seen, known: Known | None, actor: Actor, now: datetime, saying: Saying | None
) -> Person:
    place, situation = _place(seen.visit, now), _situation(seen.visit, known)
    said = saying.line(situation, seen.visit.fan_id, known) if saying else ("", None)
    line, opening = said
    return Person(
        visit=seen.visit,
        known=known,
        place=place,
        is_mine=place == SERVING and seen.visit.claimed_by_id == actor.staff_id,
        claimed_by=seen.claimed_by,
        code_place=seen.code_place,
        situation=situation,
        line=line,
        opening=opening,
    )


def _place(visit: Visit, now: datetime) -> str:
    """A claim that has run out puts her back among those who wait."""
    if visit.state == VisitState.DONE:
        return DONE
    is_held = visit.claimed_until is not None and visit.claimed_until > now
    return SERVING if visit.state == VisitState.CLAIMED and is_held else WAITING


def _situation(visit: Visit, known: Known | None) -> Situation:
    if known is None:
        return ARRIVED.get(visit.kind, Situation.RETURNING)
    if visit.joined_at is not None:
        return Situation.JOINED
    return Situation.ASLEEP if known.is_asleep else Situation.MEMBER


def _telling(known: Known | None, gifts: Sequence[Gift]) -> Telling:
    if known is None:
        return Telling(gifts=gifts)
    return Telling(known.called, known.held, known.last_product)


def known_of(member_ids: Collection[int], store_id: int, now: datetime) -> dict[int, Known]:
    """All that is shown of these members, fetched feature by feature for all of them at once."""
    standings = points.standings(member_ids)
    held = benefits.for_members(member_ids, store_id, now)
    last = orders.last_orders(member_ids)
    products = orders.product_names([order.id for order in last.values()])
    midnight, _ = visits.day_around(now)
    rhythms = habits.rhythms(member_ids, _zone().key, midnight)
    tastes, today = habits.tastes(member_ids), visits.business_day(now)
    return {
        member.id: Known(
            member=member,
            taste=tastes.get(member.id, ()),
            rhythm=(rhythm := rhythms.get(member.id)),
            is_asleep=rhythm is not None and rhythm.is_asleep(today),
            shown_name=people.shown_name(member),
            phone_masked=people.masked_phone(member),
            standing=standings[member.id],
            held=held[member.id],
            last_order=last.get(member.id),
            last_product=_dearest(last.get(member.id), products),
        )
        for member in members.by_ids(member_ids).values()
    }


def _zone() -> ZoneInfo:
    return brands.get(db.current_brand_id()).zoneinfo


def _dearest(order: Order | None, products: dict[int, list[str]]) -> str | None:
    names = products.get(order.id, []) if order else []
    return names[0] if names else None
