"""Subscription messages: an acceptance is one message, and three events tell the story."""

import pytest

from tests.sandbox.play import MINI, SERVICE, eventually

BIZ, MINI_SEND = "/cgi-bin/message/subscribe/bizsend", "/cgi-bin/message/subscribe/send"
ONCE = "/cgi-bin/message/template/subscribe"


@pytest.fixture
def arrival(sandbox):
    for appid in (SERVICE, MINI):
        sandbox.template("S-arrival", "subscribe", "{{thing1.DATA}}", appid)
    return "S-arrival"


def choose(sandbox, person, what="subscribe", appid=SERVICE, **choices):
    choices = {name.replace("_", "-"): choice for name, choice in choices.items()}
    return sandbox.act(person, what, appid=appid, choices=choices)


def send(sandbox, person, template_id, path=BIZ, appid=SERVICE, **extra):
    body = {"touser": person["openids"][appid], "template_id": template_id}
    body |= {"data": {"thing1": {"value": "到货"}}, **extra}
    return sandbox.call(path, body, appid)


def told(receiver, event, appid=SERVICE):
    calls = [call.fields(appid) for call in receiver.calls]
    return [fields for fields in calls if fields.get("Event") == event]


@pytest.mark.parametrize(("path", "appid"), [(BIZ, SERVICE), (MINI_SEND, MINI)])
def test_one_acceptance_is_one_message(sandbox, lin, arrival, path, appid):
    assert send(sandbox, lin, arrival, path, appid)["errcode"] == 43101
    choose(sandbox, lin, appid=appid, S_arrival="accept")

    answers = [send(sandbox, lin, arrival, path, appid)["errcode"] for _ in range(2)]

    assert answers == [0, 43101]
    assert [one["appid"] for one in sandbox.messages(lin)] == [appid]


def test_acceptances_add_up_and_a_switch_in_the_settings_takes_them_all(sandbox, lin, arrival):
    for _ in range(3):
        choose(sandbox, lin, S_arrival="accept")
    path = f"/people/{lin['person_id']}/subscriptions"
    assert sandbox.admin("GET", path)[SERVICE] == {"S-arrival": 3}

    choose(sandbox, lin, "unsubscribe", S_arrival="reject")

    assert sandbox.admin("GET", path)[SERVICE] == {}
    assert send(sandbox, lin, arrival)["errcode"] == 43101


def test_the_three_events_in_xml_sit_in_a_container(sandbox, receiver, lin, arrival):
    choose(sandbox, lin, S_arrival="accept", S_other="reject")
    send(sandbox, lin, arrival)
    choose(sandbox, lin, "unsubscribe", S_arrival="reject")

    [popup] = told(receiver, "subscribe_msg_popup_event")
    assert popup["SubscribeMsgPopupEvent"]["List"] == [
        {"TemplateId": "S-arrival", "SubscribeStatusString": "accept", "PopupScene": "1"},
        {"TemplateId": "S-other", "SubscribeStatusString": "reject", "PopupScene": "1"},
    ]
    [sent] = eventually(lambda: told(receiver, "subscribe_msg_sent_event"))
    listed = sent["SubscribeMsgSentEvent"]["List"]
    assert (listed["TemplateId"], listed["ErrorCode"], listed["ErrorStatus"]) == (
        "S-arrival", "0", "success",
    )  # fmt: skip
    [change] = told(receiver, "subscribe_msg_change_event")
    assert change["SubscribeMsgChangeEvent"]["List"] == {
        "TemplateId": "S-arrival",
        "SubscribeStatusString": "reject",
    }


def test_in_json_the_list_is_at_the_top(sandbox, receiver, lin, arrival):
    sandbox.open_accounts(receiver.url + "/callback", format="json")
    choose(sandbox, lin, appid=MINI, S_arrival="accept")
    answer = send(sandbox, lin, arrival, MINI_SEND, MINI)

    [popup] = told(receiver, "subscribe_msg_popup_event", MINI)
    assert popup["List"] == [
        {"TemplateId": "S-arrival", "SubscribeStatusString": "accept", "PopupScene": "0"}
    ]
    [sent] = eventually(lambda: told(receiver, "subscribe_msg_sent_event", MINI))
    assert sent["List"][0]["MsgID"] == str(answer["msgid"])


def test_switching_on_again_is_not_told_and_earns_nothing(sandbox, receiver, lin, arrival):
    choose(sandbox, lin, "unsubscribe", S_arrival="accept")

    assert receiver.calls == []
    assert send(sandbox, lin, arrival)["errcode"] == 43101


def test_a_page_that_is_not_released_is_refused_before_anything_is_spent(
    sandbox, receiver, lin, arrival
):
    sandbox.open_accounts(receiver.url + "/callback", pages=["pages/index/index"])
    choose(sandbox, lin, appid=MINI, S_arrival="accept")

    wrong = send(sandbox, lin, arrival, MINI_SEND, MINI, page="pages/secret/index")
    right = send(sandbox, lin, arrival, MINI_SEND, MINI, page="pages/index/index?from=push")

    assert (wrong["errcode"], right["errcode"]) == (41030, 0)


def test_the_mini_programs_send_is_not_the_service_accounts(sandbox, lin, arrival):
    assert send(sandbox, lin, arrival, MINI_SEND)["errcode"] == 48001
    assert send(sandbox, lin, arrival, BIZ, MINI)["errcode"] == 48001
    assert send(sandbox, lin, "S-unknown")["errcode"] == 40037


def test_a_one_time_subscription_works_once_for_its_scene_and_for_a_stranger(sandbox, lin):
    sandbox.template("O-visit", "once", "{{content.DATA}}")
    data = {"data": {"content": {"value": "欢迎"}}, "title": "到店", "url": "https://example.com"}
    sandbox.act(lin, "subscribe-once", template_id="O-visit", scene="7")

    answers = [
        send(sandbox, lin, "O-visit", ONCE, scene=scene, **data)["errcode"] for scene in (8, 7, 7)
    ]

    assert answers == [43101, 0, 43101]
    assert send(sandbox, lin, "O-visit")["errcode"] == 43101, "the other call finds none"
    long = {**data, "title": "字" * 16}
    assert send(sandbox, lin, "O-visit", ONCE, scene=7, **long)["errcode"] == 47003


@pytest.mark.parametrize("choices", [{}, {"S": "maybe"}, None])
def test_a_choice_is_to_accept_or_to_reject(sandbox, lin, choices):
    path = f"/sandbox/api/people/{lin['person_id']}/subscribe"

    answer = sandbox.raw("POST", path, json={"appid": SERVICE, "choices": choices})

    assert answer.status == (200 if choices == {} else 400)
