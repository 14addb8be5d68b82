"""Wei is away for some days and An stands in for her: what is hers stays hers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import exc, text

from app.core import clock, db
from app.core.db import session
from app.owners import service as owners
from app.owners.models import GuideCover
from app.owners.queries import covers
from app.owners.rules import Step, Way
from app.owners.service import covering
from app.owners.words import away
from app.staff.models import Face, Role, Staff
from tests import factories
from tests.owners.conftest import hand, owner_of
from tests.owners.test_rules import days_pass, from_today, publish, react, serve  # noqa: F401


def today() -> date:
    return clock.business_day(clock.now())


def desk(login: str = "mei"):
    return factories.actor(factories.sign_in(login, Face.CONSOLE), Face.CONSOLE)


def cover(shop, guide, by_whom, first: int = 0, last: int = 6, *, by=None, store=None) -> int:
    by = by or desk()
    with db.transaction(shop.brand.id):
        store_id = (store or shop.jingan).id
        days = (today() + timedelta(days=each) for each in (first, last))
        cover_id = by_whom.id if by_whom else None
        return owners.cover(guide.id, store_id, cover_id, *days, by=by).id


def covered_by(shop, guide) -> set[tuple[int, int]]:
    with db.transaction(shop.brand.id):
        return covers.covered_by(guide.id, clock.now())


def test_it_begins_and_ends_by_itself(shop) -> None:
    cover(shop, shop.wei, shop.an, first=1, last=3)
    seen = []
    for _ in range(5):
        seen.append(covered_by(shop, shop.an) == {(shop.wei.id, shop.jingan.id)})
        days_pass(1)

    assert seen == [False, True, True, True, False]


def test_the_whole_store_stands_in_and_nobody_elsewhere(shop) -> None:
    cover(shop, shop.wei, None)

    assert covered_by(shop, shop.an) == {(shop.wei.id, shop.jingan.id)}
    assert covered_by(shop, shop.bo) == covered_by(shop, shop.wei) == set()


def test_once_who_stands_in_is_gone_it_is_the_stores(shop) -> None:
    yu = factories.make_staff(shop.brand.id, "yu", name="小于", store_ids=[shop.jingan.id])
    cover(shop, shop.wei, shop.an)
    assert covered_by(shop, yu) == set()

    with db.transaction(shop.brand.id):
        session.get_one(Staff, (shop.brand.id, shop.an.id)).is_active = False

    assert covered_by(shop, yu) == {(shop.wei.id, shop.jingan.id)}


def test_ended_earlier_it_holds_no_more_and_not_twice(shop) -> None:
    cover_id = cover(shop, shop.wei, shop.an)
    by = desk()
    with db.transaction(shop.brand.id):
        owners.end_cover(cover_id, by=by)

    assert covered_by(shop, shop.an) == set()
    with pytest.raises(owners.NoCover), db.transaction(shop.brand.id):
        owners.end_cover(cover_id, by=by)
    cover(shop, shop.wei, shop.an)  # the days are free again


REFUSED = {
    "elsewhere": lambda shop: cover(shop, shop.wei, shop.bo),
    "herself": lambda shop: cover(shop, shop.wei, shop.wei),
    "away": lambda shop: cover(shop, shop.wei, shop.an, 5, 9),
    "covers": lambda shop: cover(shop, shop.yu, None, 2, 3),
    "overlap": lambda shop: cover(shop, shop.an, None, 6, 8),
    "past": lambda shop: cover(shop, shop.wei, None, -1, 3),
    "backwards": lambda shop: cover(shop, shop.wei, None, 3, 2),
    "for ever": lambda shop: cover(shop, shop.wei, None, 0, 200),
    "not of the store": lambda shop: cover(shop, shop.bo, None),
}
WHY = {
    "elsewhere": owners.CoverElsewhere,
    "herself": owners.CoverElsewhere,
    "away": owners.CoverAway,
    "covers": owners.IsCovering,
    "overlap": owners.DaysOverlap,
    "past": owners.BadDays,
    "backwards": owners.BadDays,
    "for ever": owners.BadDays,
    "not of the store": owners.NotHere,
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused(shop, case) -> None:
    """An is away already from today to the day after six, and Yu stands in for her."""
    shop.yu = factories.make_staff(shop.brand.id, "yu", name="小于", store_ids=[shop.jingan.id])
    cover(shop, shop.an, shop.yu)

    with pytest.raises(WHY[case]):
        REFUSED[case](shop)


def test_a_store_manager_plans_for_her_own_store_alone(shop) -> None:
    role = Role.STORE_MANAGER
    factories.make_staff(shop.brand.id, "he", role, name="何", store_ids=[shop.hubin.id])
    he = desk("he")
    with pytest.raises(owners.NotHere):
        cover(shop, shop.wei, shop.an, by=he)

    cover_id = cover(shop, shop.wei, shop.an)
    with pytest.raises(owners.NoCover), db.transaction(shop.brand.id):
        owners.end_cover(cover_id, by=he)


def test_of_two_who_plan_at_once_one_is_refused(own_database, shop) -> None:
    by = desk()

    def plan(guide, stands_in):
        try:
            return cover(shop, guide, stands_in, by=by)
        except (owners.CoverAway, owners.IsCovering):
            return None

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(plan, (shop.wei, shop.an), (shop.an, shop.wei)))

    assert sum(each is not None for each in done) == 1


def test_control_looking_without_holding_both_lets_each_stand_in_for_the_other(shop) -> None:
    by, days = desk(), (today(), today())
    pairs = [(shop.wei.id, shop.an.id), (shop.an.id, shop.wei.id)]
    for one, other in pairs:
        with db.transaction(shop.brand.id):
            covering._refuse_clash(one, shop.jingan.id, other, *days)

    for one, other in pairs:
        with db.transaction(shop.brand.id):
            covering._written(one, shop.jingan.id, other, *days, by, clock.now())

    assert len(covered_by(shop, shop.wei)) == len(covered_by(shop, shop.an)) == 1


def test_the_database_refuses_overlapping_days(own_database, shop) -> None:
    cover(shop, shop.wei, shop.an)
    again = (
        "INSERT INTO guide_covers (brand_id, staff_id, store_id, from_day, until_day, made_by_id,"
        " made_at) SELECT brand_id, staff_id, store_id, until_day, until_day + 3, made_by_id, now()"
        " FROM guide_covers"
    )
    with pytest.raises(exc.IntegrityError), db.transaction(shop.brand.id):
        session.execute(text(again))


# Hers all the while


def test_whoever_stands_in_does_not_take_her_members(shop) -> None:
    publish(shop, Step(Way.LAST_TOUCH, 30))
    serve(shop, shop.lin, "wei")
    react(shop)
    cover(shop, shop.wei, shop.an)
    days_pass(2)

    serve(shop, shop.lin, "an")
    react(shop)

    assert owner_of(shop, shop.lin) == shop.wei.id


def test_control_without_the_cover_the_same_takes_her(shop) -> None:
    publish(shop, Step(Way.LAST_TOUCH, 30))
    serve(shop, shop.lin, "wei")
    react(shop)
    days_pass(2)

    serve(shop, shop.lin, "an")
    react(shop)

    assert owner_of(shop, shop.lin) == shop.an.id


def test_what_is_done_in_her_name_begins_her_exclusive_days_anew(shop) -> None:
    publish(shop, Step(Way.EXCLUSIVE, 30), Step(Way.LAST_TOUCH, 90))
    hand(shop, shop.lin, shop.wei)
    days_pass(25)
    cover(shop, shop.wei, shop.an)
    serve(shop, shop.lin, "an")
    days_pass(20)

    serve(shop, shop.lin, "bo", shop.hubin)
    react(shop)

    assert owner_of(shop, shop.lin) == shop.wei.id


def test_it_is_said_in_a_line(shop) -> None:
    names = {shop.wei.id: "小魏", shop.an.id: "小安"}
    wei, an = shop.wei.id, shop.an.id

    assert away(GuideCover(staff_id=wei, cover_id=an), names) == "小魏休假，小安代班"
    assert away(GuideCover(staff_id=wei, cover_id=None), names) == "小魏休假，店里一起代班"
