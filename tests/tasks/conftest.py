"""Lin, whom Wei looks after at 静安寺店; Chen works there too, Bo elsewhere, 兰 is the manager."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.core import clock, codes, db
from app.core.db import session
from app.members import service as people
from app.members.models import Member
from app.orders.models import Order
from app.owners import service as owners
from app.owners.models import Why
from app.owners.service import Handing
from app.staff.models import Role
from app.staff.service import Actor
from app.tasks import bulk, service
from app.tasks.models import Outcome, RuleKind, Situation, Source, Task, TaskRule
from app.tasks.service import Tap
from tests import factories

_numbers = itertools.count(1)


class Store:
    """静安寺店 at work: each act is a transaction of its own."""

    def __init__(self, house: SimpleNamespace) -> None:
        self.house, self.brand_id = house, house.brand.id
        here = [house.jingan.id]
        self.chen = factories.make_staff(self.brand_id, "chen", name="小陈", store_ids=here)
        lan = Role.STORE_MANAGER
        self.lan = factories.make_staff(self.brand_id, "lan", lan, name="兰", store_ids=here)
        mei = house.mei
        self.mei = Actor(mei.id, self.brand_id, mei.name, mei.role, None, "")
        self.actors: dict[str, Actor] = {}

    def member(self, *, guide_id: int | None = None, marketing: bool = True, name: str = "周女士"):
        """A member of the store, looked after by Wei unless told."""
        number = next(_numbers)
        fan = factories.make_fan(self.brand_id, self.house.brand.service.id, f"o-{codes.code()}")
        phone = f"138{self.brand_id % 1000:03d}{number:05d}"
        member = factories.make_member(self.brand_id, fan.id, phone, marketing=marketing)
        self.change(
            member.id,
            main_store_id=self.house.jingan.id,
            guide_id=self.house.wei.id if guide_id is None else guide_id or None,
            name_encrypted=self.do(people.seal_name, name),
        )
        return member.id

    def change(self, member_id: int, **values) -> None:
        with db.transaction(self.brand_id):
            if "guide_id" in values:
                guide_id, here = values.pop("guide_id"), self.house.jingan.id
                owners.give([Handing(member_id, guide_id, here, Why.TRANSFER)])
            for name, value in values.items():
                setattr(db.get(Member, member_id), name, value)

    def do(self, act, *args, **given):
        with db.transaction(self.brand_id):
            return act(*args, **given)

    def buy(self, member_id: int, at: datetime | None = None, fen: int = 20_000) -> None:
        with db.transaction(self.brand_id):
            session.add(
                Order(
                    source="till", order_no=f"N{next(_numbers)}", member_id=member_id,
                    store_id=self.house.jingan.id, paid_at=at or clock.now(), paid_fen=fen,
                    list_fen=fen, origin="pos",
                )
            )  # fmt: skip

    def give(self, *member_ids: int, cause: str = "test", for_days: int = 1, **wish) -> list[Task]:
        """Tasks for these members, as staff would send them; answers all there are."""
        told = {"source": Source.STAFF, "situation": Situation.NEWS, "facts": {"why": "新品到了"}}
        asked = bulk.Wish(cause=cause, for_days=for_days, **told | wish)
        self.do(bulk.make, asked, list(member_ids))
        return self.tasks(*member_ids)

    def tasks(self, *member_ids: int) -> list[Task]:
        hers = select(Task).where(Task.member_id.in_(member_ids)) if member_ids else select(Task)
        with db.transaction(self.brand_id):
            return list(session.scalars(hers.order_by(Task.id)))

    def task(self, task_id: int) -> Task:
        with db.transaction(self.brand_id):
            return db.get(Task, task_id)

    def actor(self, login: str) -> Actor:
        if login not in self.actors:
            self.actors[login] = factories.actor(factories.sign_in(login))
        return self.actors[login]

    def tap(self, task: Task | int, login: str = "wei", key: str | None = None) -> Tap:
        seen = self.task(task if isinstance(task, int) else task.id).changes
        return Tap(self.actor(login), seen, key or codes.code())

    def note(self, task: Task, outcome: Outcome, login: str = "wei"):
        return self.do(service.note, task.id, outcome, self.tap(task, login))

    def seen_by(self, login: str) -> list[int]:
        """The ids of what stands on a guide's list."""
        from app.tasks import queries

        actor = self.actor(login)
        with db.transaction(self.brand_id):
            found = queries.of_guide(actor, actor.store_ids, clock.now())
            return [one.task.id for one in found]

    def rule(self, kind: RuleKind, days: int = 7, for_days: int = 7, words: str = "") -> None:
        with db.transaction(self.brand_id):
            session.merge(
                TaskRule(
                    brand_id=self.brand_id, kind=kind, is_on=True, days=days, for_days=for_days,
                    words=words, planned_on=None,
                )
            )  # fmt: skip

    def plan(self) -> None:
        """What the worker does in a morning."""
        while self.do(bulk.plan_day, clock.now()):
            continue


@pytest.fixture
def store(house) -> Store:
    return Store(house)


@pytest.fixture
def noon() -> datetime:
    """A quarter past twelve today: hours before and after are of the same day."""
    day, _ = clock.day_bounds(clock.business_day(clock.now()))
    at = day + timedelta(hours=12, minutes=15)
    clock.move(at - clock.now())
    return at


def later(**span: int) -> None:
    """The clock moves on."""
    clock.move(clock._moved + timedelta(**span))
