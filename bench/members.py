"""How long one look at a member takes, one search for her, and all that she may use, among a
million."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from statistics import quantiles
from typing import Any

from sqlalchemy import ColumnElement

from app.benefits import service as benefits
from app.core import clock, db
from app.members.service import search
from app.single_view import listing, scope, view
from bench.crowd import MEMBERS, Crowd, open_crowd
from bench.rows import row

ROUNDS, CALLS, WARM, SEED = 3, 150, 20, 2024


def measure() -> list[dict[str, Any]]:
    """Rows `member_view`, `member_search` and `benefits`: every call in a transaction of its own,
    its time from the request for a connection to the commit. No peer sells one that could be the
    anchor."""
    with open_crowd() as crowd:
        return [
            _row("member_view", crowd, lambda chance: _look(crowd, chance)),
            _row("member_search", crowd, lambda chance: _search(crowd, chance)),
            _row("benefits", crowd, lambda chance: _hold(crowd, chance)),
        ]


def _row(name: str, crowd: Crowd, act: Callable[[random.Random], None]) -> dict[str, Any]:
    rounds, times = [], []
    for number in range(ROUNDS):
        chance = random.Random(SEED + number)
        taken = [
            _milliseconds(crowd.brand_id, act, chance) for _ in range(WARM + len(crowd.member_ids))
        ][WARM:]
        times += taken
        rounds.append(_percentile(taken, 95))
        print(f"  {name} p95 {rounds[-1]:.1f} ms")
    return row(
        name,
        rounds,
        "ms",
        p50_ms=round(_percentile(times, 50), 2),
        p95_ms=round(_percentile(times, 95), 2),
        p99_ms=round(_percentile(times, 99), 2),
        members=MEMBERS,
        calls=len(times),
    )


def _look(crowd: Crowd, chance: random.Random) -> None:
    found = view.single_view(chance.choice(crowd.member_ids), view.MACHINE)
    if len(found.page.moments) != 30:
        raise RuntimeError("a member who is looked at has a page full of history")


def _search(crowd: Crowd, chance: random.Random) -> None:
    """A phone's end, a name, a part of one, or a number, as often as each other."""
    kinds = (crowd.tails, crowd.names, [name[-2:] for name in crowd.names], crowd.numbers)
    everybody: ColumnElement[bool] = scope.within(None)
    hits = search.search(chance.choice(chance.choice(kinds)), everybody)
    if not hits:
        raise RuntimeError("everything that is asked for is there")
    listing.lines(hits)


def _hold(crowd: Crowd, chance: random.Random) -> None:
    """All that she holds, at one of the stores, as card, guide and till ask for it."""
    store_id = chance.choice(crowd.store_ids)
    held = benefits.benefits(chance.choice(crowd.member_ids), store_id, clock.now())
    if not (held.usable and held.later and held.used and held.expired):
        raise RuntimeError("a member who is looked at holds some of each")


def _milliseconds(
    brand_id: int, act: Callable[[random.Random], None], chance: random.Random
) -> float:
    began = time.perf_counter()
    with db.transaction(brand_id):
        act(chance)
    return (time.perf_counter() - began) * 1000


def _percentile(taken: list[float], percent: int) -> float:
    return quantiles(taken, n=100)[percent - 1]
