"""Every code of WeChat's that has a rule: the sandbox answers it, and the sender does as the
rule says, seen in what it leaves behind: deliveries, welcomes, fans, rests of an account."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.card.service import sessions
from app.core import clock, db
from app.core.db import session
from app.journeys import acquaintance, welcome
from app.journeys.models import Welcome
from app.members.models import Fan
from app.pushes import jobs
from app.wechat import gateway
from app.wechat.errors import RULES, Action, action_for
from app.wechat.models import ApiHealth
from tests import factories
from tests.pushes.conftest import stage  # noqa: F401 - a fixture
from tests.pushes.stage import MASS_SEND

CUSTOM, INFO = "/cgi-bin/message/custom/send", "/cgi-bin/user/info"
LOGIN, NEW_TAG = "/sns/jscode2session", "/cgi-bin/tags/create"

# What becomes of a push when WeChat answers its first batch so.
WAITS_A_MINUTE = (-1, 40001, 40013, 40014, 40125, 40164, 42001, 45011, 45066, 61004, 61007,
                  61024, 89503, 89506, 89507)  # fmt: skip
WAITS_FIVE_MINUTES = (40036, 40037)
WAITS_FOR_MORNING = (45009,)
REFUSES_THE_BATCH = (40003, 40032, 40033, 40130, 41001, 43003, 44002, 45067, 47001, 49003)
STOPS_THE_PUSH = (40007, 40008, 41030, 44004, 45002, 45003, 45008, 45028, 48001, 48003, 48004,
                  48006, 48008)  # fmt: skip

# What becomes of a welcome, and of what we think of its fan.
WELCOME_REFUSED = (40059, 41051, 45015, 45047, 46003, 47003, 61010, 87014)
WELCOME_REFUSED_AND_FAN_DOUBTED = (40003, 43004, 43019, 43101, 46004, 48002, 50001, 50002, 50005)
WELCOME_DUE_AGAIN = (41096, 40164, 45011, 45009, 43100)
WELCOME_SENT = (45072, 45080, 45081)  # nothing was lost
WELCOME_DOUBTED = (-1, 45066)

# What a person at her card is asked to do.
NEW_CODE = (40029, 40030, 40163, 41008, 42002, 42003, 42007, 87009)
TRY_LATER = (40226, 40002, 41002, 41004, 41009, 43001, 43002, 40053, 40066)

# What somebody has to tidy up at WeChat, or in our code; nothing else rests meanwhile.
FOR_A_PERSON = (45026, 45027, 45029, 45056, 45057, 45058, 45059, 45157, 45158, 45159, 61451,
                61452, 61453, 61454, 61455, 61456, 61457, 65303, 65316, 65320, 85400, 45083,
                45084)  # fmt: skip
ADOPTED = (45065,)  # test_gateway: repeated under its key, it adopts the first job

REST_OF_ACCOUNT = {40013, 40125, 40164, 61004, 61007, 61024, 89503, 89506, 89507, 48004}
REST_OF_API = {45009, 45011, 45028, 48001, 48003, 48006, 43100}


def rests(account_id: int) -> dict[str, datetime]:
    with db.system_transaction():
        mine = select(ApiHealth).where(ApiHealth.account_id == account_id)
        return {one.api: one.paused_until for one in session.scalars(mine) if one.paused_until}


def expected_rests(errcode: int, api: str) -> set[str]:
    if errcode in REST_OF_ACCOUNT:
        return {"*"}
    return {api} if errcode in REST_OF_API else set()


def push_answered(stage, errcode: int) -> int:  # noqa: F811
    """Four people in batches of two; the first call, and its repeat, are answered so."""
    stage.followers(4)
    run_id = stage.run()
    stage.fault("errcode", errcode=errcode, times=2 if errcode in (40001, 40014, 42001) else 1)
    jobs.work(2)
    assert set(rests(stage.account.id)) == expected_rests(errcode, MASS_SEND)
    return run_id


def waits(stage, run_id: int) -> timedelta:  # noqa: F811
    """How long the first batch waits for its next try."""
    report, (batch,) = stage.report(run_id), stage.batches(run_id)
    assert (report.planned, report.sent, report.refused) == (4, 0, 0)
    return batch.retry_at - clock.now()


@pytest.mark.parametrize("errcode", WAITS_A_MINUTE)
def test_a_push_waits_a_minute_and_then_goes_on_under_the_same_key(stage, errcode):  # noqa: F811
    run_id = push_answered(stage, errcode)

    assert timedelta(seconds=55) < waits(stage, run_id) < timedelta(seconds=125)
    stage.finish(run_id, 2)
    assert stage.report(run_id).sent == 4
    keys = [call["key"] for call in stage.calls() if call["key"]]
    assert len(set(keys)) == 2


@pytest.mark.parametrize("errcode", WAITS_FIVE_MINUTES)
def test_a_push_is_tried_once_more_after_five_minutes_and_then_stopped(stage, errcode):  # noqa: F811
    run_id = push_answered(stage, errcode)
    assert timedelta(minutes=4) < waits(stage, run_id) < timedelta(minutes=6)

    stage.fault("errcode", errcode=errcode)
    stage.pass_time(301)
    jobs.work(2)

    assert (stage.report(run_id).refused, stage.report(run_id).skipped) == (2, {"stopped": 2})


@pytest.mark.parametrize("errcode", WAITS_FOR_MORNING)
def test_a_push_whose_day_is_used_up_goes_on_in_the_morning(stage, errcode):  # noqa: F811
    stage.leave_the_night()
    run_id = push_answered(stage, errcode)

    waits(stage, run_id)
    next_try = clock.local(stage.batches(run_id)[0].retry_at)
    assert (next_try.hour, next_try.minute) == (8, 0)
    midnight = rests(stage.account.id)[MASS_SEND]
    assert clock.local(midnight).hour == 0
    assert next_try.date() == clock.local(midnight).date()


@pytest.mark.parametrize("errcode", REFUSES_THE_BATCH)
def test_a_push_loses_this_batch_alone(stage, errcode):  # noqa: F811
    run_id = push_answered(stage, errcode)

    report = stage.report(run_id)
    assert (report.refused, report.sent, report.skipped) == (2, 2, {})
    assert len(stage.charged()) == 2


@pytest.mark.parametrize("errcode", STOPS_THE_PUSH)
def test_a_push_is_stopped_and_nobody_further_is_called(stage, errcode):  # noqa: F811
    run_id = push_answered(stage, errcode)

    report = stage.report(run_id)
    assert (report.refused, report.sent, report.skipped) == (2, 0, {"stopped": 2})
    assert stage.get_run(run_id).state == "stopped"
    assert (len(stage.calls()), stage.charged()) == (1, {})


def welcome_answered(box, brand, errcode: int) -> tuple[Welcome, Fan]:
    """Lin follows by a store's code; WeChat answers our welcome so."""
    store = factories.make_store(brand.id, account_id=brand.service.id)
    person = box.person("lin")
    follow = {"appid": brand.service.appid}
    box.admin("POST", f"/people/{person['person_id']}/follow", follow)
    openid = person["openids"][brand.service.appid]
    fan_id = factories.make_fan(brand.id, brand.service.id, openid, unionid="u").id
    with db.transaction(brand.id):
        welcome.plan(fan_id, store.id, clock.now())
    box.fault(CUSTOM, "errcode", errcode=errcode)
    welcome.send_due()
    with db.transaction(brand.id):
        return session.scalars(select(Welcome)).one(), session.get_one(Fan, (brand.id, fan_id))


@pytest.mark.parametrize(
    ("errcode", "state"),
    [(code, "refused") for code in (*WELCOME_REFUSED, *WELCOME_REFUSED_AND_FAN_DOUBTED)]
    + [(code, "due") for code in WELCOME_DUE_AGAIN]
    + [(code, "sent") for code in WELCOME_SENT]
    + [(code, "unknown") for code in WELCOME_DOUBTED],
)
def test_a_welcome_ends_as_the_code_says(box, brand, errcode, state):
    sent, fan = welcome_answered(box, brand, errcode)

    assert sent.state == state
    assert (fan.unionid_due_at is not None) == (errcode in WELCOME_REFUSED_AND_FAN_DOUBTED)
    assert set(rests(brand.service.id)) == expected_rests(errcode, CUSTOM)
    if state != "due":
        welcome.send_due()
        assert len(box.log(path=CUSTOM)) == 1


def test_a_fan_whom_wechat_would_not_reach_is_asked_about_and_found_gone(box, brand):
    _, fan = welcome_answered(box, brand, 43004)
    person = box.person("lin")
    box.admin("POST", f"/people/{person['person_id']}/unfollow", {"appid": brand.service.appid})

    acquaintance.make()

    with db.transaction(brand.id):
        known = session.get_one(Fan, (brand.id, fan.id))
    assert (known.is_following, known.unionid_due_at) == (False, None)


@pytest.mark.parametrize(
    ("errcode", "problem"),
    [(code, sessions.LoginCodeRefused) for code in NEW_CODE]
    + [(code, sessions.WeChatSilent) for code in TRY_LATER],
)
def test_a_person_at_her_card_is_told_what_she_can_do(box, brand, errcode, problem):
    box.fault(LOGIN, "errcode", errcode=errcode)

    with pytest.raises(problem):
        sessions.sign_in(appid=brand.mini.appid, code="a-code")

    assert len(box.log(path=LOGIN)) == 1
    assert rests(brand.mini.id) == {}


@pytest.mark.parametrize("errcode", FOR_A_PERSON)
def test_what_a_person_must_tidy_up_is_an_alert_and_holds_up_nothing_else(
    box, brand, capsys, errcode
):
    box.fault(NEW_TAG, "errcode", errcode=errcode)

    with pytest.raises(gateway.WeChatError) as refusal:
        gateway.create_tag(brand.service.id, "护肤")

    assert refusal.value.action in (Action.ADMIN, Action.BUG)
    assert "[error" in capsys.readouterr().out
    assert rests(brand.service.id) == {}
    assert gateway.create_tag(brand.service.id, "护肤").name == "护肤"


def test_every_rule_is_tried_above_on_a_sender():
    tried = {
        *WAITS_A_MINUTE, *WAITS_FIVE_MINUTES, *WAITS_FOR_MORNING, *REFUSES_THE_BATCH,
        *STOPS_THE_PUSH, *WELCOME_REFUSED, *WELCOME_REFUSED_AND_FAN_DOUBTED, *WELCOME_DUE_AGAIN,
        *WELCOME_SENT, *WELCOME_DOUBTED, *NEW_CODE, *TRY_LATER, *FOR_A_PERSON, *ADOPTED,
    }  # fmt: skip

    assert tried == set(RULES)
    assert len(tried) >= 45
    assert action_for(99999) is Action.REFUSE
