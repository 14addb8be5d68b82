"""How long one question to the discount engine takes: a basket of 30 lines, 12 coupons in the
wallet, a tier's price and points on top; against pricing every combination in turn."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import combinations
from statistics import median, quantiles
from typing import Any

from app.benefits.quote import Basket, Held, Line, Purse, Shopper, TierRights, Visit, quote
from app.benefits.quote.conditions import refusal_for, where
from app.benefits.quote.engine import NO_LIMITS
from app.benefits.quote.offers import Offer, offers
from app.benefits.quote.plans import best_plan
from app.coupons.rule import terms
from bench.rows import row

ROUNDS, BASKETS, NAIVE, LINES, COUPONS, SEED = 3, 1000, 3, 30, 12, 2024
AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
VISIT = Visit(AT, store_id=1)
CATEGORIES = ("护肤", "彩妆", "香氛", "个护", "家居")
SHOPPER = Shopper(tier_id=2, rights=TierRights("金穗", off_basis_points=500))
PURSE = Purse(wish=5000, available=3000)


@dataclass(frozen=True)
class Question:
    """One shopper at the till."""

    basket: Basket
    held: list[Held]


def measure() -> list[dict[str, Any]]:
    """Row `quote`: each question is asked once, so nothing is remembered from the last."""
    ours, naive, times, work = [], [], [], []
    for number in range(ROUNDS):
        asked = list(_questions(random.Random(SEED + number)))
        began = time.thread_time()
        taken = [_milliseconds(partial(_ask, one)) for one in asked]
        work.append((time.thread_time() - began) * 1000 / BASKETS)
        times += taken
        ours.append(_percentile(taken, 95))
        naive.append(median(_milliseconds(partial(_check, one)) for one in asked[:NAIVE]))
        print(f"  p95 {ours[-1]:.2f} ms, every combination in turn {naive[-1]:.0f} ms")
    return [_row(ours, naive, times, work)]


def _row(
    ours: list[float], naive: list[float], times: list[float], work: list[float]
) -> dict[str, Any]:
    """`cpu_ms` is the mean work of one question, which a busy machine does not lengthen."""
    return row(
        "quote",
        ours,
        "ms",
        anchor="the same by pricing every combination of the coupons that work, in turn",
        anchor_values=naive,
        p50_ms=round(_percentile(times, 50), 2),
        p95_ms=round(_percentile(times, 95), 2),
        p99_ms=round(_percentile(times, 99), 2),
        cpu_ms=round(median(work), 2),
        questions=len(times),
    )


def _percentile(taken: list[float], percent: int) -> float:
    return quantiles(taken, n=100)[percent - 1]


def _milliseconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def _ask(question: Question) -> int:
    found = quote(question.basket, SHOPPER, question.held, VISIT, PURSE)
    if not found.is_exact:
        raise RuntimeError("twelve coupons must be searched to the end")
    return found.payable_fen


def _check(question: Question) -> None:
    """Raises RuntimeError when some combination is worth more than the engine's."""
    basket, held = question.basket, question.held
    places = where(basket, held)
    usable = [one for one in held if not refusal_for(one, basket, places[one.rule.goods])]
    plan = best_plan(basket, offers(usable, basket, places), SHOPPER.rights, NO_LIMITS)
    every = map(plan.search.combine, _allowed(plan.search.offers))
    if max(made.worth_fen for made in every) != plan.best.worth_fen:
        raise RuntimeError("the engine missed the best combination")


def _allowed(usable: Sequence[Offer]) -> Iterator[tuple[int, ...]]:
    for count in range(len(usable) + 1):
        for chosen in combinations(range(len(usable)), count):
            groups = [usable[n].stacking.group for n in chosen if usable[n].stacking.group]
            if len(set(groups)) == len(groups):
                yield chosen


def _questions(lot: random.Random) -> Iterator[Question]:
    for _ in range(BASKETS):
        lines = tuple(_line(lot, number) for number in range(1, LINES + 1))
        held = [_held(lot, number) for number in range(COUPONS)]
        yield Question(Basket(lines, shipping_fen=lot.choice((0, 800, 1200))), held)


def _line(lot: random.Random, number: int) -> Line:
    quantity = lot.choice((1, 1, 1, 2, 3))
    price = lot.randrange(990, 39900)
    return Line(number, f"S{lot.randrange(60)}", quantity, price * quantity, lot.choice(CATEGORIES))


def _held(lot: random.Random, number: int) -> Held:
    """A wallet as a shopper keeps it: most coupons in exclusive groups, some that join freely."""
    rule = terms.Rule(
        gives=_gives(lot),
        min_spend_fen=lot.choice((0, 0, 9900, 19900, 29900)),
        goods=lot.choice((terms.Goods(), _category(lot), _category(lot))),
        stacking=terms.Stacking(group=lot.choice(("满减", "折扣", "新人", None, None))),
    )
    ends_at = AT + timedelta(days=lot.randrange(1, 60))
    return Held(f"c{number:02d}", rule, AT - timedelta(days=1), ends_at)


def _gives(lot: random.Random) -> terms.Gives:
    return lot.choice(
        (
            terms.Amount(lot.randrange(500, 20000, 500)),
            terms.Amount(lot.randrange(500, 20000, 500)),
            terms.Percent(lot.randrange(300, 3000, 100), lot.choice((None, 3000, 8000))),
            terms.Percent(lot.randrange(300, 3000, 100)),
            terms.Free(),
            terms.Exchange(pay_fen=990),
            terms.Shipping(),
            terms.Gift("G1", "旅行装", worth_fen=lot.randrange(1, 3900)),
        )
    )


def _category(lot: random.Random) -> terms.Goods:
    return terms.Goods(only=(terms.Selector(category=lot.choice(CATEGORIES)),))
