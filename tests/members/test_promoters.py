"""Who brought her: the first guide's own code she scanned, if she was no member yet."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock, db, events
from app.core.db import session
from app.journeys import reactions
from app.members import promoters
from app.members.models import Fan
from app.stores import service as stores
from app.stores.models import CodeKind
from tests import factories


@pytest.fixture
def code_of(house):
    """`code_of(wei)`: a code of her own, in the store where she works."""

    def made(guide, store=house.jingan):
        with db.transaction(house.brand.id):
            return stores.add_code(
                account_id=house.brand.service.id,
                store_id=store.id,
                kind=CodeKind.GUIDE,
                place="名片",
                staff_id=guide.id,
            )

    return made


def scan(house, code, openid: str = "o-lin", *, minutes_ago: int = 0) -> int:
    """WeChat tells of a scan; answers her fan."""
    at = clock.now() - timedelta(minutes=minutes_ago)
    told = {
        "account_id": house.brand.service.id,
        "scene": code.scene,
        "sent_at": int(at.timestamp()),
    }
    with db.transaction(house.brand.id):
        events.record_all([events.News("wechat.scanned", at, told, person=openid)])
        event = session.scalars(select(events.Event).order_by(events.Event.id.desc())).first()
        reactions.on_scanned([event])
        return event.fan_id


def promoter_of(house, member):
    with db.transaction(house.brand.id):
        found = promoters.promoters_of([member.id]).get(member.id)
        return found.staff_id if found else None


def test_the_guide_whose_code_she_scanned_first_has_brought_her(house, code_of):
    fan_id = scan(house, code_of(house.wei), minutes_ago=9)
    scan(house, code_of(house.bo, house.hubin), minutes_ago=5)

    member = factories.make_member(house.brand.id, fan_id)

    assert promoter_of(house, member) == house.wei.id


def test_it_is_the_first_scan_and_not_the_first_that_was_told(house, code_of):
    fan_id = scan(house, code_of(house.bo, house.hubin), minutes_ago=5)
    scan(house, code_of(house.wei), minutes_ago=9)

    member = factories.make_member(house.brand.id, fan_id)

    assert promoter_of(house, member) == house.wei.id


def test_who_was_a_member_already_was_brought_by_nobody(house, code_of):
    member = factories.make_member(house.brand.id, scan(house, house.jingan.code, minutes_ago=9))

    scan(house, code_of(house.wei))

    assert promoter_of(house, member) is None


def test_a_code_of_the_store_is_nobodys(house):
    member = factories.make_member(house.brand.id, scan(house, house.jingan.code, minutes_ago=9))

    assert promoter_of(house, member) is None


def test_of_her_two_wechats_the_earlier_scan_counts(house, code_of):
    late = scan(house, code_of(house.bo, house.hubin), minutes_ago=5)
    early = scan(house, code_of(house.wei), "o-other", minutes_ago=9)
    member = factories.make_member(house.brand.id, late)
    with db.transaction(house.brand.id):
        db.get(Fan, early).member_id = member.id

    assert promoter_of(house, member) == house.wei.id
