"""Which script stands first: a new one is never starved, and the better one wins."""

from __future__ import annotations

import random

from app.tasks.bandit import FLOOR, NEW_UNDER, Arm, order

ROUNDS = 4_000


def played(rates: dict[int, float], seed: int, *, rounds: int = ROUNDS) -> list[int]:
    """Shops that use whatever stands first; answers what stood first each time."""
    dice = random.Random(seed)
    uses, wins, firsts = dict.fromkeys(rates, 0), dict.fromkeys(rates, 0), []
    for number in range(rounds):
        arms = [Arm(one, uses[one], uses[one], wins[one]) for one in rates]
        first = order(arms, f"{seed}:{number}")[0]
        firsts.append(first)
        uses[first] += 1
        wins[first] += dice.random() < rates[first]
    return firsts


def test_the_same_seed_is_the_same_order() -> None:
    arms = [Arm(number, 50, 40, number) for number in range(1, 6)]

    assert order(arms, "lin:wei:2026-11-28") == order(arms[::-1], "lin:wei:2026-11-28")
    assert len({tuple(order(arms, f"{n}")) for n in range(50)}) > 1


def test_the_better_one_wins() -> None:
    for seed in range(5):
        last = played({1: 0.05, 2: 0.20}, seed)[-500:]

        assert last.count(2) > 0.8 * len(last)


def test_a_new_one_has_its_floor_beside_one_that_sells_always() -> None:
    arms = [Arm(1, 1000, 1000, 950), Arm(2, NEW_UNDER - 1, NEW_UNDER - 1, 0)]

    firsts = [order(arms, f"{number}")[0] for number in range(ROUNDS)]

    assert firsts.count(2) >= (FLOOR - 0.03) * ROUNDS


def test_control_without_its_floor_it_would_be_starved() -> None:
    known = [Arm(1, 1000, 1000, 950), Arm(2, NEW_UNDER, NEW_UNDER, 0)]

    firsts = [order(known, f"{number}")[0] for number in range(ROUNDS)]

    assert firsts.count(2) < 0.02 * ROUNDS


def test_what_has_not_had_its_time_counts_against_nobody() -> None:
    young, failed = Arm(1, 40, 0, 0), Arm(2, 40, 40, 0)

    firsts = [order([young, failed], f"{number}")[0] for number in range(500)]

    assert firsts.count(1) > 450
