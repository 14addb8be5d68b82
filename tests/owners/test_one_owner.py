"""A member has one owner at a time; what was is kept, and the database keeps both promises."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import exc, select, text

from app.core import clock, db
from app.core.db import session
from app.journeys import merging
from app.journeys.privacy import erasing
from app.members.models import Member
from app.owners.models import MemberOwner, Why
from app.owners.queries import owners_at
from tests import factories
from tests.owners.conftest import hand, owner_of


def rows(shop, member) -> list[MemberOwner]:
    with db.transaction(shop.brand.id):
        hers = select(MemberOwner).filter_by(member_id=member.id).order_by(MemberOwner.id)
        return list(session.scalars(hers))


def guide_of(shop, member) -> int | None:
    with db.transaction(shop.brand.id):
        return session.get_one(Member, (shop.brand.id, member.id)).guide_id


def test_who_is_given_a_guide_has_one_open_row_and_the_member_says_the_same(shop) -> None:
    hand(shop, shop.lin, shop.wei)
    hand(shop, shop.lin, shop.an, Why.LAST_TOUCH, rule_version=3)

    old, new = rows(shop, shop.lin)
    assert (old.staff_id, old.until) == (shop.wei.id, new.since)
    assert (new.staff_id, new.until, new.rule_version) == (shop.an.id, None, 3)
    assert guide_of(shop, shop.lin) == shop.an.id


def test_giving_her_to_the_same_guide_twice_writes_one_row(shop) -> None:
    assert len(hand(shop, shop.lin, shop.wei)) == 1
    assert hand(shop, shop.lin, shop.wei) == {}
    assert len(rows(shop, shop.lin)) == 1


def test_whom_somebody_else_owns_by_now_is_left_alone(shop) -> None:
    hand(shop, shop.lin, shop.an)

    assert hand(shop, shop.lin, shop.bo, only_from=shop.wei.id) == {}
    assert hand(shop, shop.lin, shop.bo, only_from=0) == {}
    assert owner_of(shop, shop.lin) == shop.an.id


def test_the_owner_of_a_moment_is_who_owned_her_then(shop) -> None:
    hand(shop, shop.lin, shop.wei)
    clock.move(timedelta(days=2))
    hand(shop, shop.lin, shop.an)
    now = clock.now()
    day = {at: now + timedelta(days=at) for at in (-9, -1, 0, 1)}

    with db.transaction(shop.brand.id):
        found = owners_at([(shop.lin.id, at) for at in day.values()])

    assert found == {
        (shop.lin.id, day[-1]): shop.wei.id,
        (shop.lin.id, day[1]): shop.an.id,
    } | {(shop.lin.id, day[0]): found[shop.lin.id, day[0]]}


def test_back_in_the_pool_nobody_owns_her(shop) -> None:
    hand(shop, shop.lin, shop.wei)
    hand(shop, shop.lin, None)

    assert owner_of(shop, shop.lin) is None
    assert guide_of(shop, shop.lin) is None


BREACHES = {
    "a second open row": "INSERT INTO member_owners (brand_id, member_id, staff_id, since, why)"
    " SELECT brand_id, member_id, staff_id, now() + interval '1 day', why FROM member_owners",
    "an overlap": "INSERT INTO member_owners (brand_id, member_id, staff_id, since, until, why)"
    " SELECT brand_id, member_id, staff_id, since, now() + interval '1 day', why"
    " FROM member_owners",
    "another guide in the row": "UPDATE member_owners SET staff_id = staff_id + 1",
    "history taken away": "DELETE FROM member_owners",
    "a member who says another guide": "UPDATE members SET guide_id = NULL",
    "a row closed behind her back": "UPDATE member_owners SET until = now() + interval '1 day'",
}


@pytest.mark.parametrize("breach", BREACHES.values(), ids=BREACHES)
def test_the_database_refuses(own_database, shop, breach) -> None:
    hand(shop, shop.lin, shop.wei)

    with pytest.raises(exc.DBAPIError), db.transaction(shop.brand.id):
        session.execute(text(breach))

    assert owner_of(shop, shop.lin) == guide_of(shop, shop.lin) == shop.wei.id


def test_of_sixteen_hands_at_once_she_ends_with_one_owner_and_a_whole_history(
    own_database, shop
) -> None:
    guides = [shop.wei, shop.an] * 8
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda guide: hand(shop, shop.lin, guide), guides))

    hers = rows(shop, shop.lin)
    assert [row.until for row in hers[:-1]] == [row.since for row in hers[1:]]
    assert hers[-1].until is None
    assert guide_of(shop, shop.lin) == hers[-1].staff_id


# Two members who are one


@pytest.fixture
def ann(shop):
    fan = factories.make_fan(shop.brand.id, shop.brand.service.id, "o-ann")
    return factories.make_member(shop.brand.id, fan.id, "13900009999")


def merged(shop, ann) -> int:
    with db.transaction(shop.brand.id):
        return merging.merge(shop.lin.id, ann.id, actor="staff:1").id


def undone(shop, merge_id: int) -> list[merging.Kept]:
    with db.transaction(shop.brand.id):
        return merging.undo(merge_id, actor="staff:1")


def test_two_with_two_guides_keep_the_survivors_and_get_both_back(shop, ann) -> None:
    hand(shop, shop.lin, shop.wei)
    hand(shop, ann, shop.bo)

    merge_id = merged(shop, ann)
    assert (owner_of(shop, shop.lin), owner_of(shop, ann)) == (shop.wei.id, None)

    undone(shop, merge_id)
    assert (owner_of(shop, shop.lin), owner_of(shop, ann)) == (shop.wei.id, shop.bo.id)
    assert [row.staff_id for row in rows(shop, ann)] == [shop.bo.id, shop.bo.id]


def test_a_survivor_without_a_guide_takes_the_others_and_gives_her_back(shop, ann) -> None:
    hand(shop, ann, shop.bo)

    merge_id = merged(shop, ann)
    assert owner_of(shop, shop.lin) == guide_of(shop, shop.lin) == shop.bo.id

    undone(shop, merge_id)
    assert (owner_of(shop, shop.lin), owner_of(shop, ann)) == (None, shop.bo.id)


def test_whoever_came_after_the_merge_stays_with_the_survivor_and_it_is_said(shop, ann) -> None:
    hand(shop, ann, shop.bo)
    merge_id = merged(shop, ann)
    hand(shop, shop.lin, shop.an)

    kept = undone(shop, merge_id)

    assert (owner_of(shop, shop.lin), owner_of(shop, ann)) == (shop.an.id, shop.bo.id)
    assert [each.words for each in kept] == ["合并后换过的专属导购留给现在的会员"]


def test_nobody_owns_who_was_forgotten_and_the_stretches_stay(shop) -> None:
    hand(shop, shop.lin, shop.wei)

    with db.transaction(shop.brand.id):
        erasing.forget(erasing.person_of(shop.lin.id, None))

    (row,) = rows(shop, shop.lin)
    assert (row.staff_id, row.until is None) == (shop.wei.id, False)
    assert guide_of(shop, shop.lin) is None
