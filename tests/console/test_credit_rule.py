"""改业绩规则: tried on last month, then published as it was tried."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.core import clock, db
from app.core.audit import AuditRow
from app.core.db import session
from app.credit.queries import period, ruling
from app.credit.rules import Part, Step, Way
from app.orders.models import Order
from app.staff.models import Role
from tests import factories
from tests.console.test_guides import fill

PARTED = {
    "part": ["0", "1"],
    "percent-0": "66.67",
    "way0-0": "seller",
    "way1-0": "scan",
    "days1-0": "0",
    "percent-1": "33.33",
    "way0-1": "owner",
}


def tried(desk, **given) -> str:
    return desk.post("/guides/rule", act="try", **(PARTED | given)).get_data(as_text=True)


def publish(desk, page: str, **given):
    seal = re.search(r'name="tried" value="(\w*)"', page)[1]
    return desk.post("/guides/rule", act="publish", tried=seal, **(PARTED | given))


def rules(house) -> list[int]:
    with db.transaction(house.brand.id):
        return [version.rule.version for version in ruling.history()]


def test_the_form_begins_with_the_rule_in_force(mei):
    page = mei.page("/guides/rule")

    assert "现在是默认规则：依次看：开单导购" in page
    assert 'value="100"' in page
    assert "让新规则生效" not in page


def test_last_month_stands_side_by_side_before_anything_is_published(mei, house):
    fill(house)
    with db.transaction(house.brand.id):
        last = period.month(period.month_before(period.this_month()))
        session.execute(update(Order).values(paid_at=last.start + timedelta(hours=9)))

    page = tried(mei)

    assert "66.67% 依次看：开单导购 → 到店接待（当天）；33.33% 依次看：主导购" in page
    assert "¥280.01" in page  # 66.67% of Wei's 420.00
    assert page.count("¥570.00") == 2  # the store's sum under both
    assert rules(house) == [0]


def test_what_was_tried_is_published_from_a_day_on_and_audited(mei, house):
    day = clock.business_day(clock.now()) + timedelta(days=3)

    done = publish(mei, tried(mei), starts="day", day=day.isoformat())

    assert done.status_code == 303
    with db.transaction(house.brand.id):
        made = ruling.by_number(1)
        noted = session.query(AuditRow).filter_by(act="credit.rule_published").one()
    seller = Part(6667, (Step(Way.SELLER), Step(Way.SCAN, 0)))
    assert made.rule.parts == (seller, Part(3333, (Step(Way.OWNER),)))
    assert made.starts_at == clock.day_bounds(day)[0]
    assert noted.actor == f"staff:{house.mei.id}"


def test_what_was_changed_since_the_trial_is_tried_again_and_not_published(mei, house):
    page = tried(mei)

    answer = publish(mei, page, starts="now", **{"way0-1": "promoter"})

    assert answer.status_code == 200
    assert "33.33% 依次看：导购码带来" in answer.get_data(as_text=True)
    assert rules(house) == [0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"percent-1": "33.34"},
        {"percent-1": "33.333"},
        {"percent-1": "NaN"},
        {"way0-1": ""},
        {"way1-1": "owner"},
        {"days1-0": ""},
        {"days1-0": "31"},
        {"days1-0": "x"},
        {"way0-1": "luck"},
    ],
)
def test_what_is_no_rule_is_refused_with_the_fields_kept(mei, house, wrong):
    answer = mei.post("/guides/rule", act="try", **(PARTED | wrong))

    assert answer.status_code == 422
    assert "各份加起来要正好 100%" in answer.get_data(as_text=True)
    assert 'value="66.67"' in answer.get_data(as_text=True)


@pytest.mark.parametrize("day", ["2020-01-01", "soon"])
def test_a_day_that_is_over_or_none_is_refused(mei, house, day):
    answer = publish(mei, tried(mei), starts="day", day=day)

    assert answer.status_code == 422
    assert "生效时间已经过去" in answer.get_data(as_text=True)
    assert rules(house) == [0]


def test_a_part_is_added_and_taken_away_again(mei):
    more = mei.post("/guides/rule", act="add", **PARTED).get_data(as_text=True)
    less = mei.post("/guides/rule", act="remove:0", **PARTED).get_data(as_text=True)

    assert "第 3 份" in more
    assert "第 2 份" not in less
    assert 'value="33.33"' in less


def test_headquarters_alone_changes_it(desk_of, house):
    factories.make_staff(
        house.brand.id, "gu", Role.STORE_MANAGER, name="顾", store_ids=[house.jingan.id]
    )
    gu = desk_of("gu")

    assert gu.get("/guides/rule").status_code == 403
    assert gu.post("/guides/rule", act="try", **PARTED).status_code == 403
    assert "改业绩规则" not in gu.page("/guides")
