"""粉丝: the latest in the stores, and one person's timeline without her name."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.audit import AuditRow
from app.core.db import session
from app.core.events import Event
from app.journeys import jobs
from app.journeys.models import FollowerCheck
from app.members import queries
from app.members.models import Fan, Member, TwinReason
from app.members.timeline import WORDS, of_person
from app.wechat.events.kinds import KINDS
from tests import factories
from tests.console.conftest import join, scan
from tests.wechat import letters


@pytest.fixture
def hear(built_app, house):
    client = built_app.test_client()

    def heard(*messages: str) -> None:
        for message in messages:
            letters.push(client, house.brand.service, message)
        jobs.work()

    return heard


def happened(page: str) -> list[str]:
    return re.findall(r"<li><div><b>([^<]+)</b>", page)


def test_the_list_leads_to_the_person_who_was_in_the_store_last(mei, house):
    fan_id = scan(house, "o-lin", clock.now())

    page = mei.page("/fans")

    assert f"/console/fans/{fan_id}" in page
    assert "静安寺店" in page
    assert "o-lin" not in page, "an openid is nobody's to read"


def test_the_list_can_be_of_one_store(mei, house):
    scan(house, "o-lin", clock.now())
    bo = scan(house, "o-bo", clock.now(), store=house.hubin)

    page = mei.page(f"/fans?store={house.hubin.id}")

    assert re.findall(r"/console/fans/(\d+)", page) == [str(bo)]


def test_an_empty_list_says_how_it_fills(mei):
    assert "还没有人到店" in mei.page("/fans")


def test_the_timeline_tells_in_chinese_what_happened_newest_first(mei, house, hear):
    hear(letters.event("subscribe", EventKey=f"qrscene_{house.jingan.code.scene}"))
    hear(letters.event("CLICK", EventKey="优惠券"))
    hear(letters.text_message("我想退货"))
    fan_id = int(re.search(r"/console/fans/(\d+)", mei.page("/fans"))[1])

    page = mei.page(f"/fans/{fan_id}")

    assert happened(page) == ["发来消息", "点了菜单", "关注了服务号"]
    assert "优惠券" in page
    assert "退货" not in page, "what she wrote is not shown"


def test_a_members_timeline_spans_her_wechats_and_masks_her_phone(mei, house):
    fan_id = scan(house, "o-lin", clock.now())
    join(house, fan_id, clock.now())

    page = mei.page(f"/fans/{fan_id}")

    assert "入会" in happened(page)
    assert re.search(r"138\*\*\*\*\d{4}", page)


def test_a_manager_sees_only_who_was_in_her_store(lan, house):
    hers = scan(house, "o-lin", clock.now())
    other = scan(house, "o-bo", clock.now(), store=house.hubin)

    assert lan.get(f"/fans/{hers}").status_code == 200
    assert lan.get(f"/fans/{other}").status_code == 404
    assert re.findall(r"/console/fans/(\d+)", lan.page("/fans")) == [str(hers)]


def test_headquarters_sees_what_the_daily_check_has_healed(mei, lan, house):
    now = clock.now()
    with db.transaction(house.brand.id):
        done = {"listed": 1234, "healed_follows": 5, "healed_leaves": 6, "finished_at": now}
        account_id, day = house.brand.service.id, clock.business_day(now)
        session.add(
            FollowerCheck(
                account_id=account_id, on=day, started_at=now, due_at=now, state="done", **done
            )
        )

    page = mei.page("/fans")

    assert re.findall(r'<td class="end">([\d,]+)</td>', page) == ["1,234", "5", "6"]
    assert "关注对账" not in lan.page("/fans")


def test_another_brands_fan_does_not_exist_here(mei):
    other = factories.make_brand("qinghe", "青禾")
    fan = factories.make_fan(other.id, other.service.id, "o-foreign")

    assert mei.get(f"/fans/{fan.id}").status_code == 404


def test_every_event_has_words(house):
    assert {kind.name for kind in KINDS.values()} - WORDS.keys() == set()


@pytest.mark.parametrize("name", sorted(WORDS))
def test_no_name_of_an_event_breaks_the_timeline(house, name):
    """Old events keep the facts they were recorded with."""
    fan = factories.make_fan(house.brand.id, house.brand.service.id)
    facts = {"scene": None, "key": "k", "kind": "text", "is_delivered": True}
    facts |= {"answers": [{"template_id": "T", "is_accepted": True}], "messages": []}
    with db.transaction(house.brand.id):
        session.add(Event(name=name, at=clock.now(), fan_id=fan.id, data=facts))
        session.flush()

        assert of_person([fan.id], None)[0].words == WORDS[name]


def bind(mei, fan_id: int, number: str, reason: str = "到店出示了会员卡"):
    return mei.post(f"/fans/{fan_id}/bind", number=number, reason=reason)


def make_till_member(house, number: str = "H0031882") -> int:
    with db.transaction(house.brand.id):
        row = Member(
            number=number,
            origin="import",
            joined_on=clock.business_day(clock.now()),
            created_at=clock.now(),
        )
        session.add(row)
        session.flush()
        return row.id


def test_headquarters_says_whose_wechat_it_is_and_why(mei, house):
    member_id, fan_id = make_till_member(house), scan(house, "o-lin", clock.now())

    assert bind(mei, fan_id, "H0031882").status_code == 302

    with db.transaction(house.brand.id):
        assert [fan.id for fan in queries.fans_of(member_id)] == [fan_id]
        assert {each.source for each in queries.identities_of(member_id)} == {"staff"}
        (row,) = session.scalars(select(AuditRow).filter_by(act="fan.bound")).all()
    assert row.subject == f"member:{member_id}"
    assert row.detail["reason"] == "到店出示了会员卡"


def test_a_wechat_that_is_somebodys_waits_for_a_merge(mei, house):
    other_id, fan_id = make_till_member(house), scan(house, "o-lin", clock.now())
    lin_id = join(house, fan_id, clock.now())

    bind(mei, fan_id, "H0031882")

    with db.transaction(house.brand.id):
        (pair,) = queries.open_twins()
        assert session.get_one(Fan, (house.brand.id, fan_id)).member_id != other_id
    assert other_id in (pair.low_id, pair.high_id)
    assert pair.reason == TwinReason.STAFF
    assert lin_id in (pair.low_id, pair.high_id)


@pytest.mark.parametrize(("number", "reason"), [("nobody", "为什么"), ("H0031882", " "), ("", "")])
def test_without_a_member_or_a_reason_nothing_is_bound(mei, house, number, reason):
    member_id, fan_id = make_till_member(house), scan(house, "o-lin", clock.now())

    assert bind(mei, fan_id, number, reason).status_code == 422

    with db.transaction(house.brand.id):
        assert queries.fans_of(member_id) == []


def test_a_store_manager_may_not_say_so(mei, lan, house):
    fan_id = scan(house, "o-lin", clock.now())

    assert "认给会员" in mei.page(f"/fans/{fan_id}")
    assert "认给会员" not in lan.page(f"/fans/{fan_id}")
    assert bind(lan, fan_id, "H0031882").status_code == 403
