"""What Lin can use here and now, by the rule her coupon was given with."""

from __future__ import annotations

import importlib
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from app.benefits import service as benefits
from app.benefits.quote import Reason
from app.core import clock, db
from app.coupons import service as coupons
from app.coupons.models import Coupon, CouponBatch, CouponKind
from app.coupons.rule import Amount, BetweenDays, Rule, stored, write
from app.orders.models import Order
from app.points import queries as points
from app.points import service as tiers
from tests import factories

THIRTY_OFF = Amount(3000)


@pytest.fixture
def lin(house) -> int:
    fan = factories.make_fan(house.brand.id, house.brand.service.id)
    return factories.make_member(house.brand.id, fan.id).id


@pytest.fixture
def give(house, lin):
    """Give Lin a coupon of a new batch with this rule."""

    def _give(rule: Rule | None, kind: CouponKind = CouponKind.AMOUNT) -> Coupon:
        with db.transaction(house.brand.id):
            batch = coupons.add_batch(code="new", name="护肤券", kind=kind, stock=9, rule=rule)
            return coupons.issue(batch, lin, "test")

    return _give


@pytest.fixture
def told(house, lin):
    """Why her one coupon of the test does not work; None where it does."""

    def _told(coupon: Coupon, store_id: int | None = None) -> Reason | None:
        with db.transaction(house.brand.id):
            found = benefits.benefits(lin, store_id, clock.now())
        mine = [one for one in found.usable + found.later if one.coupon_id == coupon.id]
        return mine[0].refusal and mine[0].refusal.reason

    return _told


def test_a_coupon_of_jingan_works_in_jingan_and_waits_in_hubin(house, give, told) -> None:
    coupon = give(Rule(THIRTY_OFF, store_ids=frozenset({house.jingan.id})))

    assert told(coupon, house.jingan.id) is None
    assert told(coupon, house.hubin.id) is Reason.OTHER_STORE
    assert told(coupon) is None  # at home no store is asked for


def test_what_waits_says_why_as_she_reads_it(house, lin, give) -> None:
    coupon = give(Rule(THIRTY_OFF, store_ids=frozenset({house.jingan.id})))

    with db.transaction(house.brand.id):
        found = benefits.benefits(lin, house.hubin.id, clock.now())

    assert [one.why for one in found.later] == ["这家店不能用，看看适用门店"]
    assert [one.coupon_id for one in found.later] == [coupon.id]


def test_a_coupon_of_a_tier_waits_until_she_reaches_it(house, lin, give, told) -> None:
    with db.transaction(house.brand.id):
        gold = points.ladder()[1].id
    coupon = give(Rule(THIRTY_OFF, tier_ids=frozenset({gold})))

    assert told(coupon) is Reason.OTHER_TIER
    with db.transaction(house.brand.id):
        tiers.set_tier(lin, 200_000)
    assert told(coupon) is None


def test_a_coupon_for_a_first_purchase_waits_once_she_has_bought(house, lin, give, told) -> None:
    coupon = give(Rule(THIRTY_OFF, is_first_purchase=True))

    assert told(coupon) is None
    with db.transaction(house.brand.id):
        db.session.add(_order(lin, house.jingan.id))
    assert told(coupon) is Reason.NOT_FIRST_PURCHASE


def _order(member_id: int, store_id: int) -> Order:
    return Order(
        source="till",
        order_no="1",
        member_id=member_id,
        store_id=store_id,
        paid_at=clock.now(),
        paid_fen=100,
        list_fen=100,
        origin="pos",
    )


def test_other_weekdays_are_named(give, told) -> None:
    tomorrow = clock.local(clock.now() + timedelta(days=1)).isoweekday()

    assert told(give(Rule(THIRTY_OFF, weekdays=frozenset({tomorrow})))) is Reason.NOT_TODAY


def test_calendar_days_are_the_coupons_dates(give) -> None:
    today = clock.business_day(clock.now())
    coupon = give(Rule(THIRTY_OFF, BetweenDays(today, today + timedelta(days=1))))

    assert clock.day_bounds(today)[0] == coupon.valid_from
    assert clock.day_bounds(today + timedelta(days=1))[1] == coupon.valid_until


def test_her_coupon_keeps_the_rule_of_the_day_she_got_it(house, give, told) -> None:
    coupon = give(Rule(THIRTY_OFF))
    later = write(Rule(THIRTY_OFF, store_ids=frozenset({house.hubin.id})))
    with db.transaction(house.brand.id):
        db.session.execute(update(CouponBatch).values(rule=later))

    assert told(coupon, house.jingan.id) is None


def test_an_imported_coupon_has_no_rule_and_only_its_dates_are_asked(house, give, told) -> None:
    coupon = give(None, CouponKind.ITEM)

    assert coupon.rule is None
    assert told(coupon, house.jingan.id) is None


def test_batches_from_before_rules_get_the_rule_that_new_ones_get(house) -> None:
    """The migration writes what `add_batch` writes, for the welcome coupon and the sample."""
    plain = importlib.import_module("migrations.versions.0034_coupon_rules").PLAIN
    with db.transaction(house.brand.id):
        new = {batch.code: stored(batch.rule) for batch in _welcome(house)}
        db.session.execute(update(CouponBatch).values(rule=None))
        db.session.execute(text(plain))
        db.session.expire_all()
        old = {batch.code: stored(batch.rule) for batch in _welcome(house)}

    assert set(old) == {"welcome20", "essence5ml"}
    assert old == new


def _welcome(house) -> list[CouponBatch]:
    return coupons.batches(benefits.welcome_codes(house.brand.brand))


def test_what_is_over_is_told_with_its_reason(house, lin, give) -> None:
    used, over = give(Rule(THIRTY_OFF)), None
    with db.transaction(house.brand.id):
        coupons.redeem(used.id, key="once")
        batch = coupons.add_batch(
            code="past", name="旧券", kind=CouponKind.AMOUNT, stock=9, rule=Rule(THIRTY_OFF)
        )
        over = coupons.issue(batch, lin, "test")
        over.valid_until = clock.now() - timedelta(days=1)
        over.valid_from = clock.now() - timedelta(days=9)

    with db.transaction(house.brand.id):
        found = benefits.benefits(lin, None, clock.now())

    assert [(one.coupon_id, one.refusal.reason) for one in found.used] == [(used.id, Reason.USED)]
    assert [(one.coupon_id, one.why) for one in found.expired] == [(over.id, "已经过期了")]
