"""Scripts as a guide's phone shows them: filled for the member at hand, by situation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.brands.models import Brand
from app.core import clock
from app.guides.queries import NoMember
from app.guides.variables import called, known_of
from app.members import queries as members
from app.members import service as people
from app.members.models import Member
from app.orders import queries as orders
from app.points import queries as points
from app.staff.service import Actor
from app.stores import service as stores
from app.stores.models import Store
from app.tasks import filling, script_queries, words
from app.tasks.models import OF_FANS, Situation
from app.tasks.queries import Standing
from app.tasks.script_queries import Told
from app.visits import queries as visits

MOST_ON_A_TASK = 3
OF_MEMBERS = [each for each in Situation if each not in OF_FANS]


@dataclass(frozen=True)
class Sayable:
    """A script, filled for her."""

    told: Told
    text: str


@dataclass(frozen=True)
class Sheet:
    """What may be said to one member, by situation."""

    member_id: int
    shown_name: str
    groups: Sequence[tuple[str, Sequence[Sayable]]]


def for_task(one: Standing, actor: Actor, brand: Brand) -> list[Sayable]:
    """The first few for the task's situation."""
    situation = Situation(one.task.situation)
    found = script_queries.for_member([situation], one.member.id, actor.staff_id)[situation]
    if not found:
        return []
    tier = points.standing(one.member.id).tier_name
    store = stores.get(one.task.store_id).name
    facts = _facts(one.member.id, brand) | one.task.facts
    known = known_of(called(one.member), actor, brand, store, tier, facts)
    return [Sayable(told, filling.fill(told.words, known)) for told in found[:MOST_ON_A_TASK]]


def sheet(member_id: int, store: Store, actor: Actor, brand: Brand) -> Sheet:
    """All that may be said to her. Raises NoMember."""
    member = within_reach(member_id, store, actor)
    tier, facts = points.standing(member.id).tier_name, _facts(member.id, brand)
    known = known_of(called(member), actor, brand, store.name, tier, facts)
    found = script_queries.for_member(OF_MEMBERS, member.id, actor.staff_id)
    groups = [
        (words.SITUATIONS[each], [Sayable(told, filling.fill(told.words, known)) for told in said])
        for each, said in found.items()
        if said
    ]
    return Sheet(member.id, people.shown_name(member), groups)


def within_reach(member_id: int, store: Store, actor: Actor) -> Member:
    """The member, if she belongs to one of the guide's stores or scanned here today.

    Raises NoMember.
    """
    member = members.member(member_id)
    is_own = member is not None and actor.may_see_store(member.main_store_id or 0)
    if member is None or not (is_own or visits.of_member(member_id, store.id, clock.now())):
        raise NoMember()
    return member


def _facts(member_id: int, brand: Brand) -> dict[str, Any]:
    """How long ago she bought last, and the dearest of it."""
    last = orders.last_orders({member_id}).get(member_id)
    if last is None:
        return {}
    today = clock.business_day(clock.now(), brand.zoneinfo)
    named = orders.product_names([last.id]).get(last.id, [])
    days = (today - clock.business_day(last.paid_at, brand.zoneinfo)).days
    return {"days": days, "product": named[0] if named else None}
