"""G3: no coupon too many, none used twice, and what is let go comes back exactly.

Clients in processes of their own claim, put aside, settle, let go, give back and revoke on pools
of a hundred; two tills use one coupon at the same moment, five hundred times; one key comes at
once from several. Meanwhile one looks, fifty times, whether everything adds up in one snapshot.
Afterwards the service is played against the model (300 stories of 50 steps). The control is the
usual way, look and then take, on a database without its last walls: it must give too many.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, select, text

from app.core import clock, db
from app.core.db import session
from app.core.errors import AppError
from app.coupons import service as coupons
from app.coupons.models import Coupon, CouponBatch
from tests import ground
from tests.coupons import crowd, machine
from tests.coupons.conftest import make_batch, make_campaign
from tests.soak.scene import Scene, percentile, row, scene

CLIENTS, ACTS, POOL, POOLS = 64, 200, 100, 4
CONNECTIONS = 24  # and as many again when they are busy
TILLS_ROUNDS, SNAPSHOTS = 500, 50
SOON = timedelta(seconds=2)


def measure(seed: int, *, acts: int = ACTS, examples: int = 300) -> dict[str, Any]:
    """Row G3."""
    with scene() as stage, _wide(stage):
        brand_id = stage.open_brand().id
        people = crowd.make_members(brand_id, CLIENTS * 4)
        story = Story(brand_id, people, seed)
        story.play(acts)
        twice = _two_tills(brand_id, people)
        began = time.monotonic()
        machine.run(brand_id, people[:4], examples=examples, steps=50)
        played = round(time.monotonic() - began)
        given = [crowd.issued(batch) for batch in story.batches]
        broken, taken = crowd.broken(brand_id), story.taken()
        oversold, control_uses = _control(stage, brand_id, people)
    figures = {
        "clients": CLIENTS,
        "acts": sum(story.told.values()),
        "told": dict(story.told.most_common()),
        "pools": given,
        "budget_taken_fen": taken,
        "broken_snapshots": story.broken,
        "snapshots": story.snapshots,
        "till_pairs": TILLS_ROUNDS,
        "used_twice": twice,
        "crashes": story.crashes(),
        "stories": examples,
        "stories_seconds": played,
        "broken": broken,
        "control": {"given_of_100": oversold, "uses_of_one": control_uses},
    }
    exact = all(n == POOL for n in given) and twice == 0 and not broken
    return row(
        "G3",
        seed,
        passed=exact and not story.broken and not story.crashes(),
        control_failed=oversold > POOL and control_uses > 1,
        p50_ms=percentile(story.times, 0.5),
        p99_ms=percentile(story.times, 0.99),
        figures=figures,
    )


@contextmanager
def _wide(stage: Scene) -> Iterator[None]:
    """As many connections as several web processes have; clients here are threads of one."""
    urls = stage.process.urls
    engines = [db.make_engine(url, pool_size=CONNECTIONS) for url in (urls.app, urls.system)]
    db.configure(*engines)
    yield
    for engine in engines:
        engine.dispose()


class Story:
    """Everybody at once on a few pools; `told` counts what each act heard."""

    def __init__(self, brand_id: int, people: list[int], seed: int) -> None:
        self.brand_id, self.people, self.seed = brand_id, people, seed
        self.campaign = make_campaign(brand_id, budget_fen=50_000)
        self.batches = [self._pool(n) for n in range(POOLS)]
        self.told: Counter[str] = Counter()
        self.times: list[float] = []
        self.broken: list[str] = []
        self.snapshots = 0

    def _pool(self, number: int) -> CouponBatch:
        campaign_id = self.campaign.id if number % 2 else None
        return make_batch(
            self.brand_id, f"pool{number}", stock=POOL, per_person=2, campaign_id=campaign_id
        )

    def play(self, acts: int) -> None:
        """All clients to their end; then whoever is left claims until nothing is."""
        clients = [Client(self, number, acts) for number in range(CLIENTS)]
        threads = [threading.Thread(target=client.run) for client in clients]
        for thread in threads:
            thread.start()
        self._look_on(threads)
        for client in clients:
            self.told += client.told
            self.times += client.times
        self._claim_the_rest()

    def _look_on(self, threads: list[threading.Thread]) -> None:
        chance = random.Random(self.seed)
        while any(thread.is_alive() for thread in threads) or self.snapshots < SNAPSHOTS:
            self.broken += crowd.broken(self.brand_id)
            self.snapshots += 1
            time.sleep(chance.uniform(0.05, 0.6))

    def _claim_the_rest(self) -> None:
        for batch in self.batches:
            for member_id in self.people:
                self.told[heard(self._claim(batch, member_id, "rest"))] += 1

    def _claim(self, batch: CouponBatch, member_id: int, key: str) -> Callable[[], object]:
        return crowd.inside(self.brand_id, coupons.claim, batch.id, member_id, key=key)

    def taken(self) -> int:
        """What the campaign has spent."""
        return crowd.taken_fen(self.campaign)

    def crashes(self) -> dict[str, int]:
        """What was no answer and no refusal."""
        return {name: n for name, n in self.told.items() if name.startswith("crash")}


class Client:
    """One till with a few members, each act drawn by lot."""

    def __init__(self, story: Story, number: int, acts: int) -> None:
        self.story, self.acts = story, acts
        self.chance = random.Random(story.seed * 1000 + number)
        self.people = story.people[number * 4 : number * 4 + 4]
        self.held: list[int] = []
        self.keys: list[str] = []
        self.told: Counter[str] = Counter()
        self.times: list[float] = []

    def run(self) -> None:
        """Every act with its answer."""
        for _ in range(self.acts):
            began = time.monotonic()
            self.told[heard(self._act())] += 1
            self.times.append((time.monotonic() - began) * 1000)

    def _act(self) -> Callable[[], object]:
        if not self.held or self.chance.random() < 0.15:
            return self._claim
        act = self.chance.choices(
            (self._reserve, self._settle, self._void, self._give_back, self._revoke),
            (8, 5, 4, 3, 0.2),
        )
        return act[0]

    def _inside(self, act: Callable[..., Any], *args: object, **given: object) -> Any:
        return crowd.inside(self.story.brand_id, act, *args, **given)()

    def _claim(self) -> None:
        batch, member_id = self.chance.choice(self.story.batches), self.chance.choice(self.people)
        key = self.chance.choice("ab")
        coupon_id = coupons.claim_together(self.story.brand_id, batch.id, member_id, key=key)
        if coupon_id not in self.held:
            self.held.append(coupon_id)

    def _reserve(self) -> None:
        key = uuid4().hex if self.chance.random() < 0.9 or not self.keys else self.keys[-1]
        until = clock.now() + SOON * self.chance.random()
        given = {"key": key, "discount_fen": 300, "store_id": None, "until": until}
        self._inside(coupons.reserve, self.chance.choice(self.held), **given)
        self.keys.append(key)

    def _key(self) -> str:
        return self.chance.choice(self.keys[-4:]) if self.keys else "none"

    def _settle(self) -> None:
        self._inside(coupons.settle, self._key())

    def _void(self) -> None:
        self._inside(coupons.void, self._key())

    def _give_back(self) -> None:
        self._inside(coupons.give_back, self._key(), reason="order")

    def _revoke(self) -> None:
        self._inside(coupons.revoke, self.chance.choice(self.held), by="staff:1")


def heard(act: Callable[[], object]) -> str:
    """What an act answered: well, a reason, or a crash."""
    try:
        act()
    except AppError as refusal:
        return refusal.code
    except Exception as error:
        return f"crash:{type(error).__name__}"
    return crowd.GOOD


def _two_tills(brand_id: int, people: list[int]) -> int:
    """How many coupons two tills used at one moment, five hundred times."""
    batch = make_batch(brand_id, "tills", stock=TILLS_ROUNDS, per_person=TILLS_ROUNDS)
    twice = 0
    for n in range(TILLS_ROUNDS):
        member_id = people[n % len(people)]
        coupon = crowd.inside(brand_id, coupons.claim, batch.id, member_id, key=f"{n}")()
        acts = [
            crowd.inside(brand_id, coupons.redeem, coupon.id, key=f"{n}:{till}") for till in "ab"
        ]
        told = crowd.at_once(acts)
        twice += told[crowd.GOOD] != 1
    return twice


def _control(stage: Scene, brand_id: int, people: list[int]) -> tuple[int, int]:
    """How many of a hundred, and uses of one coupon, the careless way gives without the walls."""
    name = db.make_url(stage.process.urls.app).database
    engine = create_engine(ground.admin_url().set(database=name))
    with engine.begin() as connection:
        for table, check in (("coupon_batches", "within_stock"), ("coupons", "within_uses")):
            connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{check}"))
    engine.dispose()
    batch = make_batch(brand_id, "careless", stock=POOL)
    for start in range(0, len(people), CLIENTS):
        some = people[start : start + CLIENTS]
        crowd.at_once(
            [crowd.inside(brand_id, crowd.careless_claim, batch.id, each) for each in some]
        )
    with db.transaction(brand_id):
        coupon = session.scalars(select(Coupon).filter_by(batch_id=batch.id).limit(1)).one()
    tills = [crowd.inside(brand_id, crowd.careless_use, coupon.id, f"c{n}") for n in range(CLIENTS)]
    crowd.at_once(tills)
    return crowd.issued(batch), crowd.standing(coupon)
