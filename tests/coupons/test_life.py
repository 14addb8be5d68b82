"""The life of a coupon: put aside, paid, let go, given back, partly refunded, revoked."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import clock, db
from app.core.db import session
from app.coupons import queries
from app.coupons import service as coupons
from app.coupons.models import CouponState
from app.coupons.refusals import CASHIER, SHOPPER, Reason, Refused
from tests.coupons.conftest import later, make_batch, make_campaign, reason_of


@pytest.fixture
def campaign(shop):
    return make_campaign(shop.brand_id, budget_fen=5000)


@pytest.fixture
def coupon(shop, campaign):
    return shop.claim(make_batch(shop.brand_id, campaign_id=campaign.id))


def refused(act, *args, **given) -> str:
    with pytest.raises(Refused) as refusal:
        act(*args, **given)
    return reason_of(refusal)


def test_every_reason_has_a_sentence_for_her_and_one_for_the_cashier() -> None:
    assert set(SHOPPER) == set(CASHIER) == set(Reason)
    assert all(not said.endswith(("。", "！")) for said in (*SHOPPER.values(), *CASHIER.values()))


def test_what_is_put_aside_is_paid(shop, coupon, campaign) -> None:
    first = shop.reserve(coupon)
    again = shop.reserve(coupon)
    held = shop.coupon(coupon).state(clock.now())
    paid = shop.do(coupons.settle, "t1")

    assert (again.id, paid.id) == (first.id, first.id)
    assert held is CouponState.HELD
    assert shop.coupon(coupon).state(clock.now()) is CouponState.USED
    assert shop.campaign(campaign).taken_fen == 3000
    assert shop.steps(coupon) == [
        (None, "issued"),
        ("issued", "reserved"),
        ("reserved", "redeemed"),
    ]


def test_paying_twice_is_paying_once(shop, coupon) -> None:
    shop.reserve(coupon)
    shop.do(coupons.settle, "t1")
    shop.do(coupons.settle, "t1")

    assert len(shop.steps(coupon)) == 3


def test_the_same_key_for_another_amount_is_no_repeat(shop, coupon) -> None:
    shop.reserve(coupon, fen=3000)

    with pytest.raises(Refused) as refusal:
        shop.reserve(coupon, fen=2000)

    assert (refusal.value.status, reason_of(refusal)) == (422, Reason.KEY_REUSED)


def test_a_second_till_hears_that_it_is_at_the_first(shop, coupon) -> None:
    shop.reserve(coupon)

    assert refused(shop.reserve, coupon, "t2") == Reason.HELD


def test_what_is_let_go_works_again_with_its_money(shop, coupon, campaign) -> None:
    shop.reserve(coupon)
    shop.do(coupons.void, "t1")
    shop.do(coupons.void, "t1")

    assert shop.campaign(campaign).taken_fen == 0
    assert shop.coupon(coupon).is_usable(clock.now())
    assert shop.reserve(coupon, "t2").key == "t2"


def test_what_is_paid_cannot_be_let_go(shop, coupon) -> None:
    shop.reserve(coupon)
    shop.do(coupons.settle, "t1")

    assert refused(shop.do, coupons.void, "t1") == Reason.SETTLED


def test_what_nobody_paid_in_time_is_free_without_any_job(shop, coupon, campaign) -> None:
    shop.reserve(coupon)
    later(minutes=16)

    assert shop.coupon(coupon).is_usable(clock.now())
    shop.reserve(coupon, "t2")
    assert shop.campaign(campaign).taken_fen == 3000
    assert shop.steps(coupon)[1:] == [
        ("issued", "reserved"),
        ("reserved", "lapsed"),
        ("issued", "reserved"),
    ]


def test_a_late_payment_counts_while_the_coupon_is_free(shop, coupon, campaign) -> None:
    shop.reserve(coupon)
    shop.do(coupons.void, "t1")
    later(days=60)  # its days are over, but she came in time

    shop.do(coupons.settle, "t1")

    assert shop.campaign(campaign).taken_fen == 3000
    assert shop.coupon(coupon).used == 1


def test_a_late_payment_of_a_coupon_used_elsewhere_says_so(shop, coupon) -> None:
    shop.reserve(coupon)
    later(minutes=16)
    shop.reserve(coupon, "t2")

    assert refused(shop.do, coupons.settle, "t1") == Reason.TAKEN_MEANWHILE


def test_a_cancelled_order_gives_the_coupon_and_the_money_back(shop, coupon, campaign) -> None:
    shop.reserve(coupon)
    shop.do(coupons.settle, "t1")
    shop.do(coupons.give_back, "t1", reason="order")
    shop.do(coupons.give_back, "t1", reason="order")

    assert shop.coupon(coupon).is_usable(clock.now())
    assert shop.campaign(campaign).taken_fen == 0
    assert shop.steps(coupon)[-1] == ("redeemed", "rolled_back")
    assert refused(shop.do, coupons.settle, "t1") == Reason.ROLLED_BACK


def test_part_of_an_order_that_goes_back_brings_its_money_back_once(shop, coupon, campaign) -> None:
    shop.reserve(coupon)
    shop.do(coupons.settle, "t1")
    for refund_key, fen in (("r1", 1000), ("r1", 1000), ("r2", 500)):
        shop.do(coupons.refund_part, "t1", refund_key=refund_key, fen=fen)

    assert shop.campaign(campaign).taken_fen == 1500
    assert shop.coupon(coupon).state(clock.now()) is CouponState.USED
    too_much = refused(shop.do, coupons.refund_part, "t1", refund_key="r3", fen=1501)
    assert too_much == Reason.REFUND_TOO_LARGE
    shop.do(coupons.give_back, "t1", reason="order")
    assert shop.campaign(campaign).taken_fen == 0


def test_the_money_stops_at_the_fen(shop, campaign, hua) -> None:
    batch = make_batch(shop.brand_id, campaign_id=campaign.id)
    hers, other = shop.claim(batch), shop.claim(batch, hua)
    shop.reserve(hers)

    assert refused(shop.reserve, other, "t2", 2001) == Reason.BUDGET_SPENT
    shop.reserve(other, "t3", 2000)
    assert shop.campaign(campaign).taken_fen == 5000


def test_money_that_nobody_spent_in_time_is_there_for_the_next(shop, campaign, hua) -> None:
    batch = make_batch(shop.brand_id, campaign_id=campaign.id)
    hers, other = shop.claim(batch), shop.claim(batch, hua)
    shop.reserve(hers, fen=5000)
    later(minutes=16)

    shop.reserve(other, "t2", 5000)

    assert shop.campaign(campaign).taken_fen == 5000
    assert shop.coupon(hers).used == 0


def test_a_revoked_coupon_is_refused_but_what_a_till_holds_may_be_paid(shop, coupon) -> None:
    shop.reserve(coupon)
    shop.do(coupons.revoke, coupon.id, by="staff:1")
    shop.do(coupons.revoke, coupon.id, by="staff:1")

    shop.do(coupons.settle, "t1")
    assert shop.coupon(coupon).state(clock.now()) is CouponState.USED
    shop.do(coupons.give_back, "t1", reason="order")
    assert refused(shop.reserve, coupon, "t2") == Reason.REVOKED
    assert [to for _, to in shop.steps(coupon)].count("revoked") == 1


def test_a_revoked_batch_is_refused_at_once_and_gives_no_more(shop, coupon, hua) -> None:
    batch = shop.do(lambda: queries.batch(coupon.batch_id))
    shop.do(coupons.revoke_batch, batch.id, by="staff:1")

    assert refused(shop.reserve, coupon) == Reason.REVOKED
    assert refused(shop.claim, batch, hua) == Reason.REVOKED


def test_dates_are_compared_when_it_is_used(shop, coupon) -> None:
    later(days=31)

    assert refused(shop.reserve, coupon) == Reason.EXPIRED


def test_a_coupon_with_three_uses_is_put_aside_at_two_tills_and_used_up_at_the_third(shop) -> None:
    coupon = shop.claim(make_batch(shop.brand_id))
    shop.do(lambda: setattr(session.get_one(type(coupon), (shop.brand_id, coupon.id)), "uses", 3))
    shop.reserve(coupon, "a")
    later(minutes=5)
    shop.reserve(coupon, "b")
    shop.do(coupons.redeem, coupon.id, key="c")

    assert refused(shop.reserve, coupon, "d") == Reason.HELD
    later(minutes=16)
    shop.reserve(coupon, "d")
    assert (shop.coupon(coupon).used, shop.coupon(coupon).held) == (3, 2)


def test_nobody_writes_history_anew(shop, coupon) -> None:
    for change in ("UPDATE coupon_steps SET fen = 1", "DELETE FROM coupon_steps"):
        with pytest.raises(DBAPIError, match="append-only"), db.transaction(shop.brand_id):
            session.execute(text(change))


def test_a_till_without_a_network_is_judged_by_the_moment_it_tells(shop, coupon) -> None:
    in_time = clock.now()
    later(days=31)

    use = shop.do(coupons.redeem, coupon.id, key="offline", at=in_time)

    assert use.redeemed_at == in_time


def test_a_sample_that_is_put_aside_lies_on_no_shelf(shop) -> None:
    store_id = shop.house.jingan.id
    sample = shop.do(lambda: coupons.batches(["essence5ml"])[0])
    coupon = shop.do(lambda: coupons.issue(sample, shop.lin, "test"))

    def left() -> int:
        return shop.do(queries.samples_left, [sample.id], store_id)[sample.id]

    before = left()
    shop.reserve(coupon, fen=0)
    held = left()
    shop.do(coupons.void, "t1")

    assert (held, left()) == (before - 1, before)


def test_a_sample_is_not_put_aside_where_there_is_none(shop) -> None:
    sample = shop.do(lambda: coupons.batches(["essence5ml"])[0])
    coupon = shop.do(lambda: coupons.issue(sample, shop.lin, "test"))
    shop.do(coupons.stock_samples, sample.id, {shop.house.jingan.id: 0})

    assert refused(shop.reserve, coupon, fen=0) == Reason.SHELF_EMPTY
    assert shop.coupon(coupon).used == 0


@pytest.mark.parametrize("act", [coupons.settle, coupons.void])
def test_a_use_that_never_was_is_not_found(shop, act) -> None:
    assert refused(shop.do, act, "never") == Reason.NO_USE
