"""审计: filters, pages, the chain's state; reading it is a row itself."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app import worker
from app.core import audit, clock, db
from app.core.audit import AuditRow
from app.core.db import session


def fill(house, count: int = 3, **given: str) -> None:
    with db.transaction(house.brand.id):
        for number in range(count):
            named = {"actor": f"staff:{house.mei.id}", "subject": f"push:{number}"} | given
            audit.record("push.scheduled", **named, note="试一试")


def numbers(page: str) -> list[int]:
    found = re.findall(r'<th scope="row" class="num end">([\d,]+)</th>', page)
    return [int(each.replace(",", "")) for each in found]


def test_it_tells_who_did_what_on_whom_newest_first(mei, house):
    fill(house)

    page = mei.page("/audit")

    assert numbers(page) == [3, 2, 1]
    assert "定时推送" in page
    assert "推送 2" in page
    assert ">梅<" in page
    assert "note 试一试" in page
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", page)


def test_reading_it_is_a_row_itself(mei, house):
    mei.page("/audit?act=push.scheduled")

    with db.transaction(house.brand.id):
        [row] = session.scalars(select(AuditRow))
    assert (row.act, row.actor) == ("audit.read", f"staff:{house.mei.id}")
    assert row.detail == {"asked": "act=push.scheduled"}
    assert row.request_id


def test_it_can_be_of_one_person_one_act_one_thing_one_day(mei, house):
    fill(house, 2)
    fill(house, 1, actor="wechat", subject="member:5")
    today = clock.business_day(clock.now())

    assert numbers(mei.page("/audit?actor=wechat")) == [3]
    assert numbers(mei.page("/audit?subject=push:1")) == [2]
    assert numbers(mei.page("/audit?act=push.stopped")) == []
    assert numbers(mei.page(f"/audit?day={today}&subject=member:5")) == [3]
    assert numbers(mei.page("/audit?day=2020-01-01")) == []


def test_it_goes_page_by_page_without_a_gap(mei, house):
    fill(house, 120)

    first = mei.page("/audit?act=push.scheduled")
    second = mei.page(
        re.search(r'href="/console(/audit\?before=[^"]+)"', first)[1].replace("&amp;", "&")
    )

    assert numbers(first) == list(range(120, 70, -1))
    assert numbers(second) == list(range(70, 20, -1))


@pytest.mark.parametrize(
    "query",
    [
        "before=0",
        "before=x",
        "before=99999999999999999999",
        "actor=%00",
        "actor='--",
        "act=x",
        "day=soon",
        "subject=member: 5",
    ],
)
def test_a_filter_that_cannot_be_is_refused(mei, query):
    answer = mei.get(f"/audit?{query}")

    assert answer.status_code == 422


def test_the_chain_is_walked_when_somebody_asks(mei, house):
    fill(house)
    assert "还没有核对过" in mei.page("/audit")

    mei.post("/audit/check")
    worker.audit.check_due()

    assert re.search(r"完整：\d+ 条，今天 \d\d:\d\d 核对", mei.page("/audit"))


def test_it_is_for_administrators(lan):
    assert lan.get("/audit").status_code == 403
    assert "审计" not in lan.page("/")


def test_another_brands_rows_are_not_here(mei, house):
    from tests import factories

    other = factories.make_brand("qinghe", "青禾")
    with db.transaction(other.id):
        audit.record("push.scheduled", actor="staff:1", subject="push:77")

    assert numbers(mei.page("/audit?subject=push:77")) == []
