"""The welcome to who adds a guide at WeCom: one message, within twenty seconds, whatever else."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from app import timekeeper
from app.brands.models import Brand
from app.core import clock, db, inbox, queue
from app.core.db import session
from app.journeys import greeting
from app.wechat import greetings, service
from app.wechat.models import ContactState, ContactWelcome
from tests import ground
from tests.guides.processes import environment
from tests.journeys import wecom
from tests.journeys.wecom import SEND, WEI, Wecom
from tests.sandbox.play import eventually

pytestmark = pytest.mark.flow
OTHER_APP, CHATTED = 41096, 41051


@pytest.fixture
def shop(wechat_box, house, huike) -> Wecom:
    yield wecom.open_shop(wechat_box, house, huike)
    clock.move(timedelta())


def write(shop: Wecom, words: str) -> None:
    with db.system_transaction():
        settings = {"contact_welcome": words}
        session.execute(update(Brand).filter_by(id=shop.brand_id).values(settings=settings))


def test_she_is_welcomed_in_her_guides_name_and_store(shop):
    shop.adds("lin")
    greeting.work()

    assert shop.received("lin") == ["您好，我是静安寺店的小魏。到货、活动和售后，都可以直接问我。"]
    (row,) = shop.rows()
    assert (row.state, row.errcode) == (ContactState.SENT, None)
    assert row.ended_at is not None


def test_the_brand_writes_it_and_may_want_none(shop):
    write(shop, "欢迎来{品牌}，{导购}在这儿{不存在}")
    shop.adds("lin")
    greeting.work()
    write(shop, "")
    shop.adds("hua")
    greeting.work()

    assert (shop.received("lin"), shop.received("hua")) == (["欢迎来禾木集，小魏在这儿"], [])
    assert shop.states() == [ContactState.SENT, ContactState.OFF]


def test_who_adds_a_guide_without_her_code_is_welcomed_by_whom_she_added(shop):
    shop.adds("lin", state="")
    shop.adds("hua", state="", userid="SomebodyElse")
    greeting.work()

    assert "禾木集的小魏" in shop.received("lin")[0]
    assert "禾木集的导购" in shop.received("hua")[0]


def test_resends_and_a_second_reading_are_no_second_welcome(shop):
    shop.adds("lin")
    greeting.work()
    shop.resends("lin")
    with db.system_transaction():
        session.execute(update(inbox.InboxMessage).values(state=inbox.InboxState.NEW))
    shop.work()

    assert len(shop.received("lin")) == 1
    assert shop.calls() == 1


def test_where_the_chat_has_begun_it_is_done_and_not_tried_again(shop):
    shop.adds("lin", chatted=True)
    greeting.work()
    greeting.work()

    assert shop.calls() == 1
    assert [(row.state, row.errcode) for row in shop.rows()] == [(ContactState.GREETED, CHATTED)]


def test_while_another_app_sends_it_is_tried_again_within_her_seconds(shop):
    shop.box.fault(SEND, "errcode", errcode=OTHER_APP, times=2)
    shop.adds("lin")

    greeting.work()

    assert shop.states() == [ContactState.SENT]
    assert shop.calls() == 3
    assert len(shop.received("lin")) == 1


def test_another_app_that_never_ends_makes_it_late_and_not_endless(shop):
    shop.box.fault(SEND, "errcode", errcode=OTHER_APP, times=100)
    shop.adds("lin")
    lane = threading.Thread(target=greeting.work)
    lane.start()
    eventually(lambda: shop.calls() == 2)

    clock.move(timedelta(seconds=25))
    lane.join()

    assert shop.states() == [ContactState.LATE]
    assert shop.calls() <= 3


def test_who_waited_too_long_gets_none_and_is_counted(shop):
    shop.adds("lin")
    clock.move(timedelta(seconds=20))
    greeting.work()

    assert (shop.received("lin"), shop.calls()) == ([], 0)
    with db.transaction(shop.brand_id):
        assert greetings.counted(clock.now() - timedelta(days=1)) == {ContactState.LATE: 1}


def test_another_refusal_is_kept_with_its_code(shop):
    shop.box.fault(SEND, "errcode", errcode=41050)
    shop.adds("lin")
    greeting.work()
    greeting.work()

    assert [(row.state, row.errcode) for row in shop.rows()] == [(ContactState.REFUSED, 41050)]
    assert shop.calls() == 1


@pytest.mark.parametrize("fault", ["lose_response", "half_body", "garbage"])
def test_an_answer_that_got_lost_is_not_asked_for_again(shop, fault):
    """WeCom may have sent it: twice is worse than not at all."""
    shop.box.fault(SEND, fault)
    shop.adds("lin")
    greeting.work()
    greeting.work()

    assert shop.states() == [ContactState.UNKNOWN]
    assert (shop.calls(), len(shop.received("lin"))) == (1, 1)


def test_a_worker_that_died_in_the_call_leaves_a_doubt_and_no_second_try(shop):
    shop.adds("lin")
    service.drain_corps()
    assert len(greetings.claim(1)) == 1  # and here it died
    greeting.work()
    assert shop.states() == [ContactState.CALLING]

    clock.move(timedelta(minutes=2))
    greetings.doubt_abandoned()
    greeting.work()

    assert shop.states() == [ContactState.UNKNOWN]
    assert shop.received("lin") == []


def test_a_worker_that_died_before_the_claim_costs_nothing(shop):
    shop.adds("lin")
    service.drain_corps()  # and here it died
    timekeeper.ring_now()
    assert queue.heard(queue.FAST)

    greeting.work()

    assert len(shop.received("lin")) == 1


def race(shop: Wecom) -> None:
    """Four lanes at once."""
    lanes = [threading.Thread(target=greeting.work) for _ in range(4)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()


@pytest.mark.race
def test_four_lanes_at_once_welcome_each_customer_once(shop):
    names = [f"lin-{number}" for number in range(12)]
    for name in names:
        shop.adds(name)

    race(shop)

    assert [len(shop.received(name)) for name in names] == [1] * 12
    assert shop.calls() == 12
    assert shop.states() == [ContactState.SENT] * 12


@pytest.mark.race
def test_without_the_claim_four_lanes_would_call_more_than_once(shop):
    """The negative control: rows that a claim does not mark are called for by each lane."""
    shop.adds("lin")
    service.drain_corps()

    def careless() -> None:
        with db.system_transaction():
            row = session.query(ContactWelcome).one()
            told = greetings._claimed(row, session.get_one(inbox.InboxMessage, row.message_id))
        greeting._call(greeting.Greeting(told, "您好"))

    lanes = [threading.Thread(target=careless) for _ in range(4)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()

    assert shop.calls() == 4
    assert len(shop.received("lin")) == 1, "it is WeCom alone that kept the others back"


def test_a_call_that_hangs_holds_up_nobody_else(shop):
    shop.box.fault(SEND, "blackhole")
    shop.adds("lin")
    lane = threading.Thread(target=greeting.work)
    lane.start()
    eventually(lambda: shop.states() == [ContactState.CALLING])

    started = time.monotonic()
    shop.adds("hua")
    eventually(lambda: shop.received("hua"))
    took = time.monotonic() - started
    lane.join()

    assert took < 2, "the hanging call takes five seconds and more"
    assert sorted(shop.states()) == [ContactState.SENT, ContactState.UNKNOWN]


def test_from_the_callback_to_the_welcome(shop, worker):
    """Sixty customers as fast as WeCom tells them, the first of them to a worker that sleeps; from
    the moment that the callback left WeCom to the call's arrival there."""
    for number in range(60):
        shop.adds(f"lin-{number}")
    eventually(lambda: shop.states().count(ContactState.SENT) == 60, 30)

    took = sorted(seconds(shop))
    p95 = statistics.quantiles(took, n=20)[-1]
    print(f"callback to send_welcome_msg: n={len(took)} p50={took[30]:.3f} s p95={p95:.3f} s")
    assert len(took) == 60
    assert p95 < 5


@pytest.fixture
def worker(own_database) -> Iterator[None]:
    """`python -m app.worker fast`, started and idle."""
    given = environment(own_database, "http://127.0.0.1:1")
    given |= {"WECHAT_API_BASE_URL": own_database.wechat_api_base_url}
    command = [sys.executable, "-m", "app.worker", queue.FAST]
    process = subprocess.Popen(command, env=given, cwd=ground.ROOT, start_new_session=True)
    eventually(lambda: queue.heartbeats(queue.FAST), 30)
    yield
    os.killpg(process.pid, signal.SIGKILL)  # it would stay awake for the rest of its 25 s
    process.wait()


def seconds(shop: Wecom) -> list[float]:
    """By customer, from the moment that the callback left WeCom to the call's arrival there."""
    entries = shop.box.log()
    told = {e["person_id"]: e["at_ms"] for e in entries if e["what"] == "add_external_contact"}
    sent = {e["person_id"]: e["at_ms"] for e in entries if e["path"] == SEND}
    return [(sent[person_id] - at_ms) / 1000 for person_id, at_ms in told.items()]


def test_the_code_travels_to_wecom_and_nowhere_else(shop):
    """Nothing in Valkey, and in SQL only inside the sealed message."""
    shop.adds("lin")
    shop.work()

    for key in queue.connection().scan_iter("*"):
        assert b"WC_" not in (queue.connection().dump(key) or b"")
    with db.transaction(shop.brand_id):
        assert "WC_" not in str(session.execute(db.text("SELECT * FROM contact_welcomes")).all())
        assert "WC_" not in str(session.execute(db.text("SELECT * FROM events")).all())


def test_wei_s_userid_finds_her_in_any_case(shop):
    shop.adds("lin", state="", userid=WEI.upper())
    greeting.work()

    assert "小魏" in shop.received("lin")[0]
