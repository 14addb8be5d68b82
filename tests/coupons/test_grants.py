"""Giving a batch to everybody with a tag: once a person, whenever the worker dies."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.coupons import jobs, queries
from app.coupons import service as coupons
from app.coupons.models import Coupon, CouponStep, Grant, GrantState
from app.coupons.service import grants
from app.members import service as members
from app.members.models import Tag
from tests.coupons.conftest import later, make_batch, make_campaign
from tests.coupons.crowd import issued, make_members


@pytest.fixture
def brand(house) -> int:
    return house.brand.id


@pytest.fixture
def tagged(brand):
    """Nine members with a tag."""
    return tag(brand, make_members(brand, 9))


def tag(brand: int, people: list[int], name: str = "春季") -> int:
    with db.transaction(brand):
        for member_id in people:
            members.tag_member(member_id, "活动", name, "rule")
        return session.scalar(select(Tag.id).filter_by(name=name))


def start(brand: int, batch, tag_id: int) -> int:
    with db.transaction(brand):
        return grants.start(batch.id, tag_id, staff_id=1).id


def report(brand: int, grant_id: int):
    with db.transaction(brand):
        return grants.reports([grant_id])[grant_id]


def state(brand: int, grant_id: int) -> str:
    with db.transaction(brand):
        return session.get_one(Grant, (brand, grant_id)).state


def test_everybody_with_the_tag_gets_one(brand, tagged) -> None:
    batch = make_batch(brand)
    with db.transaction(brand):
        before = grants.reach(batch.id, tagged)
    grant_id = start(brand, batch, tagged)
    jobs.work()
    jobs.work()

    found = report(brand, grant_id)
    assert (before.people, before.will_get, before.too_few) == (9, 9, 0)
    assert (found.issued, found.chosen, issued(batch)) == (9, 9, 9)
    assert state(brand, grant_id) == GrantState.DONE


def test_who_finds_the_stock_empty_is_counted_with_the_reason(brand, tagged) -> None:
    batch = make_batch(brand, stock=5)
    with db.transaction(brand):
        before = grants.reach(batch.id, tagged)
    grant_id = start(brand, batch, tagged)
    jobs.work()

    found = report(brand, grant_id)
    assert (before.will_get, before.too_few) == (5, 4)
    assert (found.issued, found.refused, found.chosen) == (5, {"gone": 4}, 9)


def test_two_grants_of_a_campaign_give_a_person_one(brand, tagged) -> None:
    campaign = make_campaign(brand)
    batch = make_batch(brand, campaign_id=campaign.id)
    first, again = start(brand, batch, tagged), start(brand, batch, tagged)
    jobs.work()

    assert issued(batch) == 9
    assert report(brand, first).issued == report(brand, again).issued == 9  # hers, both times


def test_a_grant_that_is_stopped_gives_no_more(brand, tagged) -> None:
    batch = make_batch(brand)
    grant_id = start(brand, batch, tagged)
    with db.transaction(brand):
        grants.step(grant_id)  # they are chosen
    with db.transaction(brand):
        skipped = grants.stop(grant_id, by="staff:1")
    jobs.work()

    assert (skipped, issued(batch)) == (9, 0)
    assert state(brand, grant_id) == GrantState.STOPPED


class Killed(BaseException):
    """The worker is gone in the middle of a step."""


def killed_in_a_step(brand: int, grant_id: int) -> None:
    with db.transaction(brand):
        grants.step(grant_id, 2)
        raise Killed


@pytest.mark.fault
@pytest.mark.parametrize("steps", range(7))
def test_killed_in_any_step_and_begun_again_it_comes_to_the_same(brand, tagged, steps) -> None:
    batch = make_batch(brand)
    grant_id = start(brand, batch, tagged)
    for _ in range(steps):
        with db.transaction(brand):
            grants.step(grant_id, 2)
    with pytest.raises(Killed):
        killed_in_a_step(brand, grant_id)
    jobs.work()

    assert (report(brand, grant_id).issued, issued(batch)) == (9, 9)
    assert broken_here(brand) == []


def broken_here(brand: int) -> list[int]:
    with db.transaction(brand):
        return [*queries.miscounted_batches(), *queries.miscounted_coupons()]


def test_a_revoked_batch_is_told_in_every_history(brand, tagged) -> None:
    batch = make_batch(brand)
    start(brand, batch, tagged)
    jobs.work()
    with db.transaction(brand):
        coupons.revoke_batch(batch.id, by="staff:1")
    jobs.work()
    jobs.work()

    with db.transaction(brand):
        told = session.scalars(select(CouponStep).filter_by(to_step="revoked")).all()
        left = session.scalars(select(Coupon).filter_by(batch_id=batch.id, revoked_at=None)).all()
    assert (len(told), left) == (9, [])


def test_what_has_run_out_is_told_in_its_history(brand, lin) -> None:
    batch = make_batch(brand)
    with db.transaction(brand):
        coupon = coupons.claim(batch.id, lin)
        until = clock.now() + timedelta(minutes=15)
        coupons.reserve(coupon.id, key="t", discount_fen=0, store_id=None, until=until)
    later(minutes=16)
    jobs.tidy()

    with db.transaction(brand):
        assert session.scalars(select(CouponStep.id).filter_by(to_step="lapsed")).all() != []
        assert session.get_one(Coupon, (brand, coupon.id)).held == 0
