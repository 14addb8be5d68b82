"""Claims: one coupon a claim, within stock, budget and every limit; a repeat answers the first."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.core import clock, db
from app.core.db import session
from app.coupons import service as coupons
from app.coupons.models import CouponBatch
from app.coupons.refusals import CASHIER, SHOPPER, Reason, Refused
from app.coupons.rule import Amount, BetweenDays, Rule, write
from app.coupons.service import promises
from tests.coupons.conftest import later, make_batch, make_campaign, reason_of

WEEK = timedelta(days=7)


def test_a_claim_that_is_repeated_answers_the_first_coupon(shop) -> None:
    batch = make_batch(shop.brand_id)

    first, again = shop.claim(batch), shop.claim(batch)

    assert again.id == first.id
    assert shop.batch(batch).issued == 1
    assert shop.steps(first) == [(None, "issued")]


def test_each_key_is_a_claim_of_its_own_up_to_the_limit_of_a_person(shop) -> None:
    batch = make_batch(shop.brand_id, per_person=2)

    shop.claim(batch, key="one")
    shop.claim(batch, key="two")
    with pytest.raises(Refused) as refusal:
        shop.claim(batch, key="three")

    assert reason_of(refusal) == Reason.PER_PERSON
    assert shop.claim(batch, key="two").reason == "claim:two"
    assert shop.batch(batch).issued == 2


def test_the_last_one_is_given_and_the_next_hears_that_it_is_gone(shop, hua) -> None:
    batch = make_batch(shop.brand_id, stock=1)
    shop.claim(batch)

    with pytest.raises(Refused) as refusal:
        shop.claim(batch, hua)

    assert reason_of(refusal) == Reason.GONE
    assert refusal.value.extra["shopper"] == SHOPPER[Reason.GONE]
    assert refusal.value.extra["cashier"] == CASHIER[Reason.GONE]


def test_a_phone_that_has_changed_hands_has_had_its_share(shop, hua) -> None:
    batch = make_batch(shop.brand_id, per_phone=1)
    shop.claim(batch)
    shop.do(_hand_phone_over, shop.lin, hua)

    with pytest.raises(Refused) as refusal:
        shop.claim(batch, hua)

    assert reason_of(refusal) == Reason.PER_PHONE


def _hand_phone_over(giver_id: int, taker_id: int) -> None:
    from app.members.models import Member

    brand_id = db.current_brand_id()
    giver = session.get_one(Member, (brand_id, giver_id))
    taker = session.get_one(Member, (brand_id, taker_id))
    phone, giver.phone_index = giver.phone_index, None
    session.flush()
    taker.phone_index = phone


def test_a_day_of_the_brand_s_calendar_has_its_share_and_the_next_has_its_own(shop, hua) -> None:
    batch = make_batch(shop.brand_id, per_day=1, per_person_day=1)
    shop.claim(batch, key="monday")

    with pytest.raises(Refused) as refusal:
        shop.claim(batch, hua)
    later(days=1)
    shop.claim(batch, key="tuesday")

    assert reason_of(refusal) == Reason.PER_DAY
    assert shop.batch(batch).issued == 2


def test_a_campaign_gives_as_many_as_it_may_over_all_its_batches(shop, hua) -> None:
    campaign = make_campaign(shop.brand_id, budget_count=1)
    one = make_batch(shop.brand_id, "one", campaign_id=campaign.id)
    other = make_batch(shop.brand_id, "other", campaign_id=campaign.id)
    shop.claim(one)

    with pytest.raises(Refused) as refusal:
        shop.claim(other, hua)

    assert reason_of(refusal) == Reason.BUDGET_SPENT
    assert shop.campaign(campaign).taken_count == 1


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"claim_code": None}, Reason.NOT_OPEN),
        ({"claim_from": clock.now() + WEEK}, Reason.NOT_YET_OPEN),
        ({"claim_until": clock.now() - WEEK}, Reason.CLAIM_OVER),
        ({"stopped_at": clock.now()}, Reason.STOPPED),
        ({"revoked_at": clock.now()}, Reason.REVOKED),
        (
            {"rule": write(Rule(Amount(1), BetweenDays(date(2020, 1, 1), date(2020, 1, 2))))},
            Reason.VALIDITY_OVER,
        ),
    ],
)
def test_what_may_not_be_claimed_now_says_why(shop, given, reason) -> None:
    batch = make_batch(shop.brand_id, **given)

    with pytest.raises(Refused) as refusal:
        shop.claim(batch)

    assert reason_of(refusal) == reason
    assert shop.batch(batch).issued == 0


def test_a_guide_gives_within_her_month(shop, hua) -> None:
    wei = shop.house.wei.id
    batch = make_batch(shop.brand_id, per_guide_month=1)

    def give(member_id: int, key: str):
        return shop.do(
            coupons.give_by_guide, batch.id, member_id, staff_id=wei, store_id=None, key=key
        )

    first = give(shop.lin, "tap-1")
    again = give(shop.lin, "tap-1")
    with pytest.raises(Refused) as refusal:
        give(hua, "tap-2")
    later(days=32)
    give(hua, "tap-3")

    assert again.id == first.id
    assert reason_of(refusal) == Reason.PER_GUIDE_MONTH


def test_a_guide_gives_nothing_of_a_batch_that_leaves_her_none(shop) -> None:
    batch = make_batch(shop.brand_id)

    with pytest.raises(Refused) as refusal:
        shop.do(
            coupons.give_by_guide,
            batch.id,
            shop.lin,
            staff_id=shop.house.wei.id,
            store_id=None,
            key="tap",
        )

    assert reason_of(refusal) == Reason.NO_ALLOWANCE


def test_a_limit_that_is_lowered_counts_what_was_given_before(shop) -> None:
    batch = make_batch(shop.brand_id, per_person=3)
    shop.claim(batch, key="one")
    shop.claim(batch, key="two")
    shop.do(lambda: setattr(session.get_one(CouponBatch, _key(batch)), "per_person", 1))

    with pytest.raises(Refused) as refusal:
        shop.claim(batch, key="three")

    assert reason_of(refusal) == Reason.PER_PERSON


def test_the_stock_cannot_be_set_below_what_is_out(shop) -> None:
    batch = make_batch(shop.brand_id)
    shop.claim(batch)

    with pytest.raises(coupons.FewerThanGiven):
        shop.do(coupons.set_stock, batch.id, 0, by="staff:1")
    with pytest.raises(IntegrityError):  # the wall behind it
        shop.do(lambda: setattr(session.get_one(CouponBatch, _key(batch)), "stock", 0))


def _key(batch: CouponBatch) -> tuple[int, int]:
    return batch.brand_id, batch.id


def test_a_printed_code_gives_one_coupon_to_who_comes_first(shop, hua) -> None:
    batch = make_batch(shop.brand_id, claim_code=None)
    code = shop.do(coupons.print_codes, batch.id, 1, by="mei")[0]
    typed = f"{code[:4]}-{code[4:8]} {code[8:]}".lower()

    first = shop.do(coupons.claim_code, typed, shop.lin)
    again = shop.do(coupons.claim_code, code, shop.lin)
    with pytest.raises(Refused) as refusal:
        shop.do(coupons.claim_code, code, hua)

    assert again.id == first.id
    assert reason_of(refusal) == Reason.CODE_TAKEN
    assert shop.do(coupons.by_code, code).id == first.id


def test_a_coupon_is_shown_by_the_same_code_and_nobody_finds_it_by_another(shop) -> None:
    coupon = shop.claim(make_batch(shop.brand_id))

    code = shop.do(coupons.code_of, coupon)

    assert shop.do(coupons.code_of, coupon) == code
    assert len(code) == 16  # of 5 bits: 80
    assert shop.do(coupons.by_code, code).id == coupon.id
    assert shop.do(coupons.by_code, "2" * 16) is None


def test_a_pack_gives_what_lies_in_it_and_owes_what_has_run_out(shop, hua) -> None:
    pack = make_batch(shop.brand_id, "pack", kind="pack", pack_sku="P1")
    ten, last = make_batch(shop.brand_id, "ten"), make_batch(shop.brand_id, "last", stock=1)
    shop.do(coupons.fill_pack, pack, {ten.id: 2, last.id: 1})

    bought = shop.do(coupons.open_pack, pack.id, shop.lin, reference="o-1")
    again = shop.do(coupons.open_pack, pack.id, shop.lin, reference="o-1")
    short = shop.do(coupons.open_pack, pack.id, hua, reference="o-2")

    assert [one.id for one in again] == [one.id for one in bought]
    assert [one.batch_id for one in bought] == [ten.id, ten.id, last.id]
    assert [one.batch_id for one in short] == [ten.id, ten.id]
    assert shop.do(promises.owed, last.id) == {Reason.GONE: 1}
    assert (shop.batch(pack).issued, shop.batch(ten).issued) == (2, 4)


def test_a_pack_whose_sale_is_cancelled_takes_back_what_is_not_used(shop) -> None:
    pack, ten = make_batch(shop.brand_id, "pack", kind="pack"), make_batch(shop.brand_id, "ten")
    shop.do(coupons.fill_pack, pack, {ten.id: 2})
    used, unused = shop.do(coupons.open_pack, pack.id, shop.lin, reference="o-1")
    shop.do(coupons.redeem, used.id, key="till-1")

    taken = shop.do(coupons.take_back_pack, pack.id, shop.lin, reference="o-1")

    assert taken == 1
    assert shop.coupon(unused).revoked_at is not None
    assert shop.do(coupons.take_back_pack, pack.id, shop.lin, reference="o-1") == 0
