"""Sharing customers out evenly, each among those who may take her: a pure function.

The result is the best there is: no customer, nor any chain of exchanges, could go from somebody
with more to somebody with at least two fewer. That is the condition under which the sum of the
squares of all final loads is least, and with it the largest load, and the next, and so on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

Shares = dict[tuple[int, int], int]  # (store, guide): how many


def share(
    counts: Mapping[int, int], takers: Mapping[int, Sequence[int]], loads: Mapping[int, int]
) -> Shares:
    """How many of each store's customers go to whom; the same answer for the same question.

    `takers`: who may take a store's. `loads`: what each has already. Every store with customers
    must have somebody who takes them.
    """
    given: Shares = {}
    after = {guide: loads.get(guide, 0) for each in takers.values() for guide in each}
    for store in sorted(counts):
        for guide, some in _filled(counts[store], takers[store], after).items():
            given[store, guide] = some
            after[guide] += some
    while _improve(given, takers, after):
        continue
    return {key: some for key, some in given.items() if some}


def _filled(count: int, guides: Sequence[int], loads: Mapping[int, int]) -> dict[int, int]:
    """Pour into the emptiest first, as water would."""
    order = sorted(guides, key=lambda guide: (loads[guide], guide))
    height, wet = _level(count, [loads[guide] for guide in order])
    given = {guide: height - loads[guide] for guide in order[:wet]}
    for guide in order[: count - sum(given.values())]:
        given[guide] += 1
    return given


def _level(count: int, loads: Sequence[int]) -> tuple[int, int]:
    """The whole height that the water reaches over these ascending loads, and how many it wets."""
    total = count
    for wet, load in enumerate(loads, start=1):
        total += load
        height = total // wet
        if wet == len(loads) or height <= loads[wet]:
            return height, wet
    return 0, 0


def _improve(given: Shares, takers: Mapping[int, Sequence[int]], after: dict[int, int]) -> bool:
    """Shift some along one chain from more to fewer; False once there is no such chain."""
    for guide in sorted(after, key=lambda each: (-after[each], each)):
        chain = _chain(guide, given, takers, after)
        if chain:
            _shift(chain, given, after)
            return True
    return False


Chain = list[tuple[int, int, int]]  # (store, from, to)


def _chain(
    start: int, given: Shares, takers: Mapping[int, Sequence[int]], after: Mapping[int, int]
) -> Chain:
    """The shortest way to the one with the fewest, if she has at least two fewer."""
    came: dict[int, tuple[int, int] | None] = {start: None}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for store in sorted(store for store, guide in given if guide == here):
            for guide in takers[store] if given[store, here] else ():
                if guide not in came:
                    came[guide] = (store, here)
                    queue.append(guide)
    end = min(came, key=lambda each: (after[each], each))
    return _back(end, came) if after[start] - after[end] > 1 else []


def _back(end: int, came: Mapping[int, tuple[int, int] | None]) -> Chain:
    chain: Chain = []
    while step := came[end]:
        chain.append((step[0], step[1], end))
        end = step[1]
    return chain[::-1]


def _shift(chain: Chain, given: Shares, after: dict[int, int]) -> None:
    first, last = chain[0][1], chain[-1][2]
    some = min([(after[first] - after[last]) // 2, *(given[s, one] for s, one, _ in chain)])
    for store, one, other in chain:
        given[store, one] -= some
        given[store, other] = given.get((store, other), 0) + some
    after[first] -= some
    after[last] += some


def deal(members: Sequence[int], shares: Mapping[int, int]) -> dict[int, int]:
    """Who takes which member: one each in turn, so that nobody gets only the oldest ones."""
    left = dict(sorted(shares.items()))
    dealt: dict[int, int] = {}
    waiting = iter(members)
    while left:
        for guide in list(left):
            dealt[next(waiting)] = guide
            left[guide] -= 1
            if not left[guide]:
                del left[guide]
    return dealt
