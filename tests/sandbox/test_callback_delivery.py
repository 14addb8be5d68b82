"""Callbacks over real HTTP: sealed, signed, sent again, and noted."""

import hashlib
import json
import sqlite3
import time

import pytest
import xmltodict
from wechatpy.crypto import WeChatCrypto

from tests.sandbox.play import AES_KEY, SERVICE, TOKEN, eventually, running


def fields(call):
    return xmltodict.parse(call.opened())["xml"]


def test_a_stranger_who_scans_subscribes_once(sandbox, receiver, lin):
    done = sandbox.act(lin, "scan", scene="S0021-G07")

    assert (done["kind"], done["delivered"], done["attempts"]) == ("subscribe", True, 1)
    told = fields(receiver.calls[0])
    assert told["Event"] == "subscribe"
    assert told["EventKey"] == "qrscene_S0021-G07"
    assert told["FromUserName"] == lin["openids"][SERVICE]
    assert int(told["CreateTime"]) == done["accepted_ms"] // 1000
    assert len(receiver.calls) == 1


def test_a_follower_who_scans_is_a_bare_scan(sandbox, receiver, lin):
    sandbox.act(lin, "follow")

    done = sandbox.act(lin, "scan", scene="S0021")

    assert done["kind"] == "SCAN"
    assert fields(receiver.calls[-1])["EventKey"] == "S0021"


def test_she_may_look_without_following_and_nobody_hears(sandbox, receiver, lin):
    done = sandbox.act(lin, "scan", scene="S0021", follow=False)

    assert done["kind"] == "looked"
    assert receiver.calls == []
    assert sandbox.admin("GET", f"/people/{lin['person_id']}")["follows"][SERVICE] is False
    assert sandbox.admin("GET", "/sums")["scans"] == 1


def test_the_url_carries_both_signatures(sandbox, receiver, lin):
    sandbox.act(lin, "follow")

    query = receiver.calls[0].query
    plain = "".join(sorted([TOKEN, query["timestamp"], query["nonce"]]))
    assert query["signature"] == hashlib.sha1(plain.encode()).hexdigest()
    assert query["encrypt_type"] == "aes"
    assert "<FromUserName>" not in receiver.calls[0].body


@pytest.mark.parametrize(
    ("what", "given", "expected"),
    [
        ("unfollow", {}, {"Event": "unsubscribe", "EventKey": None}),
        ("menu", {"key": "CARD"}, {"Event": "CLICK", "EventKey": "CARD"}),
        ("message", {"text": "在吗 ]]> <b>"}, {"MsgType": "text", "Content": "在吗 ]]> <b>"}),
    ],
)
def test_every_act_of_a_follower_is_told(sandbox, receiver, lin, what, given, expected):
    sandbox.act(lin, "follow")

    sandbox.act(lin, what, **given)

    told = fields(receiver.calls[-1])
    assert {name: told[name] for name in expected} == expected


def test_a_stranger_cannot_write_or_unfollow(sandbox, lin):
    for what, given in (("message", {"text": "hi"}), ("menu", {"key": "K"}), ("unfollow", {})):
        path = f"/sandbox/api/people/{lin['person_id']}/{what}"
        response = sandbox.raw("POST", path, json={"appid": SERVICE, **given})
        assert response.status == 409
        assert "follow" in response.json()["error"]


def test_no_answer_is_sent_again_with_the_same_words_in_a_new_envelope(sandbox, receiver, lin):
    receiver.answer = lambda: (500, "") if len(receiver.calls) < 3 else (200, "success")

    done = sandbox.act(lin, "follow")

    assert (done["delivered"], done["attempts"]) == (True, 3)
    assert len({call.opened() for call in receiver.calls}) == 1
    assert len({call.body for call in receiver.calls}) == 3
    assert len({call.query["nonce"] for call in receiver.calls}) == 3
    assert [one["repeat"] for one in sandbox.log(kind="callback")] == [False, True, True]


def test_after_three_tries_it_gives_up(sandbox, receiver, lin):
    receiver.answer = lambda: (503, "")

    done = sandbox.act(lin, "follow")

    assert (done["delivered"], done["attempts"]) == (False, 3)
    sums = sandbox.admin("GET", "/sums")["callbacks"]
    assert (sums["events"], sums["deliveries"], sums["resends"], sums["refused"]) == (1, 3, 2, 3)


def test_a_slow_answer_is_no_answer(sandbox, receiver, lin):
    receiver.answer = lambda: (time.sleep(1.3), (200, "success"))[1]

    done = sandbox.act(lin, "follow")

    assert (done["delivered"], done["attempts"]) == (False, 3)
    assert {one["status"] for one in sandbox.log(kind="callback")} == {None}


def test_a_lost_answer_is_sent_again(sandbox, receiver, lin):
    sandbox.fault("callback", "lose_response")

    assert sandbox.act(lin, "follow")["attempts"] == 2
    assert [one["status"] for one in sandbox.log(kind="callback")] == [None, 200]


def test_an_answered_callback_may_be_sent_again_all_the_same(sandbox, receiver, lin):
    sandbox.fault("callback", "resend", times=2)

    assert sandbox.act(lin, "follow")["attempts"] == 3
    assert {one["status"] for one in sandbox.log(kind="callback")} == {200}


def test_the_last_callback_can_be_repeated_by_hand(sandbox, receiver, lin):
    sandbox.act(lin, "scan", scene="S1")

    sandbox.admin("POST", f"/people/{lin['person_id']}/resend", {"times": 3})

    assert len({call.opened() for call in receiver.calls}) == 1
    assert [one["attempt"] for one in sandbox.log(kind="callback")] == [1, 2, 3, 4]


def test_the_scan_does_not_wait_for_the_answer(sandbox, receiver, lin):
    receiver.answer = lambda: (time.sleep(0.6), (200, "success"))[1]
    started = time.monotonic()

    sandbox.act(lin, "scan", scene="S1", wait=False)

    assert time.monotonic() - started < 0.5
    eventually(lambda: sandbox.log(kind="callback"))


def test_a_passive_reply_reaches_her(sandbox, receiver, lin):
    crypto = WeChatCrypto(TOKEN, AES_KEY, SERVICE)
    reply = (
        f"<xml><ToUserName><![CDATA[{lin['openids'][SERVICE]}]]></ToUserName>"
        "<FromUserName><![CDATA[gh_service]]></FromUserName><CreateTime>1790000002</CreateTime>"
        "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[欢迎]]></Content></xml>"
    )
    receiver.answer = lambda: (200, crypto.encrypt_message(reply, "n1", "1790000002"))

    sandbox.act(lin, "follow")

    message = sandbox.messages(lin)[0]
    assert (message["via"], message["content"]) == ("reply", {"content": "欢迎"})
    assert sandbox.admin("GET", "/sums")["replies"] == {"sent": 1}


def test_a_reply_that_is_not_sealed_reaches_nobody(sandbox, receiver, lin):
    receiver.answer = lambda: (200, "<xml><Content>欢迎</Content></xml>")

    sandbox.act(lin, "follow")

    assert sandbox.messages(lin) == []
    assert sandbox.log(kind="callback")[0]["detail"] == "answer not understood"


def test_the_address_is_verified_by_its_echo(sandbox, receiver):
    assert sandbox.admin("POST", f"/accounts/{SERVICE}/verify") == {"verified": True}


def test_a_restart_keeps_followers_and_log(tmp_path, receiver, preview):
    with running(tmp_path, receiver.url, preview) as first:
        first.open_accounts(receiver.url + "/callback")
        lin = first.person("lin")
        first.act(lin, "follow")
        kept = first.log()

    with running(tmp_path, receiver.url, preview) as second:
        assert second.log() == kept
        assert second.admin("GET", f"/people/{lin['person_id']}")["follows"][SERVICE] is True


def test_the_log_holds_no_phone_no_name_no_secret(tmp_path, receiver, preview):
    with running(tmp_path, receiver.url, preview) as sandbox:
        sandbox.open_accounts(receiver.url + "/callback")
        lin = sandbox.person("lin", nickname="Linnea", phone="13900000000")
        sandbox.act(lin, "follow")
        sandbox.act(lin, "message", text="my number")
        token = sandbox.token()
        sandbox.send_custom(lin, "hello Linnea")

    with sqlite3.connect(tmp_path / "sandbox.sqlite3") as state:
        kept = json.dumps(state.execute("SELECT * FROM log").fetchall(), ensure_ascii=False)
    assert "stable_token" in kept
    for private in ("13900000000", "Linnea", "my number", token, TOKEN, "service-secret"):
        assert private not in kept
