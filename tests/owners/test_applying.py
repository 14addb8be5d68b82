"""A rule tried on everybody, then applied to everybody, and taken back."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from sqlalchemy import text

from app.core import db
from app.core.db import session
from app.core.events import Event
from app.owners import jobs, queries
from app.owners import service as owners
from app.owners.models import MoveKind, MoveState, OwnerMove, RowState, Why
from app.owners.queries import deciding, trying
from app.owners.queries.deciding import CHANGING, Verdict
from app.owners.rules import Rule, Step, Way
from app.owners.service import Handing
from tests.owners.test_hand_over import (  # noqa: F401 - fixtures
    crowd,
    killed_halfway,
    many,
    mei,
    owners_now,
    state,
    undo,
)

# A third of the crowd has no guide; whoever was served lately by somebody else changes hands.
FREE = """
WITH freed AS (UPDATE members SET guide_id = NULL WHERE number LIKE 'H%' AND id % 3 = 0
  RETURNING brand_id, id)
UPDATE member_owners o SET until = since FROM freed
WHERE (o.brand_id, o.member_id) = (freed.brand_id, freed.id)"""
FANS = """
INSERT INTO fans (brand_id, account_id, openid_encrypted, openid_index, member_id, is_following,
  follow_order, created_at)
SELECT brand_id, :account, 'sealed', lpad(id::text, 64, '0'), id, false, 0, now() FROM members
WHERE number LIKE 'H%' AND id % 2 = 0"""
VISITS = """
INSERT INTO visits (brand_id, store_id, fan_id, qr_code_id, kind, scanned_at, first_scanned_at,
  recorded_at, seq, state, served_by_id, served_at, served_outcome)
SELECT f.brand_id, :store, f.id, :code, 'member', at, at, at, 100000 + f.id, 'done', :guide, at,
  'served'
FROM fans f, (SELECT now() - interval '3 days' AS at) AS moment WHERE f.openid_encrypted = 'sealed'
"""
TOUCH, FALLBACK = Step(Way.LAST_TOUCH, 30), Step(Way.FALLBACK)
RULE = (TOUCH, FALLBACK)


@pytest.fixture
def served(crowd):  # noqa: F811
    """Every second was served by Wei three days ago."""
    jingan = crowd.house.jingan
    places = {"store": jingan.id, "code": jingan.code.id, "guide": crowd.house.wei.id}
    with db.transaction(crowd.brand_id):
        session.execute(text(FREE))
        session.execute(text(FANS), {"account": crowd.house.brand.service.id})
        session.execute(text(VISITS), places)
    return crowd


def trial(crowd, *steps: Step) -> trying.Trial:  # noqa: F811
    with db.transaction(crowd.brand_id):
        return trying.trial(Rule(1, steps))


def publish(crowd, *steps: Step) -> None:  # noqa: F811
    by = mei()
    with db.transaction(crowd.brand_id):
        owners.publish(steps, by=by)


def apply(crowd) -> int:  # noqa: F811
    by = mei()
    with db.transaction(crowd.brand_id):
        return owners.apply(by=by).id


@pytest.mark.parametrize("many", [600])
def test_what_was_tried_is_what_is_done_to_the_member(served) -> None:
    before = held(served)
    tried = trial(served, *RULE)
    publish(served, *RULE)
    assert held(served) == before  # publishing alone moves nobody

    move_id = apply(served)
    after = held(served)

    assert tried.whole == 600
    assert state(served, move_id) == MoveState.DONE
    changed = {member: guide for member, guide in after.items() if guide != before[member]}
    assert len(changed) == tried.changing
    assert tried.verdicts[Verdict.GETS] == sum(before[member] is None for member in changed)
    touched = [member for member in before if member % 2 == 0]
    assert {after[member] for member in touched} == {served.house.wei.id}
    kept = [each for each in before if each % 2 and before[each]]
    assert {each: after[each] for each in kept} == {each: before[each] for each in kept}
    assert trial(served, *RULE).changing == 0


@pytest.mark.parametrize("many", [90])
def test_of_one_alone_it_decides_as_of_all_together(served) -> None:
    steps = (Step(Way.EXCLUSIVE, 1), Step(Way.PROMOTER), Step(Way.SCAN_SERVED), *RULE)
    query = "SELECT member_id, verdict, step, staff_id, store_id FROM decided ORDER BY member_id"

    with db.transaction(served.brand_id):
        together = deciding.run(Rule(1, steps), query)
        alone = [
            row
            for each in together
            for row in deciding.run(Rule(1, steps), query, members=[each.member_id])
        ]

    assert len(together) == 90
    assert [tuple(row) for row in alone] == [tuple(row) for row in together]


@pytest.mark.parametrize("many", [600])
def test_the_examples_are_of_those_who_change(served) -> None:
    tried = trial(served, *RULE)

    assert len(tried.examples) == trying.EXAMPLES
    assert {each.way for each in tried.examples} == {Way.LAST_TOUCH, Way.FALLBACK}
    assert sum(tried.ways.values()) == tried.changing
    assert tried.changing == sum(tried.verdicts[each] for each in CHANGING)


@pytest.mark.parametrize("many", [600])
def test_undoing_gives_everybody_back_to_whom_she_came_from(served) -> None:
    before = held(served)
    publish(served, *RULE)
    move_id = apply(served)

    undo(served, move_id)

    assert held(served) == before
    assert state(served, move_id) == MoveState.UNDONE


@pytest.mark.parametrize("many", [600])
def test_those_for_the_lightest_are_shared_out_evenly(served) -> None:
    publish(served, FALLBACK)
    apply(served)

    given = Counter(held(served).values())
    for guides in served.stays.values():
        theirs = [given[guide] for guide in guides]
        assert max(theirs) - min(theirs) <= 1


@pytest.mark.parametrize("many", [300])
def test_each_change_is_told_and_named_with_the_version(served) -> None:
    publish(served, TOUCH)
    move_id = apply(served)
    touched = [each for each in held_ids(served) if each % 2 == 0]

    with db.transaction(served.brand_id):
        move = session.get_one(OwnerMove, (served.brand_id, move_id))
        rows = queries.open_rows(touched)
        told = session.query(Event).filter_by(name="member.handed_over").count()
    assert (move.kind, move.rule_version) == (MoveKind.RULE, 1)
    assert {(row.why, row.rule_version) for row in rows.values()} == {(Why.LAST_TOUCH, 1)}
    assert told == len(rows)


@pytest.mark.parametrize("many", [2_400])
def test_whoever_is_served_before_her_turn_comes_is_judged_with_that(served) -> None:
    publish(served, Step(Way.EXCLUSIVE, 90), TOUCH)
    apply(served)
    last = max(each for each in held_ids(served) if each % 2 == 0)
    with db.transaction(served.brand_id):  # a helping later somebody has her, and begins her days
        owners.give([Handing(last, served.house.bo.id, served.house.hubin.id, Why.TRANSFER)])

    jobs.work()

    assert held(served)[last] == served.house.bo.id


@pytest.mark.parametrize("many", [2_400])
def test_one_at_a_time(served) -> None:
    publish(served, *RULE)
    apply(served)
    with pytest.raises(owners.IsApplying):
        apply(served)

    jobs.work()

    apply(served)


def test_without_a_rule_there_is_nothing_to_apply(house) -> None:
    by = mei()
    with pytest.raises(owners.NothingToApply), db.transaction(house.brand.id):
        owners.apply(by=by)


@pytest.mark.fault
@pytest.mark.parametrize("many", [3_000])
def test_killed_half_way_nobody_lies_between_two_and_the_rest_goes_on(served) -> None:
    before = held(served)
    tried = trial(served, *RULE)
    publish(served, *RULE)
    move_id = apply(served)

    killed_halfway(served, jobs.work)

    assert all(is_whole(served).values())
    worked_off(served, move_id)
    after = held(served)
    assert all(is_whole(served).values())
    assert state(served, move_id) == MoveState.DONE
    assert sum(after[each] != before[each] for each in before) == tried.changing
    with db.transaction(served.brand_id):
        moved = session.execute(
            text("SELECT count(*) FROM owner_move_rows WHERE state = :moved"),
            {"moved": RowState.MOVED},
        ).scalar_one()
    assert moved == tried.changing


def worked_off(crowd, move_id: int) -> None:  # noqa: F811
    """As the next rings do: the database may take a moment to let go of what the dead one held."""
    until = time.monotonic() + 20
    while state(crowd, move_id) != MoveState.DONE and time.monotonic() < until:
        jobs.work()


def held(crowd) -> dict[int, int | None]:  # noqa: F811
    with db.transaction(crowd.brand_id):
        found = session.execute(text("SELECT id, guide_id FROM members WHERE number LIKE 'H%'"))
        return {row.id: row.guide_id for row in found}


def held_ids(crowd) -> list[int]:  # noqa: F811
    return sorted(held(crowd))


def is_whole(crowd) -> dict[int, bool]:  # noqa: F811
    """By member: whether the guide her row names is the one who has her, and the only one."""
    owned = owners_now(crowd)
    return {member: owned[member] == guide for member, guide in held(crowd).items()}
