"""Lin is forgotten: nothing says her name, what the law keeps stands without her."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from app import tables
from app.core import audit, clock, db, events
from app.core.db import session
from app.core.privacy import Fate
from app.coupons.models import Coupon
from app.journeys.privacy import erasing
from app.journeys.privacy.table import RULES
from app.members import service as members
from app.members.models import (
    Consent,
    Erasure,
    ErasureState,
    Fan,
    FanTag,
    Member,
    Name,
    Tombstone,
)
from app.members.service import erasures, tombstones
from app.points import queries as points
from app.points import service as ledger
from tests import factories

PHONE, OPENID, UNIONID = "13800005678", "o-lin-planted", "u-lin-planted"


@pytest.fixture
def lin(house):
    """A member with a name, tags, points, a coupon and a timeline."""
    fan = factories.make_fan(house.brand.id, house.brand.service.id, OPENID, unionid=UNIONID)
    member = factories.make_member(house.brand.id, fan.id, PHONE)
    with db.transaction(house.brand.id):
        db.get(Member, member.id).name_encrypted = members.seal_name("林小姐")
        members.tag_fans([fan.id], "来源", "门店扫码", "rule")
        members.tag_member(member.id, "资料", "生日月", "rule")
        ledger.earn(member.id, amount=120, kind="order", reference="order:1")
        events.record("wechat.menu_clicked", fan_id=fan.id, member_id=member.id, key="shop")
    return member


def ask(brand_id: int, member_id: int, *, in_days: int = 0) -> int:
    with db.transaction(brand_id):
        due_at = clock.now() + timedelta(days=in_days)
        return erasures.ask_erasure(
            member_id=member_id, fan_id=None, door="card", by="member", due_at=due_at
        ).id


def whole_database(brand_id: int) -> str:
    """Every table as text, as a dump would show it."""
    with db.system_transaction(brand_id):
        found = []
        for table in tables.metadata.sorted_tables:
            rows = session.execute(text(f'SELECT t::text FROM "{table.name}" t'))
            found += [str(row[0]) for row in rows]
    return "\n".join(found)


def sealed_names(brand_id: int) -> list[str]:
    """How her openid and unionid lie in the database."""
    with db.transaction(brand_id):
        fan = factories.fan_named(OPENID)
        return [fan.openid_encrypted, fan.unionid_encrypted]


def test_after_her_day_nothing_in_the_database_says_who_she_was(house, lin):
    ask(house.brand.id, lin.id)
    number, index = lin.number, lin.phone_index
    sealed = sealed_names(house.brand.id)
    assert number in whole_database(house.brand.id)

    assert erasing.work() == 1

    dump = whole_database(house.brand.id)
    with db.transaction(house.brand.id):
        buried = set(session.scalars(select(Tombstone.hash)))
        row = db.get(Member, lin.id)
        assert (row.phone_index, row.phone_encrypted, row.name_encrypted) == (None, None, None)
        assert row.number == f"erased-{lin.id}"
        assert session.scalar(select(func.count()).select_from(FanTag)) == 0
    assert not any(name in dump for name in [OPENID, UNIONID, *sealed])
    assert number not in dump
    assert index in buried


def test_the_receipt_lists_what_went_and_what_the_law_keeps(house, lin):
    erasure_id = ask(house.brand.id, lin.id)

    erasing.work()

    with db.transaction(house.brand.id):
        receipt = db.get(Erasure, erasure_id)
        fates = {line["table"]: line["fate"] for line in receipt.lines}
        assert receipt.state == ErasureState.DONE
        assert fates["fan_tags"] == fates["member_tags"] == fates["events"] == Fate.ERASED
        assert fates["points_transfers"] == fates["consents"] == Fate.KEPT
        assert all(line["why"] for line in receipt.lines if line["fate"] == Fate.KEPT)
        acts = list(session.scalars(select(audit.AuditRow.act).order_by(audit.AuditRow.seq)))
        assert acts == ["erasure.asked", "person.erased"]


def test_her_points_lapse_in_the_ledger_and_her_coupons_end(house, lin):
    with db.transaction(house.brand.id):
        from app.benefits import service as benefits
        from app.brands import service as brands

        benefits.give_joining_gifts(brands.get(house.brand.id), lin.id)
    ask(house.brand.id, lin.id)

    erasing.work()

    with db.transaction(house.brand.id):
        assert points.balance(lin.id) == 0
        assert points.mismatches() == []
        coupons = list(session.scalars(select(Coupon)))
        assert coupons
        assert not any(coupon.is_usable(clock.now()) for coupon in coupons)


def test_during_the_cooling_off_days_nothing_happens_and_she_may_take_it_back(house, lin):
    erasure_id = ask(house.brand.id, lin.id, in_days=7)

    assert erasing.work() == 0
    with db.transaction(house.brand.id):
        erasures.take_back_erasure(erasure_id, by="member")
    clock.move(timedelta(days=8))

    assert erasing.work() == 0
    with db.transaction(house.brand.id):
        assert db.get(Member, lin.id).erased_at is None
        with pytest.raises(erasures.ErasureNotOpen):
            erasures.take_back_erasure(erasure_id, by="member")


def test_asked_twice_is_one_wish_and_erased_twice_changes_nothing(house, lin):
    first, second = ask(house.brand.id, lin.id, in_days=7), ask(house.brand.id, lin.id)
    assert first == second

    assert erasing.work() == 1
    before = whole_database(house.brand.id)

    assert erasing.work() == 0
    with db.transaction(house.brand.id):
        assert not erasing.erase_due(first)
    assert whole_database(house.brand.id) == before


def test_a_rule_that_is_left_out_leaves_something_behind(house, lin):
    """The scan of the test above finds what a forgotten table holds."""
    openid, _ = sealed_names(house.brand.id)
    without_fans = [rule for rule in RULES if rule.table != "fans"]

    with db.transaction(house.brand.id):
        erasing.forget(erasing.person_of(lin.id, None), without_fans)

    assert openid in whole_database(house.brand.id)


def test_joining_again_makes_her_a_new_member_and_lifts_her_tombstones(house, lin):
    ask(house.brand.id, lin.id)
    erasing.work()

    fan = factories.make_fan(house.brand.id, house.brand.service.id, OPENID, unionid=UNIONID)
    again = factories.make_member(house.brand.id, fan.id, PHONE)

    with db.transaction(house.brand.id):
        assert again.id != lin.id
        assert points.balance(again.id) == 0
        standing = set(session.scalars(select(Tombstone.name).filter_by(lifted_at=None)))
        assert standing == {Name.NUMBER}
        assert again.phone_index not in tombstones.standing(Name.PHONE)
        assert not tombstones.is_forgotten(house.brand.service.id, OPENID)


def test_her_consents_stay_as_proof_and_name_nobody(house, lin):
    ask(house.brand.id, lin.id)

    erasing.work()

    with db.transaction(house.brand.id):
        assert session.scalar(select(func.count()).select_from(Consent)) == 3
        fan = session.scalars(select(Fan)).one()
        assert (fan.member_id, fan.is_following) == (None, False)
