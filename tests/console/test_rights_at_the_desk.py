"""隐私设置, 注销 and what the desk does for somebody who asks."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.core import audit, clock, db
from app.core.db import session
from app.journeys.privacy import erasing
from app.members import queries
from app.members.models import ConsentChannel, Erasure, Member, Purpose
from app.members.service import promises
from app.members.service.promises import Leaving
from tests import factories


@pytest.fixture
def lin(house):
    fan = factories.make_fan(house.brand.id, house.brand.service.id)
    return factories.make_member(house.brand.id, fan.id)


def acts(house) -> list[str]:
    with db.transaction(house.brand.id):
        return list(session.scalars(select(audit.AuditRow.act).order_by(audit.AuditRow.seq)))


def test_what_leaving_means_stands_beside_the_law_and_can_be_chosen(mei, house):
    page = mei.page("/privacy")
    assert page.count("个保法") >= 3
    assert re.search(r'value="no_marketing" checked', page)

    mei.post("/privacy", on_leaving="erase", cooling_off_days="3")

    with db.transaction(house.brand.id):
        chosen = promises.of_brand(session.get(type(house.brand.brand), house.brand.id))
        assert (chosen.on_leaving, chosen.cooling_off_days) == (Leaving.ERASE, 3)
    assert "privacy.changed" in acts(house)


@pytest.mark.parametrize("days", ["16", "-1", "三", ""])
def test_cooling_off_days_that_cannot_be_are_refused(mei, house, days):
    mei.post("/privacy", on_leaving="keep", cooling_off_days=days)

    assert "没有存上" in mei.page("/privacy")
    assert "privacy.changed" not in acts(house)


def test_a_text_is_published_once_under_a_version(mei, house):
    given = {"purpose": "marketing", "version": "2027-01", "text": "新的说法"}

    mei.post("/privacy/texts", **given)
    assert "新的说法" in mei.page("/privacy")

    mei.post("/privacy/texts", **given | {"text": "改一改"})
    assert "这个版本号已经用过" in mei.page("/privacy")


def test_the_desk_exports_only_for_a_reason_and_it_is_audited(mei, house, lin):
    mei.post(f"/members/{lin.id}/copy", reason="")
    assert "member.exported" not in acts(house)

    copy = mei.post(f"/members/{lin.id}/copy", reason="本人到店要求")

    assert lin.number in copy.text
    assert "会员资料" in copy.text
    with db.transaction(house.brand.id):
        row = session.scalars(select(audit.AuditRow).filter_by(act="member.exported")).one()
        assert row.detail["reason"] == "本人到店要求"


def test_the_desk_corrects_and_ends_marketing(mei, house, lin):
    mei.post(f"/members/{lin.id}/correction", name="林一", born_on="1990-02-28")
    mei.post(f"/members/{lin.id}/refusal")

    with db.transaction(house.brand.id):
        member = db.get(Member, lin.id)
        assert member.born_on.isoformat() == "1990-02-28"
        word = queries.last_word(lin.id, Purpose.MARKETING, ConsentChannel.WECHAT)
        assert (word.is_given, word.door) == (False, "console")


def test_an_erasure_shows_its_receipt_and_the_person_is_nothing_but_erased(mei, house, lin):
    answer = mei.post(f"/members/{lin.id}/erasure")
    with db.transaction(house.brand.id):
        asked = session.scalars(select(Erasure)).one()
        asked.due_at = clock.now()
    assert asked.receipt in mei.page("/erasures")
    assert answer.status_code == 302

    erasing.work()

    receipt = mei.page(f"/erasures/{asked.id}")
    assert "已按本人要求注销" in receipt
    assert "法律要求或允许留下的" in receipt
    page = mei.page(f"/members/{lin.id}/rights")
    assert "已按本人要求注销" in page
    assert lin.number not in page
    assert mei.post(f"/members/{lin.id}/copy", reason="再来一次").status_code == 404


def test_the_desk_takes_an_erasure_back_in_time(mei, house, lin):
    mei.post(f"/members/{lin.id}/erasure")
    with db.transaction(house.brand.id):
        asked = session.scalars(select(Erasure)).one()

    mei.post(f"/erasures/{asked.id}/taken-back")

    assert "本人撤回" in mei.page("/erasures")
    assert erasing.work() == 0


def test_a_store_manager_has_none_of_these_pages(lan, house, lin):
    for path in ("/privacy", "/erasures", f"/members/{lin.id}/rights"):
        assert lan.get(path).status_code in (403, 404)
