"""The pure part: any order, any rule, every fen is somebody's."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.credit.rules import (
    FIRST,
    STORE,
    WHOLE,
    Facts,
    Part,
    Rule,
    Seen,
    Share,
    Step,
    Way,
    attribute,
    split,
)

WEI, BO, MEI = 1, 2, 3
somebody = st.none() | st.integers(1, 9)
sightings = st.lists(st.builds(Seen, st.integers(1, 9), st.integers(0, 40)), max_size=4).map(tuple)
facts = st.builds(
    Facts,
    order_id=st.integers(1),
    store_id=st.integers(1),
    net_fen=st.integers(-(10**9), 10**9),
    seller=somebody,
    owner=somebody,
    scans=sightings,
    touches=sightings,
    promoters=sightings,
)
steps = st.lists(
    st.builds(Step, st.sampled_from(Way), st.none() | st.integers(0, 30)),
    min_size=1,
    max_size=5,
    unique_by=lambda step: step.way,
).map(tuple)


@st.composite
def rules(draw) -> Rule:
    cuts = draw(st.sets(st.integers(1, WHOLE - 1), max_size=3))
    edges = [0, *sorted(cuts), WHOLE]
    sizes = [after - before for before, after in itertools.pairwise(edges)]
    return Rule(7, tuple(Part(size, draw(steps)) for size in sizes))


@given(facts, rules())
def test_every_fen_of_an_order_is_somebodys(order, rule):
    shares = attribute(order, rule)

    assert sum(share.fen for share in shares) == order.net_fen
    assert sum(share.bp for share in shares) == WHOLE


@given(facts, rules())
def test_no_part_is_more_than_a_fen_away_from_its_exact_share(order, rule):
    for share in attribute(order, rule):
        assert abs(share.fen * WHOLE - order.net_fen * share.bp) < WHOLE


@given(facts, rules())
def test_the_store_has_what_nobody_is_found_for_and_only_that(order, rule):
    for share in attribute(order, rule):
        assert (share.staff_id is None) == (share.way == STORE)


@given(facts, rules())
def test_the_same_facts_give_the_same_shares(order, rule):
    assert attribute(order, rule) == attribute(order, rule)


def without_remainder(fen: int, bps: list[int]) -> list[int]:
    return [fen * bp // WHOLE for bp in bps]


def test_a_rule_that_drops_the_remainder_loses_fen():
    """The negative control: rounding each part down by itself is not enough."""
    assert sum(without_remainder(100, [3333, 3333, 3334])) == 99
    assert sum(split(100, [3333, 3333, 3334])) == 100


@pytest.mark.parametrize(
    ("fen", "bps", "parts"),
    [
        (101, [5000, 5000], [51, 50]),  # equal remainders: the earlier part
        (100, [3333, 3333, 3334], [33, 33, 34]),
        (-101, [5000, 5000], [-51, -50]),
        (0, [7000, 3000], [0, 0]),
    ],
)
def test_what_is_left_over_goes_to_the_largest_remainder(fen, bps, parts):
    assert split(fen, bps) == parts


def order(**known) -> Facts:
    return Facts(order_id=1, store_id=1, net_fen=10_000, **known)


def whose(facts: Facts, rule: Rule = FIRST) -> list[tuple[int | None, str]]:
    return [(share.staff_id, share.way) for share in attribute(facts, rule)]


def test_the_first_step_that_finds_somebody_has_the_part():
    everything = order(
        seller=WEI,
        owner=BO,
        scans=(Seen(MEI, 0),),
        touches=(Seen(BO, 1),),
        promoters=(Seen(BO, 9),),
    )

    assert whose(everything) == [(WEI, Way.SELLER)]
    assert whose(order(owner=BO, scans=(Seen(MEI, 0),))) == [(MEI, Way.SCAN)]
    assert whose(order(owner=BO, touches=(Seen(MEI, 1),))) == [(BO, Way.OWNER)]
    assert whose(order(promoters=(Seen(BO, 900),))) == [(BO, Way.PROMOTER)]
    assert whose(order()) == [(None, STORE)]


def test_a_window_counts_its_last_day_and_no_day_more():
    assert whose(order(touches=(Seen(WEI, 7),))) == [(WEI, Way.TOUCH)]
    assert whose(order(touches=(Seen(WEI, 8),))) == [(None, STORE)]
    assert whose(order(scans=(Seen(WEI, 1),))) == [(None, STORE)]


def test_parts_go_to_different_guides():
    rule = Rule(
        1, (Part(7000, (Step(Way.SELLER),)), Part(3000, (Step(Way.OWNER), Step(Way.SELLER))))
    )

    assert attribute(order(seller=WEI, owner=BO), rule) == [
        Share(WEI, Way.SELLER, 7000, 7000),
        Share(BO, Way.OWNER, 3000, 3000),
    ]
    assert whose(order(owner=BO), rule) == [(None, STORE), (BO, Way.OWNER)]
