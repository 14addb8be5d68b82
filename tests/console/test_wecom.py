"""企业微信 in the console: how it stands, what came of it, and the welcome."""

from __future__ import annotations

import re

from sqlalchemy import insert, select

from app.core import audit, clock, db
from app.core.db import session
from app.core.inbox import Letter, put
from app.journeys import greeting
from app.staff.models import Way
from app.staff.service import bindings
from app.stores import contact_ways, queries
from app.stores import service as stores
from app.visits import service as visits
from app.visits.models import VisitKind
from app.wechat.models import ContactState, ContactWelcome
from tests import factories
from tests.wechat import corp_letters, letters


def shown(page: str, name: str) -> str:
    """The value beside a name in a list of facts."""
    return re.search(rf">{name}</dt><dd[^>]*>([^<]*)", page)[1].strip()


def test_a_brand_without_a_corp_is_told_what_to_run(mei):
    page = mei.page("/wecom")

    assert "还没有接上企业微信" in page
    assert "flask brand connect-wecom" in page


def test_a_corp_that_signs_in_and_no_more_is_told_what_is_missing(house, mei):
    factories.connect_wecom(house.brand.id, is_heard=False)

    assert "现在只用来登录" in mei.page("/wecom")


def test_before_the_first_callback_the_page_says_where_it_is_to_be_sent(house, mei):
    corp = factories.connect_wecom(house.brand.id)
    page = mei.page("/wecom")

    assert "还没有收到推送" in page
    assert f"/wechat/{corp.account.url_key}/callback" in page
    assert shown(page, "上次收到推送") == "—"


def test_what_came_by_the_ways_adds_up(house, mei):
    corp = factories.connect_wecom(house.brand.id)
    with db.transaction(house.brand.id):
        bindings.bind(house.wei.id, Way.WECOM, "XiaoWei")
        asked = contact_ways.guides_own(
            house.brand.id, staff_id=house.wei.id, store_id=house.jingan.id, userid="XiaoWei"
        )
        stores.set_ticket(asked.code_id, ticket="c", url="https://wework.qpic.cn/wwpic/1/0")
    fan = factories.make_fan(house.brand.id, corp.account.id, "wm-lin")
    with db.transaction(house.brand.id):
        visits.record(fan, queries.code(asked.code_id), VisitKind.FRIEND, clock.now())
    keep_welcomes(house.brand.id, corp.account.id, ContactState.SENT, ContactState.LATE)
    page = mei.page("/wecom")

    assert "收得到" in page
    assert [shown(page, name) for name in ("绑定的导购", "联系我")] == ["1 位", "1 张"]
    assert shown(page, "扫「联系我」加好友") == "1"
    assert shown(page, "能发的欢迎语") == "2"
    assert [shown(page, name) for name in ("送到了", "没赶上 20 秒")] == ["1", "1"]
    assert "企微好友 1" in mei.page("/")


def keep_welcomes(brand_id: int, account_id: int, *states: ContactState) -> None:
    kept = [Letter(brand_id, account_id, str(number), "<xml/>") for number in range(len(states))]
    put(kept)
    with db.system_transaction(brand_id):
        ids = session.execute(db.text("SELECT id FROM inbox ORDER BY id")).scalars().all()
        common = {"account_id": account_id, "told_at": clock.now(), "due_at": clock.now()}
        rows = [
            common | {"brand_id": brand_id, "message_id": number, "state": state}
            for number, state in zip(ids, states, strict=True)
        ]
        session.execute(insert(ContactWelcome), rows)


def test_a_callback_that_was_refused_is_said_with_what_to_mend(house, mei, client):
    corp = factories.connect_wecom(house.brand.id).account
    query, body = corp_letters.sealed(corp_letters.added(), corp.appid, token="another")
    letters.send(client, corp.url_key, query, body)

    page = mei.page("/wecom")

    assert "推送退回了" in page
    assert "验签不过" in page
    assert "客户联系 → 接收事件服务器" in page


def test_mei_looks_at_a_welcome_before_it_is_sent(house, mei):
    factories.connect_wecom(house.brand.id)
    page = mei.post("/wecom/welcome", words="{导购}在{店名}等您", act="look").get_data(as_text=True)

    assert "小陈在静安寺店等您" in page
    assert wording(house) == greeting.DEFAULT


def test_mei_writes_it_and_it_is_in_the_audit(house, mei):
    factories.connect_wecom(house.brand.id)
    assert mei.post("/wecom/welcome", words="欢迎，我是{导购}", act="write").status_code == 303

    assert wording(house) == "欢迎，我是{导购}"
    with db.transaction(house.brand.id):
        acts = [row.act for row in session.scalars(select(audit.AuditRow))]
    assert "wecom.welcome_written" in acts


def test_an_empty_one_ends_them_and_the_default_is_one_tap_away(house, mei):
    factories.connect_wecom(house.brand.id)
    mei.post("/wecom/welcome", words=" ", act="write")
    assert wording(house) == ""
    assert "不发欢迎语" in mei.page("/wecom")

    page = mei.post("/wecom/welcome", act="default").get_data(as_text=True)

    assert greeting.DEFAULT in page


def test_a_variable_that_is_none_is_refused(house, mei):
    factories.connect_wecom(house.brand.id)
    refused = mei.post("/wecom/welcome", words="{称呼}您好", act="write")

    assert refused.status_code == 422
    assert "没有「称呼」这个变量" in refused.get_data(as_text=True)
    assert wording(house) == greeting.DEFAULT


def test_a_store_manager_does_not_see_it(desk_of, house):
    factories.make_staff(
        house.brand.id, "zhou", factories.Role.STORE_MANAGER, name="周", store_ids=[house.jingan.id]
    )

    assert desk_of("zhou").get("/wecom").status_code == 403


def wording(house) -> str:
    with db.transaction(house.brand.id):
        return greeting.wording(house.brand.id)
