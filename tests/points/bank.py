"""Many writers on the accounts of a few members, whose connections are ended in their midst. Every
act has a key and is tried until it is answered; some are asked for twice."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import psycopg
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from app.core import clock, database, db
from app.core.db import session
from app.points import queries
from app.points import service as points
from app.points.models import AccountKind, PointsAccount
from app.points.service import ledger

LATER = timedelta(hours=1)
ASKED_TWICE = 0.05
VICTIM = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = %s AND usename = session_user AND pid <> pg_backend_pid() AND state <> 'idle'
ORDER BY random() LIMIT 1
"""


@dataclass
class Bank:
    """What the writers did, as they were told."""

    brand_id: int
    people: list[int]
    seed: int
    expected: Counter[int] = field(default_factory=Counter)  # what each can use and has put aside
    told: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def write(self, number: int, acts: int) -> None:
        """One writer: so many acts, drawn by lot."""
        lot = random.Random(self.seed * 1000 + number)
        for place in range(acts):
            key = f"w{number}:{place}"
            self._act(lot, key, self.people[lot.randrange(len(self.people))])

    def _act(self, lot: random.Random, key: str, member_id: int) -> None:
        name = lot.choices(("earn", "spend", "hold", "refund"), (5, 3, 2, 2))[0]
        amount = lot.randint(1, 60)
        began = time.monotonic()
        answers = [self._until_answered(name, key, member_id, amount)]
        if lot.random() < ASKED_TWICE:
            answers.append(self._until_answered(name, key, member_id, amount))
        done = [change for change in answers if change]  # what was refused may be done later
        with self.guard:
            self.times.append((time.monotonic() - began) * 1000)
            self.expected[member_id] += done[0] if done else 0
            self.told[name] += 1

    def _until_answered(self, name: str, key: str, member_id: int, amount: int) -> int:
        while True:
            try:
                with db.transaction(self.brand_id):
                    return int(getattr(self, f"_{name}")(key, member_id, amount))
            except points.TooFewPoints:
                return 0
            except DBAPIError:
                with self.guard:
                    self.told["tried_again"] += 1

    def _earn(self, key: str, member_id: int, amount: int) -> int:
        points.earn(member_id, amount=amount, kind="gift", reference=key)
        return amount

    def _spend(self, key: str, member_id: int, amount: int) -> int:
        points.spend(member_id, amount=amount, kind="spend", reference=key)
        return -amount

    def _hold(self, key: str, member_id: int, amount: int) -> int:
        points.hold(member_id, amount=amount, key=key, until=clock.now() + LATER)
        points.settle_hold(key)
        return -amount

    def _refund(self, key: str, member_id: int, amount: int) -> int:
        """An order of which half comes back at once."""
        order_id = int(key.removeprefix("w").replace(":", "0000"))
        points.earn_for_order(member_id, order_id=order_id, paid_fen=amount * 200, at=clock.now())
        points.claw_back(member_id, order_id=order_id, refund_key=key, refunded_fen=amount * 100)
        return amount

    def doubled(self) -> int:
        """Acts that stand in the ledger more than once, with the same kind."""
        twice = text(
            "SELECT count(*) FROM (SELECT FROM points_transfers WHERE brand_id = :brand"
            " AND reference LIKE 'w%' GROUP BY reference, kind HAVING count(*) > 1) AS twice"
        )
        with db.transaction(self.brand_id):
            return session.scalars(twice, {"brand": self.brand_id}).one()

    def wrong(self) -> dict[int, tuple[int, int]]:
        """Members who have another figure than they were told."""
        with db.transaction(self.brand_id):
            found = queries.balances(self.people)
        return {
            each: (found[each], self.expected[each])
            for each in self.people
            if found[each] != self.expected[each]
        }


def play(bank: Bank, *, writers: int, acts: int, snapshots: int, kills: int) -> Seen:
    """All writers to their end, while one looks on and one ends connections."""
    threads = [
        threading.Thread(target=bank.write, args=(number, acts // writers))
        for number in range(writers)
    ]
    seen = Seen()
    reaper = threading.Thread(target=seen.kill, args=(kills, threads))
    for thread in (*threads, reaper):
        thread.start()
    while any(thread.is_alive() for thread in threads) or seen.snapshots < snapshots:
        seen.look(bank.brand_id)
    for thread in (*threads, reaper):
        thread.join()
    return seen


@dataclass
class Seen:
    """What the onlooker saw, and how many connections were ended."""

    snapshots: int = 0
    unbalanced: int = 0
    kills: int = 0
    missed: int = 0

    def look(self, brand_id: int) -> None:
        """The sum of all accounts in one snapshot; it must be nought."""
        try:
            with db.transaction(brand_id):
                total = queries.totals()[1]
        except DBAPIError:
            self.missed += 1
            return
        self.snapshots += 1
        self.unbalanced += total != 0
        time.sleep(0.02)

    def kill(self, kills: int, writers: list[threading.Thread]) -> None:
        """End connections that are at work, until so many were, or nobody writes any more. Whoever
        logged in may end her own; an outside server does not lend the tests more."""
        url = db.app_bind().engine.url.difference_update_query(["options"])  # no SET ROLE
        with psycopg.connect(database.conninfo(url), autocommit=True) as connection:
            while self.kills < kills and any(thread.is_alive() for thread in writers):
                self.kills += len(connection.execute(VICTIM, (url.database,)).fetchall())
                time.sleep(0.05)


class Careless(Bank):
    """The control: both rows of an entry, each in a transaction of its own."""

    def _until_answered(self, _name: str, key: str, member_id: int, amount: int) -> int:
        with db.transaction(self.brand_id):
            purse = ledger.lock(member_id)
            sides = purse.account_id(AccountKind.ISSUED), purse.account_id(AccountKind.AVAILABLE)
            ledger.record(*sides, amount, kind="gift", reference=key)
        with db.transaction(self.brand_id):
            hers = (PointsAccount.brand_id == self.brand_id) & (PointsAccount.id == sides[1])
            session.execute(
                update(PointsAccount).where(hers).values(balance=PointsAccount.balance + amount)
            )
        return amount


def transfers(brand_id: int) -> int:
    """Rows of the ledger."""
    with db.transaction(brand_id):
        return session.scalars(text("SELECT count(*) FROM points_transfers")).one()
