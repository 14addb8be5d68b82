"""Three guides leave 5,000 customers: each has one owner before, meanwhile and after."""

from __future__ import annotations

import os
import signal
import time
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from app.console import handing_over
from app.core import bulk, db
from app.core.db import session
from app.members.models import Member
from app.owners import jobs
from app.owners import service as owners
from app.owners.models import MemberOwner, MoveState, OwnerMove, Why
from app.owners.service import Handing
from app.staff import service as staff
from app.staff.models import Face, Role
from tests import factories

MAKE = """
INSERT INTO members (brand_id, number, origin, joined_on, created_at, main_store_id)
SELECT :brand, 'H' || n, 'import', current_date, now(), CASE WHEN n % 3 = 0 THEN :hubin
  ELSE :jingan END FROM generate_series(1, :many) AS n"""
OWN = """
WITH given AS (
  SELECT brand_id, id, main_store_id, CASE WHEN main_store_id = :hubin THEN CAST(:c AS bigint)
    WHEN id % 2 = 0 THEN :a ELSE :b END AS guide FROM members WHERE number LIKE 'H%'),
kept AS (UPDATE members m SET guide_id = given.guide FROM given
  WHERE (m.brand_id, m.id) = (given.brand_id, given.id))
INSERT INTO member_owners (brand_id, member_id, staff_id, store_id, since, why)
SELECT brand_id, id, guide, main_store_id, now(), 'before' FROM given"""
OWNERS = """
SELECT m.id, m.guide_id, count(o.id), max(o.staff_id) FROM members m
LEFT JOIN member_owners o ON (o.brand_id, o.member_id) = (m.brand_id, m.id) AND o.until IS NULL
WHERE m.number LIKE 'H%' GROUP BY m.id, m.guide_id"""


@pytest.fixture
def many() -> int:
    """Some helpings of a hand-over."""
    return 3_000


@pytest.fixture
def crowd(own_database, house, many) -> SimpleNamespace:
    """静安寺店 and 湖滨店: three leave, eight stay."""
    stays = {house.jingan.id: [house.wei.id], house.hubin.id: [house.bo.id]}
    for number in range(6):
        store = house.jingan if number < 4 else house.hubin
        made = guide(house, f"stays{number}", store)
        stays[store.id].append(made.id)
    leavers = [
        guide(house, f"leaves{number}", store).id
        for number, store in enumerate((house.jingan, house.jingan, house.hubin))
    ]
    values = dict(zip("abc", leavers, strict=True)) | {"many": many, "brand": house.brand.id}
    places = {"hubin": house.hubin.id, "jingan": house.jingan.id}
    with db.transaction(house.brand.id):
        for statement in (MAKE, OWN):
            session.execute(text(statement), values | places)
    with db.system_transaction(house.brand.id):
        bulk.refresh_statistics(Member, MemberOwner)  # as an import does
    return SimpleNamespace(house=house, stays=stays, leavers=leavers, brand_id=house.brand.id)


def guide(house, login: str, store):
    return factories.make_staff(house.brand.id, login, name=login, store_ids=[store.id])


def desk(login: str) -> staff.Actor:
    return factories.actor(factories.sign_in(login, Face.CONSOLE), Face.CONSOLE)


def mei() -> staff.Actor:
    return desk("mei")


def let_go(crowd) -> int:
    by = mei()
    with db.transaction(crowd.brand_id):
        return handing_over.let_go(crowd.leavers, reason="三人离职", by=by).id


def owners_now(crowd) -> dict[int, int | None]:
    """By member; None for whoever has not exactly one owner whom her own row names too."""
    with db.transaction(crowd.brand_id):
        rows = session.execute(text(OWNERS)).all()
    return {
        member: guide_id if (many, staff_id) == (1, guide_id) else None
        for member, guide_id, many, staff_id in rows
    }


def state(crowd, move_id: int) -> MoveState:
    with db.transaction(crowd.brand_id):
        return session.get_one(OwnerMove, (crowd.brand_id, move_id)).state


def undo(crowd, move_id: int) -> None:
    by = mei()
    with db.transaction(crowd.brand_id):
        owners.undo(move_id, by)
    jobs.work()


def loads(found) -> dict[int, int]:
    return {guide: list(found.values()).count(guide) for guide in set(found.values())}


@pytest.mark.parametrize("many", [5_000])
def test_each_of_5000_has_one_owner_evenly_and_undoing_gives_all_back(crowd) -> None:
    before = owners_now(crowd)

    move_id = let_go(crowd)
    halfway = owners_now(crowd)
    jobs.work()
    after = owners_now(crowd)

    assert None not in {*halfway.values(), *after.values()}
    assert state(crowd, move_id) == MoveState.DONE
    assert not set(after.values()) & set(crowd.leavers)
    for store_id, guides in crowd.stays.items():
        theirs = [loads(after)[guide] for guide in guides]
        equal = sum(theirs) / len(theirs)
        assert max(abs(load - equal) for load in theirs) <= equal * 0.02, store_id

    undo(crowd, move_id)
    assert owners_now(crowd) == before
    assert state(crowd, move_id) == MoveState.UNDONE


@pytest.mark.parametrize("many", [300])
def test_whoever_changed_hands_again_is_kept_by_the_undoing_and_counted(crowd) -> None:
    before = owners_now(crowd)
    move_id = let_go(crowd)
    jobs.work()
    first = min(before)
    with db.transaction(crowd.brand_id):
        owners.give([Handing(first, crowd.house.mei.id, None, Why.LAST_TOUCH)])

    undo(crowd, move_id)

    assert owners_now(crowd) == before | {first: crowd.house.mei.id}
    with db.transaction(crowd.brand_id):
        stayed = session.scalar(text("SELECT count(*) FROM owner_move_rows WHERE state = 'stayed'"))
    assert stayed == 1


def killed_halfway(crowd, work) -> None:
    """A child works and is killed by signal 9 once the first of what it did is committed."""
    seen = len([1 for each in owners_now(crowd).values() if each in crowd.leavers])
    child = os.fork()
    if child == 0:
        db.dispose_after_fork()
        try:
            work()
        finally:
            os._exit(0)
    until = time.monotonic() + 20
    while time.monotonic() < until:
        left = [1 for each in owners_now(crowd).values() if each in crowd.leavers]
        if len(left) < seen:
            break
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


@pytest.mark.fault
def test_killed_half_way_each_has_one_owner_and_the_rest_goes_on(crowd) -> None:
    move_id = let_go(crowd)

    killed_halfway(crowd, jobs.work)

    halfway = owners_now(crowd)
    assert None not in halfway.values()
    jobs.work()
    after = owners_now(crowd)
    assert None not in after.values()
    assert not set(after.values()) & set(crowd.leavers)
    assert state(crowd, move_id) == MoveState.DONE


@pytest.mark.fault
def test_control_taking_in_one_transaction_and_giving_in_another_is_noticed(crowd) -> None:
    """The oracle sees who is left alone in between."""
    ids = sorted(owners_now(crowd))

    def take_then_give() -> None:
        for start in range(0, len(ids), 1_000):
            with db.transaction(crowd.brand_id):
                owners.close(ids[start : start + 1_000], Why.TRANSFER)
            time.sleep(0.2)

    killed_halfway(crowd, take_then_give)

    assert None in owners_now(crowd).values()


def test_a_store_where_nobody_stays_is_taken_by_its_region_and_said(house) -> None:
    with db.transaction(house.brand.id):
        session.execute(
            text("INSERT INTO regions (brand_id, name) VALUES (:b, '华东')"), {"b": house.brand.id}
        )
        session.execute(text("UPDATE stores SET region_id = (SELECT max(id) FROM regions)"))
    fan = factories.make_fan(house.brand.id, house.brand.service.id)
    lin = factories.make_member(house.brand.id, fan.id)
    with db.transaction(house.brand.id):
        owners.give([Handing(lin.id, house.wei.id, house.jingan.id, Why.TRANSFER)])
        found = owners.plan([house.wei.id])

    assert [(step.to_staff_id, step.to_store_id) for step in found.steps] == [
        (house.bo.id, house.hubin.id)
    ]
    assert found.from_elsewhere == {house.jingan.id: 1}


def test_where_nobody_could_take_them_nothing_happens(house) -> None:
    fan = factories.make_fan(house.brand.id, house.brand.service.id)
    lin = factories.make_member(house.brand.id, fan.id)
    with db.transaction(house.brand.id):
        owners.give([Handing(lin.id, house.wei.id, house.jingan.id, Why.TRANSFER)])
    by = mei()

    with pytest.raises(owners.NobodyTakes), db.transaction(house.brand.id):
        handing_over.let_go([house.wei.id], reason="离职", by=by)

    factories.sign_in("wei")  # she is still here


def test_a_store_manager_moves_only_her_own_stores_members(house) -> None:
    fan = factories.make_fan(house.brand.id, house.brand.service.id)
    lin = factories.make_member(house.brand.id, fan.id)
    with db.transaction(house.brand.id):
        owners.give([Handing(lin.id, house.wei.id, house.jingan.id, Why.TRANSFER)])
    manager = Role.STORE_MANAGER
    factories.make_staff(house.brand.id, "ya", manager, name="雅", store_ids=[house.jingan.id])
    factories.make_staff(house.brand.id, "he", manager, name="何", store_ids=[house.hubin.id])
    ya, he = desk("ya"), desk("he")

    for by, to, refusal in (
        (he, house.bo, owners.NotAMember),
        (ya, house.bo, owners.CannotTake),
    ):
        with pytest.raises(refusal), db.transaction(house.brand.id):
            owners.transfer([lin.id], to.id, reason="换人", by=by)
    with db.transaction(house.brand.id):
        move = owners.transfer([lin.id], ya.staff_id, reason="换人", by=ya)

    assert move.state == MoveState.DONE
