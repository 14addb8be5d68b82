"""等级: the ladder with its people, another one foretold, and one member's tier by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core import clock, db
from app.points import queries
from app.points import service as points
from app.points.tier_policy import tier_policy
from tests.console.conftest import join, scan


@pytest.fixture
def lin(house, noon) -> int:
    member_id = join(house, scan(house, "o-lin", noon), noon)
    with db.transaction(house.brand.id):
        points.note_purchase(member_id, order_id=1, paid_fen=250_000, at=clock.now())
    return member_id


def ladder_of(house, **typed: str) -> dict[str, str]:
    """The form as the page shows it, with what she typed otherwise."""
    with db.transaction(house.brand.id):
        steps = queries.ladder()
    fields = {"by": "spend", "window_months": "0", "grace_days": "0"}
    for place, step in enumerate(steps):
        fields |= {f"id-{place}": str(step.id), f"name-{place}": step.name}
        fields |= {f"yuan-{place}": str(step.spend_fen // 100), f"off-{place}": ""}
    return fields | {"step": ["0", "1", "2"]} | typed


def tier(house, member_id: int) -> str:
    with db.transaction(house.brand.id):
        return queries.standing(member_id).tier_name


def test_the_ladder_stands_with_its_people(mei, lin) -> None:
    page = mei.page("/tiers")

    assert "入会以来的消费" in page
    assert "¥2,000.00" in page
    assert "100.0%" in page


def test_a_change_is_foretold_then_made_and_audited(mei, house, lin) -> None:
    asked = ladder_of(house, **{"yuan-1": "3000", "off-2": "9.5", "perks-2": "生日礼、专属客服"})
    seen = mei.post("/tiers/edit", act="try", **asked).get_data(as_text=True)
    assert "动 1 位会员" in seen
    assert tier(house, lin) == "金穗"

    assert mei.post("/tiers/edit", act="save", **asked).status_code == 303
    assert tier(house, lin) == "青禾"
    page = mei.page("/tiers")
    assert "9.5 折、生日礼、专属客服" in page
    assert "改等级" in mei.page("/audit")


def test_a_step_is_added_at_the_top_and_a_window_chosen(mei, house, lin) -> None:
    more = {"step": ["0", "1", "2", "3"], "name-3": "云杉", "yuan-3": "9000"}
    asked = ladder_of(house) | more | {"window_months": "12", "grace_days": "30"}
    assert mei.post("/tiers/edit", act="save", **asked).status_code == 303

    with db.transaction(house.brand.id):
        assert [step.name for step in queries.ladder()] == ["青禾", "金穗", "木心", "云杉"]
        assert tier_policy().grace_days == 30
        assert queries.outlook(lin).place.keeps_until is not None
    assert "保级到" in mei.page(f"/members/{lin}/tier")


@pytest.mark.parametrize(
    "typed",
    [{"yuan-0": "1"}, {"yuan-1": "9000"}, {"name-1": "青禾"}, {"name-1": ""}, {"yuan-1": "-3"},
     {"off-1": "0"}, {"off-1": "10.5"}, {"off-1": "九"}, {"window_months": "999"}, {"id-1": "0"},
     {"step": ["0", "1"]}],
    ids=str,
)  # fmt: skip
def test_a_ladder_without_order_is_refused(mei, house, lin, typed) -> None:
    assert mei.post("/tiers/edit", act="save", **ladder_of(house, **typed)).status_code == 422
    assert tier(house, lin) == "金穗"


def test_a_tier_is_given_by_hand_with_reason_and_end_and_taken_back(mei, house, lin) -> None:
    with db.transaction(house.brand.id):
        wood = queries.ladder()[2].id
    until = (clock.business_day(clock.now()) + timedelta(days=30)).isoformat()
    given = {"tier_id": str(wood), "until": until, "reason": "投诉补偿"}

    assert mei.post(f"/members/{lin}/tier", **given).status_code == 303
    page = mei.page(f"/members/{lin}/tier")
    assert "投诉补偿" in page
    assert tier(house, lin) == "木心"
    assert mei.post(f"/members/{lin}/tier/end").status_code == 303
    assert tier(house, lin) == "金穗"


@pytest.mark.parametrize(
    "typed",
    [{"reason": ""}, {"reason": "长" * 65}, {"until": "2020-01-01"}, {"until": "3020-01-01"},
     {"until": ""}],
    ids=str,
)  # fmt: skip
def test_a_grant_without_reason_or_end_is_refused(mei, house, lin, typed) -> None:
    with db.transaction(house.brand.id):
        wood = queries.ladder()[2].id
    until = (clock.business_day(clock.now()) + timedelta(days=30)).isoformat()
    given = {"tier_id": str(wood), "until": until, "reason": "投诉补偿"} | typed

    assert mei.post(f"/members/{lin}/tier", **given).status_code == 422
    assert tier(house, lin) == "金穗"


def test_a_manager_of_a_store_gives_no_tiers(lan, lin) -> None:
    assert lan.get("/tiers").status_code == 403
    assert lan.post(f"/members/{lin}/tier", reason="x").status_code == 403
