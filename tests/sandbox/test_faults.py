"""Things that go wrong on purpose: half answers, silence, sick accounts, callbacks out of order."""

import json
import ssl
import time

import pytest
import urllib3

from tests.sandbox.play import MINI, SERVICE, Sandbox, eventually, running

MENU = "/cgi-bin/menu/get"
SEND = "/cgi-bin/message/template/send"


def get(sandbox, path=MENU, appid=SERVICE, **kwargs):
    fields = {"access_token": sandbox.token(appid)}
    return sandbox.raw("GET", path, fields=fields, **kwargs)


def test_half_a_body_breaks_off(sandbox):
    sandbox.fault(MENU, "half_body")

    with pytest.raises(urllib3.exceptions.ProtocolError):
        get(sandbox)

    assert get(sandbox).json()["errcode"] == 46003
    assert sandbox.log(path=MENU)[0]["status"] is None


def test_a_black_hole_accepts_and_never_answers_one_account(sandbox):
    sandbox.fault("*", "blackhole", appid=MINI, times=100)

    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        sandbox.raw(
            "POST",
            "/cgi-bin/stable_token",
            body=json.dumps({"appid": MINI, "secret": "x"}).encode(),
            timeout=0.4,
        )

    assert get(sandbox).json()["errcode"] == 46003


def test_a_hundred_calls_in_the_black_hole_hold_nobody_else(sandbox):
    sandbox.fault(SEND, "blackhole", times=100)
    pool = urllib3.PoolManager(retries=False, maxsize=1)
    token = sandbox.token()
    for _ in range(100):
        with pytest.raises(urllib3.exceptions.ReadTimeoutError):
            pool.request("POST", f"{sandbox.url}{SEND}?access_token={token}", timeout=0.02)

    started = time.monotonic()
    assert get(sandbox).json()["errcode"] == 46003
    assert time.monotonic() - started < 2


def test_a_server_error_is_no_json(sandbox):
    sandbox.fault(MENU, "status", status=503)

    answer = get(sandbox)

    assert (answer.status, answer.headers["Content-Type"]) == (503, "text/html; charset=utf-8")


def test_a_burst_of_a_code_strikes_one_account_and_ends(sandbox):
    sandbox.fault(MENU, "errcode", errcode=40037, times=3, appid=SERVICE)

    mini = get(sandbox, appid=MINI).json()["errcode"]
    codes = [get(sandbox).json()["errcode"] for _ in range(4)]

    assert (mini, codes) == (48001, [40037, 40037, 40037, 46003])


def test_a_token_stall_slows_tokens_only(sandbox):
    sandbox.fault("/cgi-bin/stable_token", "delay", seconds=0.4)
    started = time.monotonic()

    assert "access_token" in sandbox.stable_token()

    assert time.monotonic() - started >= 0.4


def test_faults_strike_template_sends_as_well(sandbox):
    sandbox.template("T", "template", "")
    [lin] = sandbox.followers("lin")
    sandbox.fault(SEND, "errcode", errcode=-1)
    body = {"touser": lin, "template_id": "T", "data": {}}

    assert [sandbox.call(SEND, body)["errcode"] for _ in range(2)] == [-1, 0]


def test_a_first_send_may_answer_that_it_is_known_and_yet_be_sent(sandbox, lin):
    sandbox.act(lin, "follow")
    bo = sandbox.person("bo")
    sandbox.fault("/cgi-bin/message/mass/send", "errcode_after", errcode=45065)

    answer = sandbox.send_mass([lin, bo], "news", clientmsgid="p-1")

    assert (answer["errcode"], "msg_data_id" in answer) == (45065, False)
    assert len(eventually(lambda: sandbox.messages(lin))) == 1
    assert sandbox.messages(lin)[0]["msg_id"] == answer["msg_id"]


def test_what_is_planned_can_be_read(sandbox):
    sandbox.fault(MENU, "status", times=2)
    get(sandbox)

    [planned] = sandbox.admin("GET", "/faults")["faults"]

    assert (planned["path"], planned["kind"], planned["times"]) == (MENU, "status", 1)


def creation_order(receiver):
    return [call.fields()["EventKey"] for call in receiver.calls]


def test_held_callbacks_are_released_in_reverse(sandbox, receiver, lin):
    sandbox.act(lin, "follow")
    receiver.calls.clear()
    sandbox.admin("POST", "/callbacks/hold")
    for key in ("A", "B", "C"):
        sandbox.act(lin, "menu", key=key, wait=False)
    time.sleep(0.3)
    assert receiver.calls == []

    released = sandbox.admin("POST", "/callbacks/release", {"order": "reverse"})

    assert released == {"released": 3, "delivered": 3}
    assert creation_order(receiver) == ["C", "B", "A"]
    sandbox.act(lin, "menu", key="D")
    assert creation_order(receiver)[-1] == "D"


def test_an_answered_callback_is_sent_again_with_the_same_plaintext(sandbox, receiver, lin):
    sandbox.fault("callback", "resend", times=2, appid=SERVICE)

    done = sandbox.act(lin, "follow")

    assert done["attempts"] == 3
    assert len({call.opened() for call in receiver.calls}) == 1
    assert len({call.body for call in receiver.calls}) == 3
    assert len({call.query["nonce"] for call in receiver.calls}) == 3


def test_over_tls_a_template_send_waits_its_time_without_holding_others(
    tmp_path, receiver, preview
):
    with running(tmp_path, receiver.url, preview, SANDBOX_TLS="1") as box:
        tls_box = Sandbox(box.url)
        tls_box.http = urllib3.PoolManager(
            ssl_context=ssl.create_default_context(cafile=tmp_path / "tls-certificate.pem")
        )
        tls_box.open_accounts("")
        tls_box.template("T", "template", "")
        lin = tls_box.person("lin")
        tls_box.admin("POST", "/template", {"answer_seconds": 0.3})
        body = {"touser": lin["openids"][SERVICE], "template_id": "T", "data": {}}
        started = time.monotonic()

        assert tls_box.call(SEND, body)["errcode"] == 43004
        assert time.monotonic() - started >= 0.3
        assert eventually(lambda: tls_box.log(path=SEND))[0]["errcode"] == 43004
