"""The discount engine in the trade's words: what Lin pays, and what she is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from app.benefits.quote import (
    Basket,
    Policy,
    Purse,
    Reason,
    Refusal,
    Shopper,
    TierRights,
    Visit,
    quote,
)
from app.benefits.quote.reasons import CASHIER, POINTS_CASHIER, POINTS_SHOPPER, SHOPPER
from app.benefits.quote.reasons import PointsReason as Points
from app.coupons.rule.terms import (
    Amount,
    Exchange,
    Free,
    Gift,
    Goods,
    Hours,
    Pack,
    Part,
    Percent,
    Sample,
    Selector,
    Shipping,
    Stacking,
)
from tests.benefits.wallets import AT, HUBIN, JINGAN, LIN, VISIT, basket, coupon, line, only

GOLD = TierRights("金穗", off_basis_points=500)
THIRTY_OFF = coupon(Amount(3000), "满减", min_spend_fen=19900)


def payable(found) -> list[int]:
    return [line.payable_fen for line in found.lines]


def used(found) -> list[str]:
    return [one.key for one in found.applied]


def why(found) -> dict[str, Reason]:
    return {refusal.key: refusal.reason for refusal in found.refused}


def test_spend_199_save_30() -> None:
    found = quote(basket(19900), LIN, [THIRTY_OFF], VISIT)

    assert found.payable_fen == 16900
    assert used(found) == ["满减"]


def test_one_fen_short_of_the_minimum_says_how_much_is_missing() -> None:
    found = quote(basket(19899), LIN, [THIRTY_OFF], VISIT)

    assert found.payable_fen == 19899
    assert found.refused == (Refusal("满减", Reason.BELOW_MINIMUM, missing_fen=1),)
    assert found.refused[0].shopper == "再买 ¥0.01 适用商品就能用"


def test_an_amount_larger_than_the_goods_takes_no_more_than_the_goods() -> None:
    found = quote(basket(1000, 500), LIN, [coupon(Amount(5000))], VISIT)

    assert payable(found) == [0, 0]
    assert found.off_fen == 1500


def test_fen_that_do_not_divide_go_to_the_largest_remainders() -> None:
    found = quote(basket(100, 100, 100), LIN, [coupon(Amount(100))], VISIT)

    assert found.applied[0].shares == ((1, 34), (2, 33), (3, 33))


def test_of_equal_remainders_the_earlier_line_gets_the_fen() -> None:
    found = quote(basket(50, 150, 100), LIN, [coupon(Amount(10))], VISIT)

    # exactly 1⅔, 5 and 3⅓
    assert found.applied[0].shares == ((1, 2), (2, 5), (3, 3))


def test_85_percent_with_a_cap_of_50() -> None:
    found = quote(basket(100_000), LIN, [coupon(Percent(1500, cap_fen=5000))], VISIT)

    assert found.off_fen == 5000


def test_a_percentage_is_rounded_down_to_whole_fen() -> None:
    found = quote(basket(333), LIN, [coupon(Percent(1500))], VISIT)

    assert found.off_fen == 49  # of 49.95


def test_the_free_item_is_the_dearest_of_its_goods() -> None:
    lines = (line(1, 9900, sku="A"), line(2, 25800, sku="B", quantity=2), line(3, 30000, sku="C"))
    goods = Goods(except_=(Selector(sku="C"),))

    found = quote(Basket(lines), LIN, [coupon(Free(), goods=goods)], VISIT)

    assert payable(found) == [9900, 12900, 30000]


def test_two_free_items_are_two_units_not_one_twice() -> None:
    wallet = [coupon(Free(), "一"), coupon(Free(), "二")]

    found = quote(Basket((line(1, 101, quantity=2),)), LIN, wallet, VISIT)

    assert [one.off_fen for one in found.applied] == [51, 50]


def test_an_exchange_costs_its_price_and_is_touched_by_nothing_else() -> None:
    wallet = [coupon(Exchange(990), "换购", goods=only(sku="B")), coupon(Percent(5000), "半价")]
    lines = (line(1, 10000), line(2, 5900, sku="B"))

    found = quote(Basket(lines), LIN, wallet, VISIT)

    assert payable(found) == [5000, 990]


def test_an_exchange_dearer_than_the_goods_is_kept_for_another_day() -> None:
    found = quote(basket(900), LIN, [coupon(Exchange(990))], VISIT)

    assert why(found) == {"c1": Reason.SAVES_NOTHING}


def test_a_gift_and_a_sample_are_added_and_take_nothing_off() -> None:
    wallet = [
        coupon(Gift("G1", "旅行装"), "赠品", min_spend_fen=10000),
        coupon(Sample("精华"), "小样"),
    ]

    found = quote(basket(10000), LIN, wallet, VISIT)

    assert used(found) == ["赠品", "小样"]
    assert found.payable_fen == 10000


def test_a_sample_needs_no_purchase() -> None:
    found = quote(Basket(()), LIN, [coupon(Sample("精华"))], VISIT)

    assert used(found) == ["c1"]


def test_shipping_is_taken_off_the_delivery_only() -> None:
    found = quote(basket(10000, shipping=1200), LIN, [coupon(Shipping(cap_fen=800))], VISIT)

    assert (found.shipping_off_fen, found.off_fen, found.payable_fen) == (800, 0, 10400)


def test_a_pack_costs_its_price_however_its_parts_lie() -> None:
    pack = Pack("护肤三件", 19900, (Part("A", 2), Part("B")))
    lines = (line(1, 9900, sku="A"), line(2, 9900, sku="A"), line(3, 12900, sku="B"))

    found = quote(Basket(lines), LIN, [coupon(pack)], VISIT)

    assert found.payable_fen == 19900
    assert sum(fen for _, fen in found.applied[0].shares) == 12800


def test_a_pack_that_is_not_complete_is_refused() -> None:
    pack = Pack("护肤三件", 19900, (Part("A", 2), Part("B")))
    lines = (line(1, 9900, sku="A"), line(2, 12900, sku="B"))

    found = quote(Basket(lines), LIN, [coupon(pack)], VISIT)

    assert why(found) == {"c1": Reason.PACK_INCOMPLETE}


def test_exceptions_win_over_what_a_coupon_is_for() -> None:
    goods = Goods(only=(Selector(category="护肤"),), except_=(Selector(sku="B"),))
    lines = (line(1, 10000, category="护肤"), line(2, 10000, sku="B", category="护肤"))

    found = quote(Basket(lines), LIN, [coupon(Percent(1000), goods=goods)], VISIT)

    assert payable(found) == [9000, 10000]


def test_goods_named_by_brand_and_category_must_be_both() -> None:
    goods = only(brand="禾木", category="护肤")
    lines = (
        line(1, 10000, category="护肤", brand="禾木"),
        line(2, 10000, category="护肤", brand="青岚"),
    )

    found = quote(Basket(lines), LIN, [coupon(Percent(1000), goods=goods)], VISIT)

    assert payable(found) == [9000, 10000]


REFUSED = [
    ({"uses": 0}, Reason.USED),
    ({"days": 0}, Reason.EXPIRED),
    ({"tier_ids": frozenset({3})}, Reason.OTHER_TIER),
    ({"is_first_purchase": True}, Reason.NOT_FIRST_PURCHASE),
    ({"store_ids": frozenset({HUBIN})}, Reason.OTHER_STORE),
    ({"weekdays": frozenset({6, 7})}, Reason.NOT_TODAY),
    ({"hours": (Hours(time(12, 1)),)}, Reason.NOT_THIS_HOUR),
    ({"hours": (Hours(time(10), time(12)),)}, Reason.NOT_THIS_HOUR),
    ({"store_left": 0}, Reason.SHELF_EMPTY),
    ({"goods": only(sku="Z")}, Reason.NO_GOODS),
    ({"min_spend_fen": 10001}, Reason.BELOW_MINIMUM),
]


@pytest.mark.parametrize(("condition", "reason"), REFUSED)
def test_each_condition_refuses_with_its_own_reason(condition, reason) -> None:
    found = quote(basket(10000), LIN, [coupon(Amount(100), **condition)], VISIT)

    assert why(found) == {"c1": reason}
    assert found.payable_fen == 10000


HELD = [
    {"tier_ids": frozenset({2, 3})},
    {"store_ids": frozenset({JINGAN})},
    {"weekdays": frozenset({5})},
    {"hours": (Hours(time(10), time(12)), Hours(time(12), time(14)))},
    {"min_spend_fen": 10000},
]


@pytest.mark.parametrize("condition", HELD)
def test_each_condition_that_holds_lets_it_work(condition) -> None:
    found = quote(basket(10000), LIN, [coupon(Amount(100), **condition)], VISIT)

    assert used(found) == ["c1"]


def test_a_coupon_of_tomorrow_names_its_day_on_the_brands_calendar() -> None:
    tomorrow = replace(coupon(Amount(100)), valid_from=AT + timedelta(hours=13))

    found = quote(basket(10000), LIN, [tomorrow], VISIT)

    assert found.refused[0].cashier == "未到使用时间，11月21日 起可用"


def test_first_purchase_works_on_the_first_purchase() -> None:
    new = Shopper(is_first_purchase=True)

    found = quote(basket(10000), new, [coupon(Amount(100), is_first_purchase=True)], VISIT)

    assert used(found) == ["c1"]


def test_at_home_no_store_is_asked_for() -> None:
    there = coupon(Amount(100), store_ids=frozenset({HUBIN}))

    assert used(quote(basket(10000), LIN, [there], Visit(AT))) == ["c1"]


def test_of_one_group_the_coupon_worth_more_is_used() -> None:
    wallet = [
        coupon(Amount(3000), "减三十", stacking=Stacking(group="满减")),
        coupon(Percent(2000), "八折", stacking=Stacking(group="满减")),
    ]

    small = quote(basket(10000), LIN, wallet, VISIT)
    large = quote(basket(20000), LIN, wallet, VISIT)

    assert (used(small), used(large)) == (["减三十"], ["八折"])
    assert small.refused == (Refusal("八折", Reason.GROUP_TAKEN, other="减三十"),)
    assert small.refused[0].cashier == "与券 减三十 同组，只能用一张"


def test_a_coupon_for_itself_gives_way_to_two_that_are_worth_more() -> None:
    wallet = [
        coupon(Amount(3000), "独用", stacking=Stacking(is_alone=True)),
        coupon(Amount(2000), "一"),
        coupon(Amount(1500), "二"),
    ]

    assert used(quote(basket(10000), LIN, wallet, VISIT)) == ["一", "二"]
    assert used(quote(basket(10000), LIN, wallet[:2], VISIT)) == ["独用"]


def test_shares_work_before_sums_unless_a_rule_says_otherwise() -> None:
    first = coupon(Amount(5000), "减五十", stacking=Stacking(order=1))
    usual, half = coupon(Amount(5000), "减五十"), coupon(Percent(5000), "半价")

    assert quote(basket(10000), LIN, [usual, half], VISIT).payable_fen == 0
    assert quote(basket(10000), LIN, [first, half], VISIT).payable_fen == 2500


def test_equal_coupons_go_by_the_one_that_ends_first() -> None:
    wallet = [coupon(Amount(9000), "后到期", days=30), coupon(Amount(9000), "先到期", days=3)]

    found = quote(basket(9000), LIN, wallet, VISIT)

    assert used(found) == ["先到期"]
    assert why(found) == {"后到期": Reason.NOTHING_LEFT}


def test_of_equal_pairs_the_one_that_ends_sooner_is_used() -> None:
    wallet = [
        coupon(Amount(6000), "六十", days=30),
        coupon(Amount(5000), "五十甲", days=3),
        coupon(Amount(5000), "五十乙", days=5),
    ]

    found = quote(basket(10000), LIN, wallet, VISIT, policy=Policy(most_coupons=2))

    assert used(found) == ["五十甲", "五十乙"]


@pytest.mark.parametrize("keys", ["ab", "ba"])
def test_of_twins_the_smaller_key_works_first(keys) -> None:
    found = quote(basket(9000), LIN, [coupon(Amount(6000), key) for key in keys], VISIT)

    assert [(one.key, one.off_fen) for one in found.applied] == [("a", 6000), ("b", 3000)]


def test_one_fen_more_decides() -> None:
    """The dearest coupon first is not the best here, by one fen."""
    wallet = [
        coupon(Amount(6000), "独用", stacking=Stacking(is_alone=True)),
        coupon(Amount(3001), "一"),
        coupon(Amount(3000), "二"),
    ]

    assert used(quote(basket(10000), LIN, wallet, VISIT)) == ["一", "二"]


def test_no_more_coupons_than_the_brand_lets_on_one_basket() -> None:
    wallet = [coupon(Amount(fen), str(fen)) for fen in (100, 200, 300)]

    found = quote(basket(10000), LIN, wallet, VISIT, policy=Policy(most_coupons=2))

    assert sorted(used(found)) == ["200", "300"]
    assert why(found) == {"100": Reason.TOO_MANY}


def test_coupons_together_stop_at_the_brands_cap() -> None:
    wallet = [coupon(Amount(4000), "一", days=2), coupon(Amount(4000), "二"), coupon(Free(), "三")]

    found = quote(basket(10000), LIN, wallet[:2], VISIT, policy=Policy(cap_basis_points=5000))
    full = quote(basket(10000), LIN, wallet, VISIT, policy=Policy(cap_basis_points=4000))

    assert found.off_fen == 5000
    assert full.off_fen == 4000
    assert len(full.applied) == 1


def test_a_full_cap_is_the_reason_for_what_stays() -> None:
    wallet = [coupon(Amount(5000), "一", days=2), coupon(Amount(5000), "二")]

    found = quote(basket(10000), LIN, wallet, VISIT, policy=Policy(cap_basis_points=5000))

    assert why(found) == {"二": Reason.CAP_REACHED}


def test_the_tiers_price_comes_before_the_coupons() -> None:
    gold = replace(LIN, rights=GOLD)

    found = quote(basket(20000), gold, [coupon(Percent(1000))], VISIT)

    assert (found.lines[0].tier_off_fen, found.lines[0].coupon_off_fen) == (1000, 1900)


def test_the_tiers_price_does_not_eat_the_minimum() -> None:
    found = quote(basket(19900), replace(LIN, rights=GOLD), [THIRTY_OFF], VISIT)

    assert found.payable_fen == 19900 - 995 - 3000


def test_her_tiers_price_is_given_up_only_for_a_coupon_worth_more() -> None:
    gold = replace(LIN, rights=replace(GOLD, is_shipping_free=True))
    apart = Stacking(with_tier_price=False)

    kept = quote(basket(10000), gold, [coupon(Amount(400), stacking=apart)], VISIT)
    given_up = quote(
        basket(10000, shipping=800), gold, [coupon(Amount(600), stacking=apart)], VISIT
    )

    assert (kept.off_fen, why(kept)) == (500, {"c1": Reason.NOT_WITH_TIER_PRICE})
    assert (given_up.off_fen, used(given_up)) == (600, ["c1"])
    assert given_up.shipping_off_fen == 800  # the other right goes with any coupon


def test_points_pay_last_in_whole_steps_and_fall_on_the_lines() -> None:
    found = quote(basket(200, 100), LIN, [], VISIT, Purse(wish=250, available=900))

    assert (found.points, found.points_fen, payable(found)) == (200, 200, [67, 33])
    assert found.points_refused.reason is Points.BELOW_STEP
    assert found.points_refused.shopper == "积分每 100 分起用，零头给您留着"


POINTS = [
    (Purse(wish=500, available=300), 300, Points.TOO_FEW),
    (Purse(wish=5000, available=9000, cap_basis_points=1000), 1000, Points.CAP_REACHED),
    (Purse(wish=20000, available=20000), 10000, Points.CAP_REACHED),
    (Purse(wish=500, available=500), 500, None),
]


@pytest.mark.parametrize(("purse", "spent", "reason"), POINTS)
def test_points_that_stay_hers_stay_for_a_reason(purse, spent, reason) -> None:
    found = quote(basket(10000), LIN, [], VISIT, purse)

    assert found.points == spent
    assert (found.points_refused and found.points_refused.reason) == reason


def test_a_coupon_that_does_not_go_with_points_keeps_them_in_her_purse() -> None:
    wallet = [coupon(Amount(100), stacking=Stacking(with_points=False))]

    found = quote(basket(10000), LIN, wallet, VISIT, Purse(wish=500, available=500))

    assert (found.points, found.points_refused.reason) == (0, Points.NOT_WITH_COUPON)
    assert found.points_refused.cashier == "券 c1 不能与积分同用"


def test_one_coupon_discounts_one_basket_once() -> None:
    """The wallet of macrozheng/mall#1003: five orders on one coupon, and less than nothing to
    pay. Here a coupon with one use left is one coupon, and two of a key are refused."""
    with pytest.raises(ValueError, match="same key"):
        quote(basket(100), LIN, [coupon(Amount(90)), coupon(Amount(90))], VISIT)


def test_more_coupons_than_can_be_searched_still_obey_every_rule() -> None:
    wallet = [coupon(Percent(100 + 37 * n), f"{n:02d}", days=n + 1) for n in range(40)]

    found = quote(basket(99900, 35000), LIN, wallet, VISIT)

    assert not found.is_exact
    assert len(found.applied) <= 20
    assert found.off_fen + sum(payable(found)) == 134_900
    assert set(used(found)) | set(why(found)) == {one.key for one in wallet}


@pytest.mark.parametrize("sentences", [SHOPPER, CASHIER])
def test_every_reason_has_its_own_sentence(sentences) -> None:
    assert set(sentences) == set(Reason)
    assert len(set(sentences.values())) == len(Reason)


def test_every_reason_about_points_has_both_sentences() -> None:
    assert set(POINTS_SHOPPER) == set(POINTS_CASHIER) == set(Points)
