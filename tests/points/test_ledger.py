"""What becomes of Lin's points: earned, put aside, lapsed, taken back, owed and repaid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.core import clock, db
from app.core.db import session
from app.points import policy as policies
from app.points import queries
from app.points import service as points
from app.points.models import AccountKind, PointsAccount, PointsTransfer
from app.points.policy import Period, Policy
from app.points.service import due
from tests import factories

JANUARY = datetime(2026, 1, 10, 4, tzinfo=UTC)
QUARTER_HOUR = timedelta(minutes=15)


@pytest.fixture
def lin(house, app) -> int:
    fan = factories.make_fan(house.brand.id, house.brand.mini.id)
    return factories.make_member(house.brand.id, fan.id).id


@pytest.fixture
def shop(house, lin):
    """Lin's acts, each a transaction."""
    return Shop(house.brand.id, lin)


class Shop:
    def __init__(self, brand_id: int, member_id: int) -> None:
        self.brand_id, self.member_id = brand_id, member_id

    def has(self) -> tuple[int, int, int, int]:
        with db.transaction(self.brand_id):
            found = queries.balances_of(self.member_id)
        return found.available, found.pending, found.held, found.owed

    def told(self) -> list[tuple[str, int, int]]:
        with db.transaction(self.brand_id):
            lines = queries.story(self.member_id).lines
        return [(line.kind, line.points, line.balance) for line in reversed(lines)]

    def decides(self, **chosen) -> None:
        with db.transaction(self.brand_id):
            policies.change(Policy(**chosen))

    def buys(self, yuan: int, order_id: int = 1, **also) -> int:
        return self.does(
            points.earn_for_order,
            self.member_id,
            order_id=order_id,
            paid_fen=yuan * 100,
            at=clock.now(),
            **also,
        )

    def returns(self, yuan: int, key: str = "r1", order_id: int = 1) -> int:
        wish = {"order_id": order_id, "refund_key": key, "refunded_fen": yuan * 100}
        return self.does(points.claw_back, self.member_id, **wish)

    def pays(self, amount: int, key: str = "till:1") -> None:
        self.puts_aside(amount, key)
        self.does(points.settle_hold, key)

    def puts_aside(self, amount: int, key: str = "till:1") -> None:
        until = clock.now() + QUARTER_HOUR
        self.does(points.hold, self.member_id, amount=amount, key=key, until=until)

    def does(self, act, *given, **named):
        with db.transaction(self.brand_id):
            return act(*given, **named)

    def writes_down_what_is_due(self) -> None:
        self.does(due.catch_up, self.member_id)
        with db.transaction(self.brand_id):
            assert queries.mismatches() == []
            assert queries.totals()[1] == 0


def on(moment: datetime) -> None:
    clock.move(moment - (clock.now() - clock._moved))


def test_what_she_bought_is_pending_until_it_cannot_be_returned(shop):
    on(JANUARY)
    shop.decides(return_days=7)

    assert shop.buys(300) == 300
    assert shop.has() == (0, 300, 0, 0)

    on(JANUARY + timedelta(days=7))
    assert shop.has() == (0, 300, 0, 0), "the seventh day is hers to return it"
    on(JANUARY + timedelta(days=8))
    assert shop.has() == (300, 0, 0, 0), "no job has run"
    shop.writes_down_what_is_due()
    assert shop.has() == (300, 0, 0, 0)


def test_an_order_earns_once_and_a_correction_earns_anew(shop):
    assert shop.buys(120) == 120
    assert shop.buys(120) == 120
    assert shop.has() == (120, 0, 0, 0)

    assert shop.returns(120, "correction:1") == 120
    assert shop.buys(90, part="correction:1") == 90
    assert shop.buys(90, part="correction:1") == 90
    assert shop.returns(45, "r1") == 45
    assert shop.has() == (45, 0, 0, 0)


def test_several_refunds_take_the_exact_share_and_never_more(shop):
    shop.does(
        points.earn_for_order, shop.member_id, order_id=1, paid_fen=10_050, at=clock.now()
    )  # 100 points for ¥100.50
    taken = [
        shop.does(
            points.claw_back, shop.member_id, order_id=1, refund_key=f"r{n}", refunded_fen=3_350
        )
        for n in range(4)
    ]
    assert taken == [34, 33, 33, 0]
    assert shop.has() == (0, 0, 0, 0)


def test_a_refund_beyond_what_is_left_is_owed_and_repaid_by_the_next_purchase(shop):
    shop.buys(100)
    shop.pays(80)

    assert shop.returns(100) == 100
    assert shop.has() == (0, 0, 0, 80)
    with db.transaction(shop.brand_id):
        assert queries.balance(shop.member_id) == -80

    shop.buys(50, order_id=2)
    assert shop.has() == (0, 0, 0, 30)
    shop.buys(50, order_id=3)
    assert shop.has() == (20, 0, 0, 0)
    assert shop.told() == [
        ("order", 100, 100),
        ("hold", -80, 20),
        ("claw_back", -20, 0),
        ("claw_back", -80, -80),
        ("order", 50, -30),
        ("order", 50, 20),
    ]
    shop.writes_down_what_is_due()


def test_points_lapse_at_the_end_of_their_month_the_first_to_lapse_first(shop):
    shop.decides(lapse_months=12, period=Period.MONTH)
    on(JANUARY)
    shop.buys(100)
    on(JANUARY + timedelta(days=60))
    shop.buys(50, order_id=2)
    shop.pays(30)  # of January's

    on(datetime(2027, 1, 31, 15, 59, tzinfo=UTC))  # one minute before midnight in Shanghai
    assert shop.has() == (120, 0, 0, 0)
    with db.transaction(shop.brand_id):
        expiring = queries.balances_of(shop.member_id).expiring
    assert (expiring.amount, expiring.at) == (70, datetime(2027, 1, 31, 16, tzinfo=UTC))

    on(datetime(2027, 1, 31, 16, 1, tzinfo=UTC))
    assert shop.has() == (50, 0, 0, 0), "no job has run"
    assert shop.told()[-1] == ("expire", -70, 50)
    shop.writes_down_what_is_due()
    assert shop.has() == (50, 0, 0, 0)
    assert shop.told()[-1] == ("expire", -70, 50)


def test_a_till_that_never_comes_back_lets_go_and_one_that_comes_late_may_still_settle(shop):
    shop.buys(100)
    shop.puts_aside(60)
    assert shop.has() == (40, 0, 60, 0)

    clock.move(QUARTER_HOUR * 2)
    assert shop.has() == (100, 0, 0, 0)
    shop.does(points.settle_hold, "till:1")
    assert shop.has() == (40, 0, 0, 0)

    shop.puts_aside(40, "till:2")
    clock.move(QUARTER_HOUR * 4)
    shop.pays(30, "till:3")
    with pytest.raises(points.TooFewPoints):
        shop.does(points.settle_hold, "till:2")
    assert shop.has() == (10, 0, 0, 0)


def test_spent_points_come_back_to_their_day_and_never_more_than_were_spent(shop):
    shop.buys(100)
    shop.pays(60)

    assert shop.does(points.give_back_spent, "till:1", refund_key="r1", amount=40) == 40
    assert shop.does(points.give_back_spent, "till:1", refund_key="r1", amount=40) == 0
    assert shop.does(points.give_back_spent, "till:1", refund_key="r2", amount=40) == 20
    assert shop.has() == (100, 0, 0, 0)
    shop.writes_down_what_is_due()


def test_the_same_key_with_another_amount_is_refused(shop):
    shop.buys(100)
    shop.puts_aside(60)
    shop.puts_aside(60)

    with pytest.raises(points.KeyReused):
        shop.puts_aside(61)
    assert shop.has() == (40, 0, 60, 0)


@pytest.mark.parametrize(
    "change", ["UPDATE points_transfers SET amount = 1", "DELETE FROM points_transfers"]
)
def test_what_was_written_is_never_edited(shop, change):
    shop.buys(100)
    with pytest.raises(DBAPIError, match="append-only"), db.transaction(shop.brand_id):
        session.execute(text(change))


@pytest.mark.parametrize("kind", [AccountKind.AVAILABLE, AccountKind.PENDING, AccountKind.OWED])
def test_the_database_itself_keeps_balances_from_going_below_nought(shop, kind):
    shop.buys(100)
    statement = text(
        "INSERT INTO points_accounts (brand_id, member_id, kind, balance)"
        " VALUES (:brand, :member, :kind, -1)"
        " ON CONFLICT (brand_id, member_id, kind) DO UPDATE SET balance = -1"
    )
    with pytest.raises(DBAPIError, match="not_negative"), db.transaction(shop.brand_id):
        session.execute(statement, {"brand": shop.brand_id, "member": shop.member_id, "kind": kind})


def test_the_timekeepers_work_changes_no_figure(shop):
    on(JANUARY)
    shop.decides(return_days=7, lapse_months=1)
    shop.buys(300)
    on(JANUARY + timedelta(days=8))
    shop.puts_aside(100)
    on(JANUARY + timedelta(days=60))
    before = shop.has()

    due.work()

    assert shop.has() == before == (0, 0, 0, 0)
    with db.system_transaction():
        assert not due.is_any_due()
    with db.transaction(shop.brand_id):
        kinds = session.scalars(select(PointsTransfer.kind).order_by(PointsTransfer.at)).all()
        cached = session.scalars(select(PointsAccount.balance)).all()
    assert kinds == ["order", "ripen", "hold", "release", "expire"]
    assert set(cached) == {0}
