"""The service beside the model, step by step: the same answers, refusals, and state."""

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
from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.coupons import queries
from app.coupons import service as coupons
from app.coupons.models import Coupon, CouponKind, Redemption
from app.coupons.refusals import Refused
from tests.coupons.model import Pencil, Refusal

KEYS = st.sampled_from([f"k{n}" for n in range(6)])
NUMBERS = st.integers(0, 5)
FEN = st.integers(0, 3) | st.just(3000)
MINUTES = timedelta(minutes=15)
_runs = count()


class Machine(RuleBasedStateMachine):
    """One batch, four people, a handful of tills. `people` and `brand_id` are given by who runs
    it."""

    brand_id: int
    people: list[int]

    def __init__(self) -> None:
        super().__init__()
        self.moved = timedelta()
        clock.move(self.moved)
        self.name = f"m{next(_runs)}"
        self.at = clock.now()
        self.model = Pencil(stock=5, per_person=2, budget=6002)
        self.ids: list[int] = []
        with db.transaction(self.brand_id):
            day = clock.business_day(self.at)
            campaign = coupons.add_campaign(
                code=self.name, name="春季", kind="A", starts_on=day, ends_on=day, budget_fen=6002
            )
            batch = coupons.add_batch(
                code=self.name, name="满减券", kind=CouponKind.AMOUNT, stock=5, value_fen=3000
            )
            batch.per_person, batch.campaign_id = 2, campaign.id
            coupons.open_claims(batch)
            self.batch_id, self.campaign_id = batch.id, campaign.id

    def both(self, pencil: Callable[[], object], act: Callable[[], object]) -> object:
        """The model first; then the service must say the same. Answers what the service gave."""
        self.model.lapse(self.now)
        try:
            pencil()
            expected = None
        except Refusal as refusal:
            expected = refusal.reason
        try:
            with db.transaction(self.brand_id):
                given = act()
        except Refused as refusal:
            given, told = None, refusal.reason
        else:
            told = None
        assert told == expected
        return given

    @property
    def now(self):
        return clock.now()

    def key(self, key: str) -> str:
        return f"{self.name}:{key}"

    def known(self, number: int) -> str:
        """One of the keys that a till has used; the last ones most often."""
        keys = list(self.model.uses)
        return keys[-1 - number % len(keys)]

    @initialize(first=FEN)
    def begin(self, first: int) -> None:
        """Three have a coupon, and one is at a till."""
        for who in range(3):
            self._claim(who, "a")
        self._reserve(0, "first", first)

    @rule(who=st.integers(0, 3), key=st.sampled_from(["a", "b", "c"]))
    def claim(self, who: int, key: str) -> None:
        self._claim(who, key)

    def _claim(self, who: int, key: str) -> None:
        found: list[int] = []
        coupon = self.both(
            lambda: found.append(self.model.claim(who, key, self.now)),
            lambda: coupons.claim(self.batch_id, self.people[who], key=key),
        )
        if coupon is None:
            return
        if found[0] == len(self.ids):
            self.ids.append(coupon.id)
        assert self.ids[found[0]] == coupon.id

    @rule(number=NUMBERS, key=KEYS, fen=FEN, is_paid=st.booleans())
    def reserve(self, number: int, key: str, fen: int, *, is_paid: bool) -> None:
        self._reserve(number % len(self.ids), key, fen)
        if is_paid:
            self.both(lambda: self.model.settle(key), lambda: coupons.settle(self.key(key)))

    def _reserve(self, number: int, key: str, fen: int) -> None:
        until = self.now + MINUTES
        self.both(
            lambda: self.model.reserve(number, key, fen, until, self.now),
            lambda: coupons.reserve(
                self.ids[number],
                key=self.key(key),
                discount_fen=fen,
                store_id=None,
                until=until,
            ),
        )

    @precondition(lambda self: self.model.uses)
    @rule(number=NUMBERS)
    def settle(self, number: int) -> None:
        key = self.known(number)
        self.both(lambda: self.model.settle(key), lambda: coupons.settle(self.key(key)))

    @precondition(lambda self: self.model.uses)
    @rule(number=NUMBERS)
    def void(self, number: int) -> None:
        key = self.known(number)
        self.both(lambda: self.model.void(key), lambda: coupons.void(self.key(key)))

    @precondition(lambda self: self.model.uses)
    @rule(number=NUMBERS)
    def give_back(self, number: int) -> None:
        key = self.known(number)
        self.both(
            lambda: self.model.give_back(key),
            lambda: coupons.give_back(self.key(key), reason="order"),
        )

    @precondition(lambda self: self.model.uses)
    @rule(number=NUMBERS, refund=st.sampled_from(["r1", "r2"]), fen=FEN)
    def refund(self, number: int, refund: str, fen: int) -> None:
        key = self.known(number)
        self.both(
            lambda: self.model.refund(key, refund, fen),
            lambda: coupons.refund_part(self.key(key), refund_key=refund, fen=fen),
        )

    @rule(number=st.integers(0, 4))
    def revoke(self, number: int) -> None:
        number %= len(self.ids)
        self.both(
            lambda: self.model.revoke(number, self.now),
            lambda: coupons.revoke(self.ids[number], by="staff:1"),
        )

    @rule(stock=st.integers(5, 8))
    def set_stock(self, stock: int) -> None:
        self.model.stock = max(stock, len(self.model.tickets))
        with db.transaction(self.brand_id):
            coupons.set_stock(self.batch_id, self.model.stock, by="staff:1")

    @rule()
    def stop_or_resume(self) -> None:
        act = coupons.resume if self.model.is_stopped else coupons.stop
        with db.transaction(self.brand_id):
            act(self.batch_id, by="staff:1")
        self.model.is_stopped = not self.model.is_stopped or self.model.is_revoked

    @precondition(lambda self: len(self.ids) > 3)
    @rule()
    def revoke_batch(self) -> None:
        self.model.is_revoked = self.model.is_stopped = True
        with db.transaction(self.brand_id):
            coupons.revoke_batch(self.batch_id, by="staff:1")

    @rule(minutes=st.sampled_from([1, 16, 16, 60 * 24 * 31]))
    def wait(self, minutes: int) -> None:
        self.moved += timedelta(minutes=minutes)
        clock.move(self.moved)

    @invariant()
    def everything_is_as_in_the_model(self) -> None:
        self.model.lapse(self.now)
        with db.transaction(self.brand_id):
            batch = queries.batch(self.batch_id)
            assert batch.issued == len(self.model.tickets) == len(self.ids)
            for number, coupon_id in enumerate(self.ids):
                coupon = session.get_one(Coupon, (self.brand_id, coupon_id))
                assert coupon.state(self.now) is self.model.state(number, self.now)
            assert self._spent() == self.model.spent

    def _spent(self) -> int:
        """What the campaign has spent, less what has run out and nobody has asked for yet."""
        overdue = select(Redemption.discount_fen).where(
            Redemption.key.startswith(f"{self.name}:"),
            Redemption.state == "reserved",
            Redemption.reserved_until <= self.now,
        )
        taken = queries.campaign(self.campaign_id).taken_fen
        return taken - sum(session.scalars(overdue))

    def teardown(self) -> None:
        with db.transaction(self.brand_id):
            assert queries.miscounted_batches() == []
            assert queries.miscounted_coupons() == []
            assert queries.miscounted_campaigns() == []
        clock.move(timedelta())
        super().teardown()


def run(
    brand_id: int,
    people: list[int],
    *,
    examples: int,
    steps: int,
    played: type[Machine] = Machine,
    is_explained: bool = True,
) -> None:
    """Play it so many times. Raises AssertionError where service and model differ; explained is
    the shortest story in which they do."""
    made = type("Played", (played,), {"brand_id": brand_id, "people": people})
    run_state_machine_as_test(
        made,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            phases=list(Phase) if is_explained else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
