"""Baskets and wallets for the discount engine's tests, as the trade speaks of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from app.benefits.quote import Basket, Held, Line, Policy, Purse, Shopper, TierRights, Visit
from app.coupons.rule import terms

AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # a Friday, noon in Shanghai
JINGAN, HUBIN = 1, 2
VISIT = Visit(AT, store_id=JINGAN)
LIN = Shopper(tier_id=2)
SKUS, CATEGORIES = ("A", "B", "C"), ("护肤", "彩妆")


def line(line_no, fen, *, sku="A", quantity=1, category=None, brand=None):
    return Line(line_no, sku, quantity, fen, category, brand)


def basket(*fen, shipping=0):
    """One line for each amount."""
    lines = tuple(line(number, amount) for number, amount in enumerate(fen, 1))
    return Basket(lines, shipping)


def coupon(gives, key="c1", *, days=30, uses=1, store_left=None, **conditions):
    """Hers since yesterday, for so many days more."""
    rule = terms.Rule(gives, **conditions)
    ends = AT + timedelta(days=days)
    return Held(key, rule, AT - timedelta(days=1), ends, uses, store_left)


def only(**selector):
    return terms.Goods(only=(terms.Selector(**selector),))


fen = st.integers(0, 500) | st.integers(0, 40_000)
_cap = st.none() | st.integers(1, 3000)
kinds = st.one_of(
    st.builds(terms.Amount, st.integers(1, 30_000)),
    st.builds(terms.Percent, st.integers(1, 10_000), _cap),
    st.builds(terms.Free, st.integers(1, 3)),
    st.builds(terms.Exchange, st.integers(1, 5000), st.integers(1, 2)),
    st.builds(terms.Gift, st.just("G"), st.just("旅行装"), st.just(1), st.integers(1, 3000)),
    st.builds(terms.Sample, st.just("精华"), st.integers(1, 3000)),
    st.builds(terms.Shipping, _cap),
    st.builds(
        terms.Pack,
        st.just("礼包"),
        st.integers(0, 9000),
        st.lists(
            st.builds(terms.Part, st.sampled_from(SKUS), st.integers(1, 2)),
            min_size=1,
            max_size=2,
            unique_by=lambda part: part.sku,
        ).map(tuple),
    ),
)
selectors = st.one_of(
    st.builds(terms.Selector, sku=st.sampled_from(SKUS)),
    st.builds(terms.Selector, category=st.sampled_from(CATEGORIES)),
    st.builds(terms.Selector, brand=st.sampled_from(("禾木", "青岚"))),
)
_few = st.lists(selectors, max_size=2).map(tuple)
goods = st.just(terms.Goods()) | st.builds(terms.Goods, _few, _few)
stackings = st.builds(
    terms.Stacking,
    group=st.sampled_from((None, None, "满减", "折扣")),
    is_alone=st.sampled_from((False, False, False, True)),
    order=st.none() | st.integers(0, 999),
    with_tier_price=st.sampled_from((True, True, False)),
    with_points=st.booleans(),
)
strict_rules = st.builds(
    terms.Rule,
    gives=kinds,
    min_spend_fen=st.just(0) | fen,
    goods=goods,
    store_ids=st.frozensets(st.sampled_from((JINGAN, HUBIN)), max_size=2),
    weekdays=st.sampled_from((frozenset(), frozenset(), frozenset({5, 6}), frozenset({1}))),
    tier_ids=st.sampled_from((frozenset(), frozenset(), frozenset({2}), frozenset({3}))),
    is_first_purchase=st.sampled_from((False, False, True)),
    stacking=stackings,
)
easy_rules = st.builds(
    terms.Rule,
    gives=kinds,
    goods=st.sampled_from((terms.Goods(), terms.Goods(), only(sku="A"), only(category="护肤"))),
    stacking=stackings,
)


def _numbered(rules, ends, uses, begun):
    def held(number):
        days = (begun.map(lambda n: AT - timedelta(days=n)), ends.map(_after))
        return st.builds(Held, st.just(f"c{number}"), rules, *days, uses)

    return held


def _after(days):
    return AT + timedelta(days=days)


def _wallet(held, least, most):
    return st.integers(least, most).flatmap(lambda n: st.tuples(*(held(i) for i in range(n))))


# Some that work here and now, some that do not; and one where all work, so that they compete.
mixed_wallets = _wallet(
    _numbered(
        strict_rules, st.integers(-2, 60), st.sampled_from((1, 1, 2, 0)), st.integers(-2, 60)
    ),
    0,
    5,
)
full_wallets = _wallet(
    _numbered(easy_rules, st.sampled_from((5, 30)), st.just(1), st.just(1)), 2, 5
)


@st.composite
def baskets(draw, most=4):
    """A few lines, some of many units, some that cost nothing."""
    lines = [
        Line(
            number,
            draw(st.sampled_from(SKUS)),
            draw(st.integers(1, 4)),
            draw(fen),
            draw(st.sampled_from((None, *CATEGORIES))),
            draw(st.sampled_from((None, "禾木", "青岚"))),
        )
        for number in range(1, draw(st.integers(0, most)) + 1)
    ]
    return Basket(tuple(lines), draw(st.sampled_from((0, 800))))


shoppers = st.builds(
    Shopper,
    tier_id=st.sampled_from((None, 1, 2)),
    is_first_purchase=st.booleans(),
    rights=st.none()
    | st.builds(TierRights, st.just("金穗"), st.sampled_from((0, 500, 1200)), st.booleans()),
)
purses = st.builds(
    Purse,
    wish=st.integers(0, 3000),
    available=st.integers(0, 3000),
    cap_basis_points=st.sampled_from((10_000, 3000)),
)
policies = st.builds(
    Policy,
    most_coupons=st.sampled_from((20, 20, 2, 1)),
    cap_basis_points=st.sampled_from((10_000, 10_000, 5000)),
)
