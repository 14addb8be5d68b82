"""Template messages: sent once, receipted, and refused in WeChat's words."""

import pytest

from tests.sandbox.play import MINI, SERVICE, eventually

SEND = "/cgi-bin/message/template/send"
CONTENT = "{{thing1.DATA}} 于 {{time2.DATA}} 到期，还剩 {{number3.DATA}} 天"
GOOD = {"thing1": "新人礼", "time2": "2026-11-30 20:00", "number3": "8"}


@pytest.fixture
def notice(sandbox):
    sandbox.template("T-expiry", "template", CONTENT)
    return "T-expiry"


def send(sandbox, openid, template_id, values=GOOD, **extra):
    data = {name: {"value": value} for name, value in values.items()}
    body = {"touser": openid, "template_id": template_id, "data": data, **extra}
    return sandbox.call(SEND, body)


def receipts(receiver):
    return [
        fields
        for fields in (call.fields() for call in receiver.calls)
        if fields.get("Event") == "TEMPLATESENDJOBFINISH"
    ]


def test_a_message_reaches_her_and_is_receipted(sandbox, receiver, lin, notice):
    sandbox.act(lin, "follow")

    answer = send(sandbox, lin["openids"][SERVICE], notice, url="https://example.com/")

    assert (answer["errcode"], answer["errmsg"]) == (0, "ok")
    assert answer["msgid"] > 2**53, "an id must not fit into a JavaScript number"
    [message] = sandbox.messages(lin)
    assert (message["via"], message["content"]["data"]["thing1"]["value"]) == ("template", "新人礼")
    [receipt] = eventually(lambda: receipts(receiver))
    assert (receipt["MsgID"], receipt["Status"]) == (str(answer["msgid"]), "success")
    assert receipt["FromUserName"] == lin["openids"][SERVICE]


def test_the_same_client_msg_id_is_sent_once_within_ten_minutes(sandbox, lin, notice):
    sandbox.act(lin, "follow")
    [bo] = sandbox.followers("bo")
    openid = lin["openids"][SERVICE]

    first = send(sandbox, openid, notice, client_msg_id="d-1")
    again = send(sandbox, openid, notice, client_msg_id="d-1")
    hers = send(sandbox, bo, notice, client_msg_id="d-1")

    assert again == first
    assert hers["msgid"] != first["msgid"]
    assert len(sandbox.messages(lin)) == 1
    assert [one["repeat"] for one in sandbox.log(path=SEND)] == [False, True, False]

    sandbox.move_clock(601)
    assert send(sandbox, openid, notice, client_msg_id="d-1")["msgid"] != first["msgid"]
    assert len(sandbox.messages(lin)) == 2


def test_without_a_client_msg_id_everything_is_sent(sandbox, lin, notice):
    sandbox.act(lin, "follow")

    for _ in range(2):
        send(sandbox, lin["openids"][SERVICE], notice)

    assert len(sandbox.messages(lin)) == 2


def test_who_switched_messages_off_gets_none_and_the_receipt_says_so(
    sandbox, receiver, lin, notice
):
    sandbox.act(lin, "follow")
    sandbox.act(lin, "refuse")

    assert send(sandbox, lin["openids"][SERVICE], notice)["errcode"] == 0

    assert eventually(lambda: receipts(receiver))[0]["Status"] == "failed:user block"
    assert sandbox.messages(lin) == []
    assert sandbox.send_custom(lin) == 48002


def test_strangers_and_the_blacklisted_are_refused(sandbox, lin, notice):
    [bo] = sandbox.followers("bo")
    sandbox.call("/cgi-bin/tags/members/batchblacklist", {"openid_list": [bo]})

    assert send(sandbox, lin["openids"][SERVICE], notice)["errcode"] == 43004
    assert send(sandbox, bo, notice)["errcode"] == 43019
    assert send(sandbox, lin["openids"][MINI], notice)["errcode"] == 40003
    assert send(sandbox, bo, "T-unknown")["errcode"] == 40037


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("thing1", "字" * 21, "data.thing1.value invalid"),
        ("thing1", "", "data.thing1.value is empty"),
        ("number3", "八", "data.number3.value invalid"),
        ("time2", "soon", "data.time2.value invalid"),
    ],
)
def test_an_argument_that_does_not_fit_is_named(sandbox, notice, name, value, said):
    [lin] = sandbox.followers("lin")

    answer = send(sandbox, lin, notice, {**GOOD, name: value})

    assert answer["errcode"] == 47003
    assert answer["errmsg"].startswith(f"argument invalid! {said} rid: ")


def test_a_missing_argument_is_named_too(sandbox, notice):
    [lin] = sandbox.followers("lin")

    assert "data.time2" in send(sandbox, lin, notice, {"thing1": "新人礼"})["errmsg"]


def test_templates_are_added_listed_and_deleted_within_their_number(sandbox):
    sandbox.limits(templates=1)
    asked = {"template_id_short": "TM00015", "keyword_name_list": ["thing1", "time2"]}

    made = sandbox.call("/cgi-bin/template/api_add_template", asked)
    again = sandbox.call("/cgi-bin/template/api_add_template", asked)
    listed = sandbox.call("/cgi-bin/template/get_all_private_template")["template_list"]

    assert again["errcode"] == 45026
    assert [one["template_id"] for one in listed] == [made["template_id"]]
    assert listed[0]["content"] == "{{thing1.DATA}}\n{{time2.DATA}}"
    gone = {"template_id": made["template_id"]}
    assert sandbox.call("/cgi-bin/template/del_private_template", gone)["errcode"] == 0
    assert sandbox.call("/cgi-bin/template/del_private_template", gone)["errcode"] == 40037


def test_receipts_may_come_late_or_not_at_all(sandbox, receiver, lin, notice):
    sandbox.act(lin, "follow")
    sandbox.admin("POST", "/template", {"receipts": False})
    send(sandbox, lin["openids"][SERVICE], notice)
    sandbox.admin("POST", "/template", {"receipts": True, "receipt_seconds": 0.3})

    answer = send(sandbox, lin["openids"][SERVICE], notice)

    assert receipts(receiver) == []
    [receipt] = eventually(lambda: receipts(receiver))
    assert receipt["MsgID"] == str(answer["msgid"])
