"""积分怎么用: what is valid, what another policy would mean, and then that one."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core import db
from app.core.db import session
from app.points import service as points
from app.points.models import PointsAccount, PolicyVersion
from app.points.policy import Period, policy
from tests.console.conftest import join, scan

WANTED = {
    "return_days": "7",
    "lapse_months": "12",
    "period": "quarter",
    "step_points": "100",
    "yuan": "2",
    "cap": "50",
}


@pytest.fixture
def lin(house, noon) -> int:
    """She has 199 points."""
    member_id = join(house, scan(house, "o-lin", noon), noon)
    with db.transaction(house.brand.id):
        points.earn(member_id, amount=199, kind="act", reference="joined")
    return member_id


def held(house):
    with db.transaction(house.brand.id):
        return policy()


def test_the_page_says_what_is_valid_and_what_members_hold(mei, lin) -> None:
    page = mei.page("/earning/policy")

    assert "付款当场可用；不作废；100 分抵 ¥1，最多抵商品的 100%" in page
    assert "能用的 <b>199</b> 分" in page
    assert "还没有改过" in page


def test_another_policy_is_shown_before_it_holds(mei, house, lin) -> None:
    page = mei.post("/earning/policy", act="try", **WANTED).get_data(as_text=True)

    assert "199 分从 ¥1.99 变成 ¥3.98" in page
    assert "当场" in page
    assert held(house).step_fen == 100


def test_it_holds_from_now_is_kept_and_audited(mei, house, lin) -> None:
    assert mei.post("/earning/policy", act="publish", **WANTED).status_code == 303

    now = held(house)
    assert (now.return_days, now.lapse_months, now.period) == (7, 12, Period.QUARTER)
    assert (now.step_fen, now.cap_basis_points) == (200, 5_000)
    page = mei.page("/earning/policy")
    assert "付款 7 天后可用；满 12 个月，到季末作废；100 分抵 ¥2，最多抵商品的 50%" in page
    assert "第 1 版" in page
    assert "改了积分怎么用" in mei.page("/audit")


def test_the_same_twice_is_one_version(mei, house, lin) -> None:
    mei.post("/earning/policy", act="publish", **WANTED)

    again = mei.post("/earning/policy", act="publish", **WANTED)

    assert again.status_code == 409
    with db.transaction(house.brand.id):
        assert session.scalars(select(PolicyVersion.version)).all() == [1]


@pytest.mark.parametrize(("field", "value"), [("return_days", "x"), ("yuan", "0"), ("cap", "101")])
def test_what_makes_no_sense_is_said_at_its_field(mei, house, field, value) -> None:
    answer = mei.post("/earning/policy", act="publish", **WANTED | {field: value})

    assert answer.status_code == 422
    assert f'id="wrong-{"yuan" if field == "yuan" else field}"' in answer.get_data(as_text=True)
    assert held(house).return_days == 0


def test_what_lapses_stands_there(mei, house, lin) -> None:
    mei.post("/earning/policy", act="publish", **WANTED)
    with db.transaction(house.brand.id):
        points.earn(lin, amount=1, kind="act", reference="x")

    page = mei.page("/earning/policy")

    assert "接下来会作废的" in page
    assert "没有会作废的积分" not in page


def test_the_ledger_line_adds_up_or_names_the_account(mei, house, lin) -> None:
    assert "199 分，逐笔相加一致，" in mei.page("/earning/ledger")
    with db.transaction(house.brand.id):
        account = session.scalars(select(PointsAccount).filter_by(member_id=lin)).first()
        account.balance += 1
        number = account.id

    page = mei.page("/earning/ledger")

    assert "逐笔相加对不上" in page
    assert str(number) in page
