"""G4: the points ledger always balances, whoever writes at once and whatever dies in its midst.

Sixteen writers on the accounts of two hundred members make twenty thousand movements while their
connections are ended; every snapshot of all accounts must come to nought, every act must have
happened once, and every cached balance be the sum of its movements. Then the ledger is played
against pencil and paper (300 stories of 50 steps). The control writes the two rows of an entry in
two transactions: its snapshots must not come to nought.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.core import db
from app.points import queries
from app.process import Process
from tests import factories, ground
from tests.points import machine
from tests.points.bank import Bank, Careless, play, transfers
from tests.points.people import make_members
from tests.soak.scene import percentile, row

MEMBERS, WRITERS, TRANSFERS, SNAPSHOTS, KILLS = 200, 16, 20_000, 200, 30
A_ACT = 1.2  # movements, on the average of the acts: some find too few points


def measure(seed: int, *, movements: int = TRANSFERS, examples: int = 300) -> dict[str, Any]:
    """Row G4."""
    with _database():
        brand_id = factories.make_brand().id
        people = make_members(brand_id, MEMBERS)
        bank, began = Bank(brand_id, people, seed), time.monotonic()
        acts = int(movements / A_ACT)
        seen = play(bank, writers=WRITERS, acts=acts, snapshots=SNAPSHOTS, kills=KILLS)
        seconds = round(time.monotonic() - began, 1)
        with db.transaction(brand_id):
            mismatches, total = queries.mismatches(), queries.totals()[1]
        other = factories.make_brand("control").id
        control = play(
            Careless(other, make_members(other, 20), seed),
            writers=WRITERS,
            acts=2_000,
            snapshots=50,
            kills=0,
        )
        began = time.monotonic()
        players = factories.make_brand("machine").id
        machine.run(players, make_members(players, 2), examples=examples, steps=50)
        played = round(time.monotonic() - began)
        wrong, made, doubled = bank.wrong(), transfers(brand_id), bank.doubled()
    figures = {
        "accounts": MEMBERS,
        "writers": WRITERS,
        "transfers": made,
        "acts": dict(bank.told.most_common()),
        "seconds": seconds,
        "snapshots": seen.snapshots,
        "unbalanced_snapshots": seen.unbalanced,
        "members_with_another_figure": len(wrong),
        "mismatches": len(mismatches),
        "total": total,
        "stories": examples,
        "stories_seconds": played,
        "control_unbalanced": control.unbalanced,
        "control_snapshots": control.snapshots,
    }
    whole = (
        made >= movements and not seen.unbalanced and not wrong and not mismatches and total == 0
    )
    return row(
        "G4",
        seed,
        passed=whole and seen.kills >= KILLS,
        control_failed=control.unbalanced > 0,
        kills=seen.kills,
        acked=sum(bank.told[name] for name in ("earn", "spend", "hold", "refund")),
        lost=len(wrong),
        doubled=doubled,
        p50_ms=percentile(bank.times, 0.5),
        p99_ms=percentile(bank.times, 0.99),
        figures=figures,
    )


@contextmanager
def _database() -> Iterator[None]:
    """A database with real commits and a connection for every writer."""
    with ground.cloned(ground.admin_url()) as urls:
        settings = ground.make_settings(urls, WECHAT_API_BASE_URL="http://127.0.0.1:9")
        process = Process(settings, urls)
        engines = [db.make_engine(url, pool_size=WRITERS + 2) for url in (urls.app, urls.system)]
        db.configure(*engines)
        try:
            yield
        finally:
            for engine in engines:
                engine.dispose()
            process.disconnect()
