"""Service notices: a template message to one fan, at most once, whatever WeChat answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.core.events import Event
from app.wechat import notices
from app.wechat.gateway import Template
from app.wechat.models import ApiHealth, Notice
from app.wechat.notices import ledger, sending
from tests.wechat.test_tokens import force_elsewhere

SEND = "/cgi-bin/message/template/send"


@pytest.fixture
def desk(box, brand) -> SimpleNamespace:
    """Somebody at the brand who writes notices to followers of the account."""
    asked = {"template_id_short": "TM1", "keyword_name_list": ["keyword1"]}
    token = box.post("/cgi-bin/stable_token", granting(brand.service))["access_token"]
    template = box.post("/cgi-bin/template/api_add_template", asked, token)["template_id"]
    box.admin("POST", "/template", {"receipts": False})
    return SimpleNamespace(box=box, brand=brand, account=brand.service, template=template)


def granting(account) -> dict:
    asked = {"grant_type": "client_credential", "appid": account.appid}
    return asked | {"secret": f"secret-of-{account.appid}"}


def followers(desk, count: int) -> list[str]:
    given = [{"key": f"p{n}", "nickname": f"p{n}"} for n in range(count)]
    made = desk.box.admin("POST", "/people/bulk", {"people": given})["people"]
    for person in made:
        path = f"/people/{person['person_id']}/follow"
        desk.box.admin("POST", path, {"appid": desk.account.appid})
    return [person["openids"][desk.account.appid] for person in made]


def write(desk, openids: list[str], *, template: str | None = None, about: str = "points") -> None:
    with db.transaction(desk.brand.id):
        for number, openid in enumerate(openids):
            notices.write(
                account_id=desk.account.id,
                openid=openid,
                subject=f"{about}:{number}",
                message=Template(template or desk.template, {"keyword1": f"积分到账 {number} 👋"}),
            )


def rows(desk) -> list[Notice]:
    with db.transaction(desk.brand.id):
        return list(session.scalars(select(Notice).order_by(Notice.id)))


def states(desk) -> list[str]:
    return [row.state for row in rows(desk)]


def calls(desk) -> list[dict]:
    return desk.box.log(path=SEND)


def later(desk, seconds: float) -> None:
    clock.move(timedelta(seconds=seconds))
    desk.box.move_clock(seconds)


def expire(desk) -> None:
    with db.system_transaction():
        notices.expire()


def one_by_one(monkeypatch) -> None:
    monkeypatch.setattr(sending, "PARALLEL", 1)
    monkeypatch.setattr(sending, "LEAST_PARALLEL", 1)


@pytest.mark.race
def test_each_is_told_once_however_many_workers_run(own_database, desk):
    write(desk, followers(desk, 30))
    write(desk, ["o-another"] * 30)  # the same subjects again

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda _: notices.work(), range(4)))

    assert states(desk) == ["sent"] * 30
    assert len(calls(desk)) == len({call["key"] for call in calls(desk)}) == 30
    assert len({row.message_id for row in rows(desk)}) == 30


def test_what_it_says_is_sealed_at_rest_and_arrives_in_real_utf8(desk, monkeypatch):
    one_by_one(monkeypatch)
    write(desk, followers(desk, 1))
    assert "积分" not in rows(desk)[0].content_encrypted

    notices.work()

    (message,) = desk.box.messages(desk.box.person("p0"))
    assert message["content"]["data"] == {"keyword1": {"value": "积分到账 0 👋"}}


def test_an_answer_that_was_lost_is_asked_for_again_under_the_same_key(desk, monkeypatch):
    one_by_one(monkeypatch)
    write(desk, followers(desk, 2))
    desk.box.fault(SEND, "lose_response")

    notices.work()
    assert sorted(states(desk)) == ["calling", "sent"]
    later(desk, 21)
    expire(desk)
    notices.work()

    assert states(desk) == ["sent", "sent"]
    assert [call["repeat"] for call in calls(desk)].count(1) == 1
    assert len(desk.box.messages(desk.box.person("p0"))) == 1


def test_when_wechat_may_have_forgotten_the_key_a_doubt_is_shown_and_not_sent(desk, monkeypatch):
    one_by_one(monkeypatch)
    write(desk, followers(desk, 1))
    desk.box.fault(SEND, "lose_response")
    notices.work()

    later(desk, 8 * 60 + 21)
    expire(desk)
    notices.work()

    assert states(desk) == ["unknown"]
    assert len(calls(desk)) == 1


def test_what_a_dead_worker_held_is_sent_by_another(desk, monkeypatch):
    one_by_one(monkeypatch)
    write(desk, followers(desk, 2))
    with db.transaction(desk.brand.id):
        dead = ledger.claim(desk.account.id, 10)

    notices.work()
    assert states(desk) == ["calling", "calling"]
    later(desk, 21)
    expire(desk)
    notices.work()
    with db.transaction(desk.brand.id):
        outcomes = [ledger.Outcome(one.notice_id, "refused", 43004) for one in dead.notices]
        ledger.settle(dead, outcomes)  # it was only asleep: too late

    assert states(desk) == ["sent", "sent"]


@pytest.mark.parametrize(
    ("errcode", "state", "seconds"),
    [
        (-1, "due", 65),
        (45011, "due", 60),
        (40164, "due", 60),
        (40037, "due", 300),
        (43004, "refused", None),
        (47003, "refused", None),
        (43101, "refused", None),
        (45065, "calling", None),  # without its msg_id nobody knows: asked again under the key
    ],
)
def test_a_refusal_is_taken_as_the_table_says(desk, monkeypatch, errcode, state, seconds):
    one_by_one(monkeypatch)
    write(desk, followers(desk, 1))
    desk.box.fault(SEND, "errcode", errcode=errcode)

    notices.work()

    (row,) = rows(desk)
    assert row.state == state
    if seconds:
        assert timedelta() < row.due_at - clock.now() <= timedelta(seconds=seconds)
    assert row.is_in_doubt == (errcode in (-1, 45065))


def test_a_template_refused_twice_is_tried_no_more_for_anyone(desk, monkeypatch):
    one_by_one(monkeypatch)
    openids = followers(desk, 3)
    write(desk, openids[:1], template="gone", about="a")
    notices.work()
    write(desk, openids, template="gone", about="b")
    write(desk, openids, about="c")
    later(desk, 301)
    with db.transaction(desk.brand.id):
        first = select(Notice).where(Notice.subject != "a:0", Notice.template_id == "gone")
        for row in session.scalars(first):
            row.due_at = clock.now() + timedelta(minutes=5)

    notices.work()

    refused = [row for row in rows(desk) if row.state == "refused"]
    assert {row.template_id for row in refused} == {"gone"}
    assert (len(refused), states(desk).count("sent")) == (4, 3)
    assert len([call for call in calls(desk) if call["errcode"] == 40037]) == 2


@pytest.mark.race
def test_a_token_that_died_on_the_way_is_replaced_once_for_all_threads(own_database, desk):
    openids = followers(desk, 20)
    write(desk, openids)
    later(desk, 31)
    notices.work()
    write(desk, openids, about="again")
    force_elsewhere(desk.box, desk.account)
    before = len(desk.box.log(path="/cgi-bin/stable_token"))

    notices.work()

    assert states(desk) == ["sent"] * 40
    assert len(desk.box.log(path="/cgi-bin/stable_token")) - before <= 1


@pytest.mark.race
def test_an_account_that_does_not_answer_is_left_in_peace_after_three_silences(
    own_database, desk, monkeypatch
):
    monkeypatch.setattr(sending, "PARALLEL", 2)
    monkeypatch.setattr(sending, "LEAST_PARALLEL", 2)
    write(desk, followers(desk, 30))
    desk.box.fault(SEND, "lose_response", times=1000)

    notices.work()

    assert len(calls(desk)) <= 4
    assert states(desk).count("due") >= 26
    with db.system_transaction():
        (health,) = session.scalars(select(ApiHealth).where(ApiHealth.open_until.is_not(None)))
    assert health.api == SEND


@pytest.mark.race
def test_after_the_rest_one_notice_finds_out_whether_wechat_answers_again(
    own_database, desk, monkeypatch
):
    monkeypatch.setattr(sending, "PARALLEL", 2)
    monkeypatch.setattr(sending, "LEAST_PARALLEL", 2)
    write(desk, followers(desk, 40))
    desk.box.fault(SEND, "lose_response", times=1000)
    notices.work()
    later(desk, 16)
    before = len(calls(desk))

    notices.work()
    assert len(calls(desk)) == before + 1
    desk.box.admin("DELETE", "/faults")
    later(desk, 16 + 31)
    expire(desk)
    notices.work()

    assert states(desk).count("sent") == 40


def test_a_receipt_says_whether_it_arrived_and_waits_for_our_own_record(desk, monkeypatch):
    one_by_one(monkeypatch)
    write(desk, followers(desk, 3))
    with db.transaction(desk.brand.id):
        batch = ledger.claim(desk.account.id, 10)
        with pytest.raises(ledger.NotYet):
            notices.on_finished([receipt(desk, 7, is_delivered=True)])
        sent = zip(batch.notices, (7, 8, 9), strict=True)
        ledger.settle(
            batch, [ledger.Outcome(one.notice_id, "sent", message_id=m) for one, m in sent]
        )
        notices.on_finished([receipt(desk, 7, is_delivered=True)])
        notices.on_finished([receipt(desk, 8, is_delivered=False)])
        notices.on_finished([receipt(desk, 1234, is_delivered=True)])  # none of ours

    assert states(desk) == ["delivered", "failed", "sent"]


def receipt(desk, message_id: int, *, is_delivered: bool) -> Event:
    data = {"account_id": desk.account.id, "message_id": message_id}
    return Event(at=clock.now(), data=data | {"is_delivered": is_delivered})
