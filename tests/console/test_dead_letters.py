"""死信台 and 撤回与注销: what failed is counted, read for a reason, and tried again."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.core import audit, clock, db, inbox
from app.core.db import session
from app.core.events import Event, ReactionState, ReactionWork
from app.core.inbox import InboxMessage
from app.journeys import jobs
from app.staff.models import Role
from tests import factories
from tests.wechat import letters

BROKEN = {"MsgID": "none", "Status": "send success"}


@pytest.fixture
def account(house):
    return house.brand.service


@pytest.fixture
def hear(built_app, account):
    """Callbacks arrive and are worked on until nothing is due any more."""
    client = built_app.test_client()

    def heard(*messages: str) -> None:
        for message in messages:
            assert letters.push(client, account, message).text == "success"
        for attempt in range(1, inbox.MAX_ATTEMPTS + 1):
            jobs.work()
            clock.move(timedelta(minutes=10 * attempt))
        clock.move(timedelta())

    return heard


def broken(number: int) -> str:
    """A receipt without a number: nobody can read it."""
    return letters.event("MASSSENDJOBFINISH", "oHELPER", at=1790000000 + number, **BROKEN)


def receipt_form(page: str, button: str) -> dict[str, str]:
    """The hidden fields of the form with this button."""
    forms = re.findall(r"<form[^>]*>.*?</form>", page, re.S)
    (form, *_) = [form for form in forms if f">{button}</button>" in form]
    return {
        name: html.unescape(value)
        for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)
        if name != "csrf_token"
    }


def sums(page: str) -> tuple[int, ...]:
    """共 = 死信 + 正在重放 + 已恢复, as the page says."""
    words = re.search(r"共 ([\d,]+) = 死信 ([\d,]+) \+ 正在重放 ([\d,]+) \+ 已恢复 ([\d,]+)", page)
    ever, dead, waiting, recovered = (int(word.replace(",", "")) for word in words.groups())
    assert ever == dead + waiting + recovered
    return dead, waiting, recovered


def audited(house) -> list[tuple[str, str, dict]]:
    with db.transaction(house.brand.id):
        return [(r.act, r.subject, r.detail) for r in session.scalars(select(audit.AuditRow))]


def states(house) -> list[str]:
    with db.system_transaction():
        return list(session.scalars(select(InboxMessage.state).order_by(InboxMessage.id)))


def mend(house) -> None:
    """What was wrong is repaired: the messages can be read now."""
    with db.system_transaction():
        whole = letters.event("CLICK", EventKey="menu")
        sealed = inbox.keyring().seal(whole, context=inbox.CONTEXT)
        session.execute(update(InboxMessage).values(raw_encrypted=sealed))


def test_an_empty_desk_says_what_would_rest_here(mei):
    page = mei.page("/dead-letters")

    assert "没有死信" in page
    assert "从来没有" in page


def test_what_failed_eight_times_is_shown_by_its_cause_and_counted(mei, hear):
    hear(broken(1), broken(2), letters.event("CLICK", EventKey="menu"))

    page = mei.page("/dead-letters")

    assert "读懂微信的消息" in page
    assert "内容和微信的文档对不上" in page
    assert sums(page) == (2, 0, 0)
    assert "2 条消息处理失败" in mei.page("/"), "the first page says so too"


def test_one_is_tried_again_and_after_the_repair_it_is_recovered(mei, house, hear):
    hear(broken(1), broken(2))
    mend(house)

    mei.post("/dead-letters/replay", **receipt_form(mei.page("/dead-letters"), "先重放 1 条"))
    assert sums(mei.page("/dead-letters")) == (1, 1, 0)
    jobs.work()

    assert sums(mei.page("/dead-letters")) == (1, 0, 1)
    assert sorted(states(house)) == ["dead", "done"]


def test_all_of_a_cause_are_tried_again_at_once(mei, house, hear):
    hear(broken(1), broken(2), broken(3))
    mend(house)

    form = receipt_form(mei.page("/dead-letters"), "重放 3 条")
    mei.post("/dead-letters/replay", **form)
    jobs.work()

    assert sums(mei.page("/dead-letters")) == (0, 0, 3)
    assert audited(house) == [("dead_letters.replayed", "message:ValueError", {"count": 3})]


def test_what_is_still_broken_comes_back_dead(mei, hear):
    hear(broken(1))
    mei.post("/dead-letters/replay", **receipt_form(mei.page("/dead-letters"), "先重放 1 条"))

    hear()

    assert sums(mei.page("/dead-letters")) == (1, 0, 0)


def test_a_count_that_has_changed_since_is_refused_and_nothing_is_tried(mei, house, hear):
    hear(broken(1), broken(2))
    form = receipt_form(mei.page("/dead-letters"), "重放 2 条")
    hear(broken(3))

    answer = mei.post("/dead-letters/replay", **form)

    assert answer.status_code == 409
    assert "死信的数量变了" in answer.text
    assert states(house) == ["dead"] * 3


def test_a_letter_that_a_colleague_has_tried_again_is_not_tried_twice(mei, hear):
    hear(broken(1))
    form = receipt_form(mei.page("/dead-letters"), "先重放 1 条")
    mei.post("/dead-letters/replay", **form)

    assert mei.post("/dead-letters/replay", **form).status_code == 404


def kill_reaction(house) -> None:
    with db.transaction(house.brand.id):
        dead = {"state": ReactionState.DEAD, "attempts": 8, "last_error": "KeyError"}
        session.execute(update(ReactionWork).values(**dead))


def test_a_dead_reaction_is_shown_with_its_event_and_tried_again(mei, house, hear):
    hear(letters.event("CLICK", EventKey="menu"))
    kill_reaction(house)
    page = mei.page("/dead-letters")
    assert "记到她的时间线" in page
    assert "点了菜单" in page

    mei.post("/dead-letters/replay", **receipt_form(page, "先重放 1 条"))
    jobs.work()

    assert sums(mei.page("/dead-letters")) == (0, 0, 1)


# Reading one


def test_the_message_is_shown_decrypted_for_a_reason_that_is_audited(mei, house, hear):
    hear(broken(1))
    (row,) = inbox_ids(house)

    answer = mei.post(f"/dead-letters/messages/{row}", why="查读不懂的原因")

    assert "MASSSENDJOBFINISH" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert audited(house) == [("inbox.opened", f"inbox:{row}", {"why": "查读不懂的原因"})]


def inbox_ids(house) -> list[int]:
    with db.system_transaction():
        return list(session.scalars(select(InboxMessage.id)))


def test_without_a_reason_nothing_is_shown_and_nothing_audited(mei, house, hear):
    hear(broken(1))
    (row,) = inbox_ids(house)

    answer = mei.post(f"/dead-letters/messages/{row}", why=" ")

    assert answer.status_code == 302
    assert audited(house) == []


def test_a_marketer_may_try_again_but_not_read(house, desk_of, hear):
    factories.make_staff(house.brand.id, "yu", Role.MARKETER, name="于")
    yu = desk_of("yu")
    hear(broken(1))
    (row,) = inbox_ids(house)

    assert "解密查看" not in yu.page("/dead-letters")
    assert yu.post(f"/dead-letters/messages/{row}", why="想看看").status_code == 403


def test_a_store_manager_does_not_see_the_desk(lan):
    assert lan.get("/dead-letters").status_code == 403
    assert "死信台" not in lan.page("/")


def test_another_brands_dead_letters_are_neither_seen_nor_tried_nor_read(
    mei, house, hear, built_app
):
    other = factories.make_brand("qinghe", "青禾")
    letters.push(built_app.test_client(), other.service, broken(9))
    hear()
    with db.system_transaction():
        (row,) = session.scalars(select(InboxMessage.id).filter_by(brand_id=other.id))

    assert "没有死信" in mei.page("/dead-letters")
    cause = {"kind": "message", "reaction": "", "reason": "ValueError"}
    assert mei.post("/dead-letters/replay", number=row, **cause).status_code == 404
    assert mei.post("/dead-letters/replay", expected=1, **cause).status_code == 409
    assert mei.post(f"/dead-letters/messages/{row}", why="不是我的").status_code == 404
    assert states(house) == ["dead"]


def test_what_nobody_knows_is_shown_by_its_kind_and_is_not_dead(mei, hear):
    hear(letters.event("event_of_next_year"), letters.event("event_of_next_year", "o-bo"))

    page = mei.page("/dead-letters")

    assert re.search(r"event\.event_of_next_year</dt><dd class=\"num\">2 条", page)
    assert "没有死信" in page


# 撤回与注销


def revoked(code: str) -> str:
    extra = {"OpenID": "o-lin", "RevokeInfo": code}
    return letters.event("user_authorization_revoke", "oPLATFORM", **extra)


def test_a_closed_account_is_on_the_desk_until_it_is_erased(mei, hear):
    closed = letters.event("user_authorization_cancellation", "oPLATFORM", OpenID="o-lin")
    hear(letters.event("subscribe", EventKey="", at=1780000000), closed)

    page = mei.page("/withdrawals")

    assert "注销微信" in page
    assert "等待注销" in page
    assert "1 个没有办完" in page
    assert "1 个撤回或注销没有办完" in mei.page("/")


def test_a_withdrawal_of_a_new_kind_is_settled_by_a_person(mei, house, hear):
    hear(letters.event("subscribe", EventKey=""), revoked("99"))
    page = mei.page("/withdrawals")
    assert "代号 99" in page
    path = re.search(r'action="/console(/withdrawals/\d+/settled)"', page)[1]

    mei.post(path, note="问过微信，不涉及我们")

    assert "问过微信，不涉及我们" in mei.page("/withdrawals")
    assert "0 个没有办完" in mei.page("/withdrawals")
    assert [act for act, *_ in audited(house)] == ["withdrawal.settled"]
    with db.transaction(house.brand.id):
        assert session.scalar(select(Event.name).filter_by(name="wechat.consent_withdrawn"))
