"""Sharing out is even, the best there is, and the same every time."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from app.owners.balance import deal, share

loads_of = st.dictionaries(st.integers(1, 4), st.integers(0, 9), min_size=4, max_size=4)
stores = st.dictionaries(st.integers(11, 13), st.integers(0, 4), min_size=1, max_size=3)
subsets = st.lists(st.sets(st.integers(1, 4), min_size=1), min_size=3, max_size=3)


def after(loads, shares) -> dict[int, int]:
    return {
        guide: load + sum(some for (_, to), some in shares.items() if to == guide)
        for guide, load in loads.items()
    }


def splits(count, ways):
    """Every way to give so many to these."""
    if len(ways) == 1:
        yield {ways[0]: count}
        return
    for first in range(count + 1):
        for rest in splits(count - first, ways[1:]):
            yield {ways[0]: first} | rest


def least_squares(counts, takers, loads) -> int:
    every = [list(splits(counts[s], takers[s])) for s in sorted(counts)]
    return min(
        sum(
            (load + sum(each.get(guide, 0) for each in choice)) ** 2
            for guide, load in loads.items()
        )
        for choice in product(*every)
    )


@settings(max_examples=120, deadline=None, derandomize=True)
@given(loads_of, stores, subsets)
def test_nobody_could_share_out_more_evenly(loads, counts, may) -> None:
    takers = {s: sorted(may[i]) for i, s in enumerate(sorted(counts))}

    shares = share(counts, takers, loads)

    for store, count in counts.items():
        assert sum(some for (at, _), some in shares.items() if at == store) == count
    assert all(guide in takers[store] for store, guide in shares)
    squares = sum(load**2 for load in after(loads, shares).values())
    assert squares == least_squares(counts, takers, loads)


def test_control_pouring_store_by_store_alone_is_not_the_best() -> None:
    """The first store's are poured before anybody knows that the second has one taker alone."""
    counts, takers, loads = {11: 10, 12: 10}, {11: [1, 2], 12: [1]}, {1: 0, 2: 0}

    shares = share(counts, takers, loads)

    assert after(loads, shares) == {1: 10, 2: 10}
    assert 5**2 + 15**2 > 10**2 + 10**2  # what pouring alone would have made of it


def test_who_had_more_than_the_others_will_have_gets_none() -> None:
    assert share({11: 6}, {11: [1, 2, 3]}, {1: 50, 2: 0, 3: 0}) == {(11, 2): 3, (11, 3): 3}


def test_members_are_dealt_in_turn() -> None:
    assert deal([5, 6, 7, 8], {1: 1, 2: 3}) == {5: 1, 6: 2, 7: 2, 8: 2}
