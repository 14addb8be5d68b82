"""The gateway against WeChat in a box, over real HTTP: answers, refusals, and silence."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest

from app.core import db
from app.wechat import gateway, http, tokens
from app.wechat.errors import Action, InsideTransaction, NoAnswer, WeChatError
from tests.sandbox.play import free_port

SEND = "/cgi-bin/message/custom/send"
MASS = "/cgi-bin/message/mass/send"
LOGIN = "/sns/jscode2session"


@pytest.fixture
def lin(box) -> dict:
    return box.person("lin")


def act(box, person: dict, what: str, account, **given) -> dict:
    body = {"appid": account.appid, **given}
    return box.admin("POST", f"/people/{person['person_id']}/{what}", body)


def openid(person: dict, account) -> str:
    return person["openids"][account.appid]


def followers(box, account, *keys: str) -> list[str]:
    people = [box.person(key) for key in keys]
    for person in people:
        act(box, person, "follow", account)
    return [openid(person, account) for person in people]


def test_a_permanent_code_gets_a_ticket_and_an_address(box, account):
    ticket, url = gateway.create_qr_code(account.id, "S0021-G07", permanent=True)

    assert ticket.startswith("gQ")
    assert url.startswith("http://weixin.qq.com/q/")
    assert gateway.create_qr_code(account.id, "S0021-G07", permanent=True) == (ticket, url)


def test_a_temporary_code_is_another_one_each_time(box, account):
    first = gateway.create_qr_code(account.id, "S1", permanent=False)

    assert gateway.create_qr_code(account.id, "S1", permanent=False) != first


def test_user_info_says_whether_she_follows(box, account, lin):
    before = gateway.user_info(account.id, openid(lin, account))
    act(box, lin, "follow", account)
    after = gateway.user_info(account.id, openid(lin, account))

    assert (before["subscribe"], after["subscribe"]) == (0, 1)
    assert after["unionid"] == lin["unionid"]


def test_a_login_code_is_worth_one_session(box, brand, lin):
    code = act(box, lin, "login", brand.mini)["code"]

    login = gateway.code_to_session(brand.mini.id, code)

    assert (login.openid, login.unionid) == (openid(lin, brand.mini), lin["unionid"])
    assert login.session_key not in repr(login)
    with pytest.raises(WeChatError) as refusal:
        gateway.code_to_session(brand.mini.id, code)
    assert (refusal.value.errcode, refusal.value.action) == (40163, Action.ASK_NEW_CODE)


def test_a_phone_code_gives_her_phone_in_international_form_once(box, brand, lin):
    code = act(box, lin, "phone", brand.mini, phone="13800001234")["code"]

    phone = gateway.phone_number(brand.mini.id, code, openid(lin, brand.mini))

    assert phone == "+8613800001234"
    with pytest.raises(WeChatError) as refusal:
        gateway.phone_number(brand.mini.id, code, openid(lin, brand.mini))
    assert (refusal.value.errcode, refusal.value.action) == (40029, Action.ASK_NEW_CODE)


def test_a_phone_code_of_somebody_else_is_refused(box, brand, lin):
    code = act(box, lin, "phone", brand.mini)["code"]
    wei = box.person("wei")

    with pytest.raises(WeChatError) as refusal:
        gateway.phone_number(brand.mini.id, code, openid(wei, brand.mini))

    assert refusal.value.action is Action.ASK_NEW_CODE


def test_a_welcome_reaches_her_in_real_utf8(box, account, lin):
    act(box, lin, "follow", account)

    gateway.send_custom_text(account.id, openid(lin, account), "欢迎来到静安寺店 👋")

    assert [message["content"] for message in box.messages(lin)] == [
        {"content": "欢迎来到静安寺店 👋"}
    ]


def test_a_card_of_the_mini_program_reaches_her(box, brand, lin):
    act(box, lin, "follow", brand.service)

    gateway.send_custom_card(
        brand.service.id,
        openid(lin, brand.service),
        title="会员卡",
        appid=brand.mini.appid,
        page="pages/card",
        thumb_media_id="m1",
    )

    (message,) = box.messages(lin)
    assert (message["msgtype"], message["content"]["pagepath"]) == ("miniprogrampage", "pages/card")


def test_outside_her_window_and_over_its_count_are_told_apart(box, account, lin):
    with pytest.raises(WeChatError) as shut:
        gateway.send_custom_text(account.id, openid(lin, account), "在吗")
    act(box, lin, "follow", account)
    for number in range(3):
        gateway.send_custom_text(account.id, openid(lin, account), str(number))
    with pytest.raises(WeChatError) as used_up:
        gateway.send_custom_text(account.id, openid(lin, account), "3")

    assert (shut.value.errcode, used_up.value.errcode) == (45015, 45047)
    assert shut.value.action is used_up.value.action is Action.WINDOW


def test_a_mass_send_gives_the_job_that_its_receipt_will_name(box, account):
    job = gateway.mass_send_text(account.id, followers(box, account, "a", "b"), "十月新品", "key-1")

    assert job.message_id > 0
    assert not job.is_adopted


def test_a_mass_send_repeated_under_its_key_adopts_the_first_job(box, account):
    openids = followers(box, account, "a", "b")
    first = gateway.mass_send_text(account.id, openids, "十月新品", "key-1")
    box.move_clock(61)

    again = gateway.mass_send_text(account.id, openids, "十月新品", "key-1")

    assert again == gateway.MassJob(first.message_id, is_adopted=True)


def test_the_same_key_within_a_minute_is_for_later(box, account):
    openids = followers(box, account, "a", "b")
    gateway.mass_send_text(account.id, openids, "十月新品", "key-1")

    with pytest.raises(WeChatError) as refusal:
        gateway.mass_send_text(account.id, openids, "十月新品", "key-1")

    assert (refusal.value.errcode, refusal.value.action) == (45066, Action.RETRY)


@pytest.mark.parametrize(
    ("errcode", "action"),
    [
        (-1, Action.RETRY),
        (40003, Action.DROP_FAN),
        (43004, Action.DROP_FAN),
        (45009, Action.QUOTA),
        (45028, Action.QUOTA),
        (48001, Action.STOP),
        (40164, Action.CONFIG),
        (99999, Action.REFUSE),
    ],
)
def test_a_refusal_says_what_to_do_and_what_to_ask_wechat_about(box, account, lin, errcode, action):
    box.fault(SEND, "errcode", errcode=errcode)

    with pytest.raises(WeChatError) as refusal:
        gateway.send_custom_text(account.id, openid(lin, account), "在吗")

    assert (refusal.value.errcode, refusal.value.action) == (errcode, action)
    assert refusal.value.rid


def test_a_lost_answer_is_no_answer_and_is_not_tried_again(box, account):
    openids = followers(box, account, "a", "b")
    box.fault(MASS, "lose_response")

    with pytest.raises(NoAnswer) as silence:
        gateway.mass_send_text(account.id, openids, "十月新品", "key-1")

    assert silence.value.was_sent
    assert len(box.log(path=MASS)) == 1


def test_an_answer_that_is_no_json_is_no_answer(box, account, lin):
    box.fault(SEND, "garbage")

    with pytest.raises(NoAnswer):
        gateway.send_custom_text(account.id, openid(lin, account), "在吗")


def test_where_nobody_listens_nothing_was_sent(box, account, wechat_at):
    wechat_at(f"http://127.0.0.1:{free_port()}")

    with pytest.raises(NoAnswer) as silence:
        gateway.code_to_session(account.id, "code")

    assert not silence.value.was_sent


def test_a_kept_connection_that_was_closed_meanwhile_is_replaced_before_the_call(
    account, wechat_at
):
    def close_after(handler: Odd) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"{}")
        handler.close_connection = True

    with server_that(close_after) as url:
        wechat_at(url)
        for _ in range(2):
            with pytest.raises(NoAnswer, match="holds no openid"):
                gateway.code_to_session(account.id, "code")
            time.sleep(0.1)


class Odd(BaseHTTPRequestHandler):
    """A server that answers as its test wants."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer()

    def log_message(self, *args: object) -> None:
        """Quiet."""


@contextmanager
def server_that(answer):
    handler = type("Handler", (Odd,), {"answer": answer})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def drip(handler: Odd) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(300):
        try:
            handler.wfile.write(b" ")
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.1)


def drip_head(handler: Odd) -> None:
    """The status comes at once, and then one header after another."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(90):
        try:
            handler.wfile.write(f"X-{number}: 1\r\n".encode())
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.1)


def flood(handler: Odd) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(100):
            handler.wfile.write(b" " * 100_000)
    except OSError:
        return


def lead_away(handler: Odd) -> None:
    """Who follows the redirect gets a session."""
    is_followed = handler.path == "/elsewhere"
    body = b'{"openid": "o", "session_key": "k"}' if is_followed else b""
    handler.send_response(200 if is_followed else 302)
    handler.send_header("Location", "/elsewhere")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def hold(_handler: Odd) -> None:
    time.sleep(2)


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [(drip, 3.0), (drip_head, 3.0), (flood, 2.0), (lead_away, 1.0), (hold, 2.0)],
)
def test_a_slow_endless_or_misleading_answer_is_cut(
    account, wechat_at, monkeypatch, answer, seconds
):
    monkeypatch.setattr(http, "CONNECT_SECONDS", 0.5)
    monkeypatch.setattr(http, "TOTAL_SECONDS", 1.5)
    monkeypatch.setattr(http, "READ_SECONDS", 0.5)
    with server_that(answer) as url:
        wechat_at(url)
        started = time.monotonic()
        with pytest.raises(NoAnswer):
            gateway.code_to_session(account.id, "code")

    assert time.monotonic() - started < seconds


def test_the_limits_of_a_call_stay_under_the_leases_that_wait_for_it():
    assert (http.CONNECT_SECONDS, http.READ_SECONDS, http.TOTAL_SECONDS) == (3, 5, 8)
    assert tokens.LEASE.total_seconds() > 2 * http.TOTAL_SECONDS


def test_no_call_is_made_inside_a_transaction(box, account):
    calls = [
        lambda: gateway.create_qr_code(account.id, "S1", permanent=True),
        lambda: gateway.user_info(account.id, "o-lin"),
        lambda: gateway.code_to_session(account.id, "code"),
        lambda: gateway.phone_number(account.id, "code", "o-lin"),
        lambda: gateway.send_custom_text(account.id, "o-lin", "在吗"),
        lambda: gateway.mass_send_text(account.id, ["o-1", "o-2"], "在吗", "key"),
    ]
    for call in calls:
        with db.transaction(account.brand_id), pytest.raises(InsideTransaction):
            call()

    assert box.log(kind="api") == []


def test_no_secret_gets_out_through_an_error_or_a_log(box, account, wechat_at, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    code, text, openid, said = uuid4().hex, uuid4().hex, uuid4().hex, []
    for fault in ("lose_response", "garbage", "errcode"):
        box.fault(LOGIN, fault, errcode=40029)
        said.append(failure(lambda: gateway.code_to_session(account.id, code)))
        box.fault(SEND, fault, errcode=45015)
        said.append(failure(lambda: gateway.send_custom_text(account.id, openid, text)))
    wechat_at(f"http://127.0.0.1:{free_port()}")
    said.append(failure(lambda: gateway.code_to_session(account.id, code)))

    token = tokens.current(account.id)
    everything = "\n".join(said) + caplog.text + capsys.readouterr().out
    for secret in (f"secret-of-{account.appid}", token, code, text, openid):
        assert secret not in everything


def failure(call) -> str:
    """All that a log could print about the error, its causes included."""
    with pytest.raises((WeChatError, NoAnswer)) as caught:
        call()
    error: BaseException | None = caught.value
    parts = ["".join(traceback.format_exception(caught.value))]
    while error is not None:
        parts.append(repr(error) + str(vars(error)))
        error = error.__cause__ or error.__context__
    return "\n".join(parts)
