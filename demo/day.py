"""One store's day: people scan, follow, join; guides look after them; the push goes out."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.members import service as members
from app.pushes import service as pushes
from app.pushes.models import PushRun, RunState
from app.staff import service as staff
from app.staff.models import Role, Staff
from demo.box import Box, Person
from demo.brand import Counter, DemoBrand
from demo.card_phone import CardPhone
from demo.guide_phone import GuidePhone

PEOPLE, KNOWN_TO_THE_TILL = 140, 60
SECONDS = 24.0  # the day's scans are spread over this long, on a machine that keeps up
AT_THE_DOOR = 12  # more do not come in while so many wait to be seen on a guide's phone
DOOR_PATIENCE, HELD_SECONDS = 10.0, 0.02
LAST_ORDERS = 8.0  # seconds that guides get at the end of the day for those who wait
JOINING, ALLOWING, MARKETING, LEAVING = 0.75, 0.93, 0.85, 0.03
SECOND_STORES = 90  # of the people scan in another store as well
PUSH_AFTER = timedelta(seconds=28)
PUSH_PATIENCE = 60
HOLDOUT_BASIS_POINTS = 500
MESSAGE = "会员日到了：今天到店，满 99 减 20，新人礼还没领的也可以来领。"


@dataclass
class Day:
    """What happened, for the figures."""

    since_ms: int
    push_id: int = 0
    accepted_ms: dict[tuple[str, int], int] = field(default_factory=dict)  # (openid, store) → ms
    refused_phone: int = 0
    held: int = 0  # people let in late because the machine was behind


class Story:
    """Plays the day with real HTTP on every side."""

    def __init__(
        self, brand: DemoBrand, box: Box, web: str, phones: list[GuidePhone], rng: random.Random
    ) -> None:
        self.brand, self.box, self.web, self.phones, self.rng = brand, box, web, phones, rng
        self.day = Day(since_ms=box.now_ms())
        self.door = threading.Lock()

    def play(self, known_phones: list[str], say: Callable[[str], None]) -> Day:
        """From the first scan to the receipt of the push."""
        self.day.push_id = self._plan_push()
        people = self._invite(known_phones)
        say(f"{len(people)} 人要来，其中 {len(known_phones)} 人收银台早就认识")
        self._let_them_come(people)
        self._some_leave(people)
        if self.day.held:
            say(f"这台机器跟不上：{self.day.held} 次等前面的人上了导购手机才放下一位进来")
        say("门店这一天走完了，等群发到点")
        self._await_push()
        return self.day

    def _invite(self, known_phones: list[str]) -> list[Person]:
        run = self.day.since_ms
        wanted = [{"key": f"day-{run}-{number}"} for number in range(PEOPLE)]
        for row, phone in zip(wanted, known_phones, strict=False):
            row["phone"] = phone
        people = self.box.people(wanted)
        self.rng.shuffle(people)
        return people

    def _let_them_come(self, people: list[Person]) -> None:
        start = time.monotonic()
        with ThreadPoolExecutor(12) as pool:
            acts: list[Future[None]] = []
            for number, person in enumerate(people):
                at = start + SECONDS * number / len(people)
                acts.append(pool.submit(self._visit, person, number, at))
            for act in acts:
                act.result()

    def _some_leave(self, people: list[Person]) -> None:
        """In the evening, when they have had their welcome; the push must skip them."""
        evening = time.monotonic() + LAST_ORDERS
        while time.monotonic() < evening and not all(phone.is_done() for phone in self.phones):
            time.sleep(0.2)
        time.sleep(2)
        for person in people:
            if self.rng.random() < LEAVING:
                self.box.unfollow(person, self.brand.service_appid)

    def _visit(self, person: Person, number: int, at: float) -> None:
        rng = random.Random(f"{self.rng.random()}-{number}")  # noqa: S311 - a story, not a secret
        time.sleep(max(0.0, at - time.monotonic()))
        first = rng.randrange(len(self.brand.counters))
        self._scan(person, self.brand.counters[first])
        if rng.random() < JOINING:
            self._join(person, rng)
        if number < SECOND_STORES:
            self._scan(person, self.brand.counters[first - 1])

    def _scan(self, person: Person, counter: Counter) -> None:
        appid = self.brand.service_appid
        with self.door:  # one by one, so that the count of those who wait is true
            self._wait_at_the_door()
            accepted = self.box.scan(person, appid, counter.scene)
            self.day.accepted_ms[person.openids[appid], counter.store_id] = accepted

    def _wait_at_the_door(self) -> None:
        """A slow machine has a longer day, not a crowd that no store has."""
        began = time.monotonic()
        while time.monotonic() < began + DOOR_PATIENCE:
            seen = sum(len(phone.first_seen_ms) for phone in self.phones)
            if len(self.day.accepted_ms) - seen < AT_THE_DOOR:
                break
            time.sleep(0.02)
        self.day.held += time.monotonic() - began > HELD_SECONDS

    def _join(self, person: Person, rng: random.Random) -> None:
        card = CardPhone(self.web, self.box, self.brand.mini_appid)
        allow, marketing = rng.random() < ALLOWING, rng.random() < MARKETING
        if not card.join(person, allow=allow, marketing=marketing):
            self.day.refused_phone += 1

    def _plan_push(self) -> int:
        """Mei sets up this month's push for the tag of people who came by a store's code."""
        at = clock.local(clock.now() + PUSH_AFTER)
        with db.transaction(self.brand.id):
            tag_id = members.tag("来源", "门店扫码")
            push = pushes.save_draft(
                None,
                name=f"{at.month} 月会员日 {at:%H:%M}",
                account_id=self.brand.service_account_id,
                tag_id=tag_id,
                text=MESSAGE,
                holdout_basis_points=HOLDOUT_BASIS_POINTS,
                day_of_month=at.day,
                at_time=at.time().replace(microsecond=0),
            )
            push_id = push.id
        self._schedule(push_id)
        return push_id

    def _schedule(self, push_id: int) -> None:
        with db.transaction(self.brand.id):
            mei = session.scalars(select(Staff).filter_by(login="mei")).one()
            actor = staff.Actor(mei.id, self.brand.id, mei.name, Role(mei.role), None, "")
            pushes.schedule(push_id, actor)

    def _await_push(self) -> None:
        deadline = time.monotonic() + PUSH_PATIENCE
        while time.monotonic() < deadline and not self._push_is_done():
            time.sleep(0.5)
        time.sleep(2)  # WeChat's receipt comes a moment after the last batch

    def _push_is_done(self) -> bool:
        with db.transaction(self.brand.id):
            run = session.scalar(select(PushRun).filter_by(push_id=self.day.push_id))
            return run is not None and run.state == RunState.DONE
