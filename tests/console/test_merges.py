"""会员合并: both sheets side by side, a decision of a person, and its undoing."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.core import audit, db
from app.core.db import session
from app.members import queries
from app.members import service as members
from app.members.models import Member, TwinReason
from app.points import service as points
from app.staff.models import Role
from tests import factories


@pytest.fixture
def two(house) -> tuple[int, int]:
    """Lin twice: points on each, and somebody has noticed."""
    ids = []
    for openid, phone, amount in (("o-lin", "13800005678", 30), ("o-lin-2", "13900005678", 12)):
        fan = factories.make_fan(house.brand.id, house.brand.service.id, openid)
        ids.append(factories.make_member(house.brand.id, fan.id, phone).id)
        with db.transaction(house.brand.id):
            points.earn(ids[-1], amount=amount, kind="order", reference=f"order:{openid}")
    with db.transaction(house.brand.id):
        members.suspect(*ids, TwinReason.PHONE)
    return ids[0], ids[1]


def cells(page: str, word: str) -> list[str]:
    row = re.search(rf'<tr><th scope="row" class="second">{word}.*?</tr>', page, re.S)[0]
    return re.findall(r"<td[^>]*>([^<]*)</td>", row)


def test_the_queue_leads_to_both_sheets(mei, two):
    page = mei.page("/twins")

    assert "用过同一个手机号" in page
    link = re.search(r'href="(/console/members/\d+/merge\?with=\d+)"', page)[1]
    seen = mei.page(link.removeprefix("/console"))
    assert cells(seen, "积分") == ["30", "12", "42"]
    assert "13800005678" not in seen
    assert cells(seen, "手机")[0] == "138****5678"


def test_a_decision_makes_her_one_and_another_two_again(mei, house, two):
    one, other = two
    mei.post(f"/members/{one}/merge", **{"with": str(other)})
    with db.transaction(house.brand.id):
        assert queries.member(other).id == one
        merge_id = queries.standing_merges(one)[0].id
        points.spend(one, amount=40, kind="gift", reference="gift:1")
    assert "合并着" in mei.page("/twins")

    mei.post(f"/merges/{merge_id}/undo")

    assert "10 积分在合并以后用掉了，退不回去" in mei.page("/twins")
    with db.transaction(house.brand.id):
        assert db.get(Member, other).merged_into_id is None
        acts = session.scalars(select(audit.AuditRow.act)).all()
    assert {"members.merged", "members.unmerged"} <= set(acts)


def test_two_who_are_not_one_leave_the_queue(mei, house, two):
    with db.transaction(house.brand.id):
        (pair,) = queries.open_twins()

    mei.post(f"/twins/{pair.id}/different")

    assert "没有等人决定的" in mei.page("/twins")


def test_a_marketer_may_look_and_not_decide(desk_of, house, two):
    factories.make_staff(house.brand.id, "xu", Role.MARKETER, name="许")
    xu = desk_of("xu")

    assert "合并成一位" not in xu.page(f"/members/{two[0]}/merge?with={two[1]}")
    assert xu.post(f"/members/{two[0]}/merge", **{"with": str(two[1])}).status_code == 403


def test_a_manager_sees_no_queue(lan, two):
    assert lan.get("/twins").status_code == 403


@pytest.mark.parametrize("given", ["999999", "../etc", "二", "9" * 40])
def test_nobody_is_compared_with_who_does_not_exist(mei, two, given):
    assert mei.get(f"/members/{two[0]}/merge?with={given}").status_code == 404


def test_another_brands_member_does_not_exist_here(mei, two):
    brand = factories.make_brand("qinghe", "青禾")
    fan = factories.make_fan(brand.id, brand.service.id, "o-foreign")
    foreign = factories.make_member(brand.id, fan.id, "13700001111")

    assert mei.get(f"/members/{two[0]}/merge?with={foreign.id}").status_code == 404
