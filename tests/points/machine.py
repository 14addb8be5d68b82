"""The service beside the model, step by step: the same answers, refusals, and balances."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.core import clock, db
from app.core.errors import AppError
from app.points import policy as policies
from app.points import queries
from app.points import service as points
from app.points.policy import Policy
from app.points.service import due
from tests.points.model import Paper, Refusal

WHO = st.integers(0, 1)
NUMBERS = st.integers(0, 3)
KEYS = st.sampled_from(["a", "b", "c", "d"])
FEN = st.integers(0, 30_000) | st.sampled_from([99, 15_000, 30_000])
AMOUNTS = st.integers(1, 150)
MINUTES = timedelta(minutes=15)
_runs = count(1)


class Machine(RuleBasedStateMachine):
    """Two members, a few orders and tills. `people` and `brand_id` are given by who runs it;
    each run has orders and keys of its own and begins by emptying the members' accounts."""

    brand_id: int
    people: list[int]

    def __init__(self) -> None:
        super().__init__()
        self.number = next(_runs)
        self.moved = timedelta()

    @initialize(return_days=st.sampled_from([0, 7]))
    def open(self, return_days: int) -> None:
        policy = Policy(return_days=return_days, lapse_months=1)
        self.model = Paper(policy)
        with db.transaction(self.brand_id):
            policies.change(policy)
            for member_id in self.people:
                points.lapse(member_id, kind="erased", reference=f"run:{self.number}")

    def teardown(self) -> None:
        clock.move(timedelta())

    def both(self, pencil: Callable[[], object], act: Callable[[], object]) -> None:
        """The model first; then the service must say the same."""
        self.model.pass_time(clock.now())
        expected: object = None
        given: object = None
        try:
            expected = pencil()
        except Refusal as refusal:
            expected = str(refusal)
        try:
            with db.transaction(self.brand_id):
                given = act()
        except AppError as refusal:
            given = refusal.code
        if expected is None:
            assert not isinstance(given, str), given
        else:
            assert given == expected

    def key(self, name: str) -> str:
        return f"m{self.number}:{name}"

    @rule(who=WHO, order=NUMBERS, paid=FEN)
    def buy(self, who: int, order: int, paid: int) -> None:
        number = self.number * 10 + order
        known = self.model.orders.get(number)
        member = known.member if known else self.people[who]
        now = clock.now()
        self.both(
            lambda: self.model.earn(member, number, paid, now),
            lambda: points.earn_for_order(member, order_id=number, paid_fen=paid, at=now),
        )

    @rule(who=WHO, key=KEYS, amount=AMOUNTS)
    def give(self, who: int, key: str, amount: int) -> None:
        name, member = self.key(key), self.people[who]
        self.both(
            lambda: self.model.gift(member, amount, name, clock.now()),
            lambda: points.earn(member, amount=amount, kind="gift", reference=name),
        )

    @precondition(lambda self: self.model.orders)
    @rule(place=NUMBERS, key=KEYS, fen=FEN)
    def refund(self, place: int, key: str, fen: int) -> None:
        number = list(self.model.orders)[place % len(self.model.orders)]
        member = self.model.orders[number].member
        self.both(
            lambda: self.model.refund(number, key, fen, clock.now()),
            lambda: points.claw_back(member, order_id=number, refund_key=key, refunded_fen=fen),
        )

    @rule(who=WHO, key=KEYS, amount=AMOUNTS)
    def hold(self, who: int, key: str, amount: int) -> None:
        self.put_aside(self.people[who], self.key(key), amount)

    def put_aside(self, member: int, name: str, amount: int) -> None:
        now = clock.now()
        self.both(
            lambda: self.model.hold(member, name, amount, now + MINUTES, now),
            lambda: points.hold(member, amount=amount, key=name, until=now + MINUTES),
        )

    @rule(who=WHO, key=KEYS)
    def spend_all(self, who: int, key: str) -> None:
        """Whatever she has: only then can a refund leave her in debt."""
        self.model.pass_time(clock.now())
        there = self.model.figures(self.people[who], clock.now())[0]
        if there and self.key(key) not in self.model.holds:
            name = self.key(key)
            self.put_aside(self.people[who], name, there)
            self.both(
                lambda: self.model.settle(name, clock.now()), lambda: points.settle_hold(name)
            )

    @rule(key=KEYS)
    def settle(self, key: str) -> None:
        name = self.key(key)
        self.both(lambda: self.model.settle(name, clock.now()), lambda: points.settle_hold(name))

    @rule(key=KEYS)
    def release(self, key: str) -> None:
        name = self.key(key)
        self.both(lambda: self.model.release(name, clock.now()), lambda: points.release_hold(name))

    @rule(key=KEYS, refund=KEYS, amount=AMOUNTS)
    def give_back(self, key: str, refund: str, amount: int) -> None:
        name = self.key(key)
        self.both(
            lambda: self.model.give_back(name, refund, amount, clock.now()),
            lambda: points.give_back_spent(name, refund_key=refund, amount=amount),
        )

    @rule(hours=st.sampled_from([0.1, 0.3, 24 * 8, 24 * 40]))
    def wait(self, hours: float) -> None:
        self.moved += timedelta(hours=hours)
        clock.move(self.moved)

    @rule(who=WHO)
    def timekeeper(self, who: int) -> None:
        """What has come due is written down; or nobody does it, and all reads the same."""
        with db.transaction(self.brand_id):
            due.catch_up(self.people[who])

    @invariant()
    def same_balances(self) -> None:
        now = clock.now()
        self.model.pass_time(now)
        with db.transaction(self.brand_id):
            for member in self.people:
                found = queries.balances_of(member)
                shown = (found.available, found.pending, found.held, found.owed)
                assert shown == self.expected(member)

    def expected(self, member: int) -> tuple[int, int, int, int]:
        """What the model has."""
        return self.model.figures(member, clock.now())

    @invariant()
    def every_story_comes_to_the_figure_shown(self) -> None:
        with db.transaction(self.brand_id):
            for member in self.people:
                told = queries.story(member, limit=10_000)
                assert sum(line.points for line in told.lines) == told.balances.shown
                assert sum(line.pending for line in told.lines) == told.balances.pending
                if told.lines:
                    assert told.lines[0].balance == told.balances.shown

    @invariant()
    def the_books_add_up(self) -> None:
        with db.transaction(self.brand_id):
            assert queries.mismatches() == []
            assert queries.totals()[1] == 0


def run(
    brand_id: int,
    people: list[int],
    *,
    examples: int,
    steps: int,
    played: type[Machine] = Machine,
    is_explained: bool = True,
) -> None:
    """Play so many stories of so many steps. Raises AssertionError at the first difference."""
    story = type("Story", (played,), {"brand_id": brand_id, "people": people})
    phases = [Phase.generate, Phase.shrink] if is_explained else [Phase.generate]
    run_state_machine_as_test(
        story,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            phases=phases,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
