"""What holds for every basket and every wallet."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.benefits.quote import Basket, Policy, Reason, Visit, quote
from app.benefits.quote.conditions import refusal_at, refusal_for, where
from tests.benefits import naive
from tests.benefits.wallets import (
    AT,
    JINGAN,
    baskets,
    full_wallets,
    mixed_wallets,
    policies,
    purses,
    shoppers,
)

VISITS = st.sampled_from((Visit(AT, JINGAN), Visit(AT)))
IN_PLAN = frozenset(list(Reason)[list(Reason).index(Reason.NOT_WITH_TIER_PRICE) :])
QUESTIONS = st.tuples(baskets(), shoppers, full_wallets | mixed_wallets, VISITS, purses, policies)
quick = settings(max_examples=60, deadline=None)


@quick
@given(QUESTIONS)
def test_nobody_pays_less_than_nothing_and_no_coupon_takes_more_than_the_goods(question) -> None:
    found = quote(*question)

    assert 0 <= found.off_fen + found.points_fen <= found.goods_fen
    assert 0 <= found.shipping_off_fen <= found.shipping_fen
    for line in found.lines:
        assert min(line.tier_off_fen, line.coupon_off_fen, line.points_fen) >= 0
        assert line.payable_fen >= 0
    assert found.payable_fen >= 0


@quick
@given(QUESTIONS)
def test_the_parts_of_every_sum_add_up(question) -> None:
    found = quote(*question)

    for used in found.applied:
        assert sum(fen for _, fen in used.shares) == used.off_fen
        assert used.off_fen + used.shipping_off_fen + used.gift_fen > 0
    for line in found.lines:
        off = line.tier_off_fen + line.coupon_off_fen + line.points_fen
        assert line.amount_fen - off == line.payable_fen
    by_coupons = sum(used.off_fen for used in found.applied)
    assert sum(line.coupon_off_fen for line in found.lines) == by_coupons
    assert by_coupons + (found.tier.off_fen if found.tier else 0) == found.off_fen
    assert sum(line.points_fen for line in found.lines) == found.points_fen
    goods = sum(line.payable_fen for line in found.lines)
    assert goods + found.shipping_fen - found.shipping_off_fen == found.payable_fen


@quick
@given(QUESTIONS, st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_laid_down_changes_nothing(question, lot) -> None:
    basket, shopper, held, *rest = question
    shuffled = Basket(tuple(_mixed(basket.lines, lot)), basket.shipping_fen)

    assert quote(basket, shopper, held, *rest) == quote(shuffled, shopper, _mixed(held, lot), *rest)


def _mixed(things, lot: random.Random):
    return lot.sample(list(things), len(things))


@settings(max_examples=120, deadline=None)
@given(QUESTIONS)
def test_no_combination_anybody_could_try_is_worth_more_or_does_it_with_fewer(question) -> None:
    basket, shopper, held, visit, _, policy = question
    found = quote(basket, shopper, held, visit, policy=policy)
    usable = _usable(basket, shopper, held, visit)

    assert found.is_exact
    best = naive.best(basket, usable, shopper.rights, policy)
    assert (_worth(found), len(found.applied)) == best


def _usable(basket, shopper, held, visit):
    places = where(basket, held)
    return [
        one
        for one in held
        if not refusal_at(one, shopper, visit)
        and not refusal_for(one, basket, places[one.rule.goods])
    ]


def _worth(found) -> int:
    gifts = sum(used.gift_fen for used in found.applied)
    return found.off_fen + found.shipping_off_fen + gifts


@quick
@given(QUESTIONS)
def test_every_coupon_is_used_or_refused_for_a_reason_that_holds(question) -> None:
    basket, shopper, held, visit, _, policy = question
    found = quote(basket, shopper, held, visit, policy=policy)
    used = {one.key for one in found.applied}
    refused = {one.key: one for one in found.refused}

    assert used | set(refused) == {one.key for one in held}
    assert not used & set(refused)
    usable = {one.key for one in _usable(basket, shopper, held, visit)}
    for refusal in refused.values():
        assert (refusal.reason in IN_PLAN) == (refusal.key in usable)
        assert refusal.shopper
        assert refusal.cashier
        assert "{" not in refusal.shopper + refusal.cashier
    _hold(found, refused, {one.key: one for one in held}, policy)


def _hold(found, refused, held, policy) -> None:
    """The reasons of the stacking rules, each held against what was used."""
    used = [one.key for one in found.applied]
    for key, refusal in refused.items():
        mine = held[key].rule.stacking
        if refusal.reason is Reason.GROUP_TAKEN:
            assert held[refusal.other].rule.stacking.group == mine.group
            assert refusal.other in used
        if refusal.reason is Reason.NOT_WITH_OTHERS:
            assert mine.is_alone or held[refusal.other].rule.stacking.is_alone
            assert refusal.other in used
        if refusal.reason is Reason.NOT_WITH_TIER_PRICE:
            assert not mine.with_tier_price
            assert found.tier.off_fen > 0 or found.goods_fen < 100
        if refusal.reason is Reason.TOO_MANY:
            assert len(used) == policy.most_coupons


@quick
@given(QUESTIONS)
def test_a_coupon_that_was_left_out_was_not_missed(question) -> None:
    """Without it in her wallet she would get the same."""
    basket, shopper, held, *rest = question
    found = quote(basket, shopper, held, *rest)
    kept = {one.key for one in found.refused}

    again = quote(basket, shopper, [one for one in held if one.key not in kept], *rest)

    assert again.applied == found.applied
    assert again.payable_fen == found.payable_fen


@settings(max_examples=30, deadline=None)
@given(baskets(most=3), shoppers, full_wallets)
def test_with_all_limits_off_more_coupons_never_cost_her_more(basket, shopper, held) -> None:
    visit = Visit(AT, JINGAN)
    fewer = quote(basket, shopper, held[1:], visit)
    more = quote(basket, shopper, held, visit, policy=Policy())

    assert _worth(more) >= _worth(fewer)
