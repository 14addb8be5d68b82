"""The brand's rule gives members to guides by itself: when she joins, when she was served.

Members are locked before it is asked whose they are, so of two who served her at once the second
is asked again with what the first has committed; and asked twice, it finds her where she belongs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from app.core import clock, events
from app.core.events import News
from app.owners import balance, queries
from app.owners.models import Why
from app.owners.queries import deciding, ruling
from app.owners.queries.deciding import Decided
from app.owners.rules import Rule, Way
from app.owners.service import handing, sharing
from app.owners.service.handing import Handing

WHY: Mapping[Way, Why] = {
    Way.PROMOTER: Why.PROMOTER,
    Way.LAST_TOUCH: Why.LAST_TOUCH,
    Way.SCAN_SERVED: Why.SCAN_STORE,
    Way.SCAN_LIGHTEST: Why.SCAN_LIGHTEST,
    Way.FALLBACK: Why.FALLBACK,
}


@dataclass(frozen=True)
class Done:
    """Somebody changed hands by a rule; `owner_id`: the row of her history that it opened."""

    decided: Decided
    handing: Handing
    owner_id: int | None


def assign(member_ids: Collection[int]) -> int:
    """Give each of these to whom the rule in force says; answers how many changed hands.

    Twice changes nothing the second time; without a rule nothing ever.
    """
    rule = ruling.in_force()
    done = carry_out(rule, member_ids) if rule.steps else []
    events.record_all([_news(each) for each in done])
    return len(done)


def carry_out(rule: Rule, member_ids: Collection[int]) -> list[Done]:
    """What this rule wants to be changed of these members, done."""
    decided = deciding.changing(rule, handing.lock(member_ids))
    shared = _shared(decided)
    wanted = {
        each.member_id: (each, _handing(rule, each, staff_id))
        for each in decided
        if (staff_id := each.staff_id or shared.get(each.member_id))
    }
    opened = handing.give([handing for _, handing in wanted.values()], only_active=True)
    return [Done(*wanted[member_id], owner_id) for member_id, owner_id in opened.items()]


def _handing(rule: Rule, decided: Decided, staff_id: int) -> Handing:
    return Handing(
        decided.member_id,
        staff_id,
        decided.store_id,
        WHY[decided.way],
        rule_version=rule.version,
        only_from=decided.from_staff_id or 0,
    )


def _shared(decided: Sequence[Decided]) -> dict[int, int]:
    """Who takes those that are for whoever has the fewest: as evenly as can be, store by store."""
    by_store: dict[int, list[int]] = {}
    for each in decided:
        if each.staff_id is None:
            by_store.setdefault(each.store_id, []).append(each.member_id)
    if not by_store:
        return {}
    # a store may have lost its last guide since it was asked: hers wait for the next time
    takers = {store: some for store, some in sharing.takers_of(by_store).items() if some}
    loads = queries.loads({guide for some in takers.values() for guide in some})
    counts = {store: len(by_store[store]) for store in takers}
    shares = balance.share(counts, takers, _after(loads, decided))
    return sharing.dealt({store: by_store[store] for store in takers}, shares)


def _after(loads: Mapping[int, int], decided: Sequence[Decided]) -> dict[int, int]:
    """What each will have once those are moved whose guide is known."""
    after = dict(loads)
    for each in decided:
        if each.from_staff_id is not None:
            after[each.from_staff_id] = after.get(each.from_staff_id, 0) - 1
        if each.staff_id is not None:
            after[each.staff_id] = after.get(each.staff_id, 0) + 1
    return after


def _news(done: Done) -> News:
    """On her timeline, and to those who keep what hangs on her guide: tasks follow her."""
    data = {
        "from_staff_id": done.decided.from_staff_id,
        "to_staff_id": done.handing.staff_id,
        "store_id": done.handing.store_id,
        "rule_version": done.handing.rule_version,
        "is_undone": False,
    }
    return News("member.handed_over", clock.now(), data, member_id=done.handing.member_id)
