"""The open door: what it takes in, once, and what it turns away."""

from __future__ import annotations

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from sqlalchemy import create_engine
from werkzeug.test import Client

from app.core import clock, db, inbox
from app.wechat import messages
from app.wechat.entry import Entry
from app.wechat.loop_entry import LoopEntry
from tests.wechat import doors, letters
from tests.wechat.conftest import inbox_rows

OTHER_APPID = "wxsomebodyelse001"


WAYS_IN = {
    "by Flask's view": lambda app: app,
    "by the thin entry": Entry,
    "by the loop's entry": lambda _app: doors.as_wsgi(LoopEntry(doors.nobody, doors.keep)),
}


@pytest.fixture(params=WAYS_IN)
def client(app, request) -> Client:
    """All ways in are held to the same promises."""
    return Client(WAYS_IN[request.param](app))


def refused(reason: str) -> float:
    counted = REGISTRY.get_sample_value("huike_callbacks_refused_total", {"reason": reason})
    return counted or 0.0


def assert_refused(response, status: int, reason: str, before: float) -> None:
    assert response.status_code == status
    assert response.json.get("detail") == (None if status == 403 else reason)
    assert refused(reason) == before + 1
    assert inbox_rows() == []


def test_saving_the_address_at_wechat_is_answered_with_the_echo(client, account):
    query = letters.stamped(echostr="4375120948345356249")

    response = client.get(f"/wechat/{account.url_key}/callback", query_string=query)

    assert (response.status_code, response.text) == (200, "4375120948345356249")
    assert response.mimetype == "text/plain"


def test_an_echo_with_a_wrong_signature_is_not_answered(client, account):
    query = letters.stamped(echostr="<script>", signature="0" * 40)

    response = client.get(f"/wechat/{account.url_key}/callback", query_string=query)

    assert response.status_code == 403
    assert "<script>" not in response.text


def test_a_message_is_a_stored_row_before_wechat_hears_success(client, account):
    response = letters.push(client, account, letters.scan())

    assert (response.status_code, response.text) == (200, "success")
    (row,) = inbox_rows()
    assert (row.account_id, row.brand_id, row.state) == (account.id, account.brand_id, "new")
    assert "o-lin" not in row.raw_encrypted


def test_a_resend_under_a_new_nonce_is_the_same_row(client, account):
    for nonce in ("first", "second", "third"):
        assert letters.push(client, account, letters.scan(), nonce=nonce).text == "success"

    assert len(inbox_rows()) == 1


def test_two_events_of_one_person_in_one_second_are_two_rows(client, account):
    letters.push(client, account, letters.event("subscribe", EventKey="qrscene_S1"))
    letters.push(client, account, letters.scan(scene="S1"))
    letters.push(client, account, letters.scan(scene="S2"))

    assert len(inbox_rows()) == 3


def test_the_same_words_to_two_accounts_are_two_rows(client, brand):
    letters.push(client, brand.service, letters.text_message("在吗"))
    letters.push(client, brand.mini, letters.text_message("在吗"))

    assert len(inbox_rows()) == 2


def test_where_somebody_is_goes_into_no_row(client, account):
    place = {"Latitude": "23.137466", "Longitude": "113.352425", "Precision": "119.3"}
    letters.push(client, account, letters.event("LOCATION", **place))
    letters.push(client, account, letters.event("LOCATION", **place), nonce="again")

    (row,) = inbox_rows()
    assert "LOCATION" in inbox.read(row)
    assert [word for word in place.values() if word in inbox.read(row)] == []


def test_a_json_push_is_taken_in_like_an_xml_one(client, account):
    fields = {"ToUserName": "gh_demo", "FromUserName": "o-lin", "CreateTime": 1790000000}
    message = json.dumps({**fields, "MsgType": "text", "Content": "你好 👋", " MsgId": "7"})

    response = letters.push(client, account, message)

    assert response.text == "success"


def test_an_account_in_plain_mode_takes_plain_bodies(client, plain_account):
    response = letters.send(client, plain_account.url_key, letters.stamped(), letters.scan())

    assert response.text == "success"


def test_an_address_that_nobody_has_is_not_found(client, account):
    query, body = letters.sealed(letters.scan(), account.appid)
    for url_key in ("nobody", "%00", "a%2Fb", "键", "x" * 5000, "' OR 1=1 --"):
        assert letters.send(client, url_key, query, body).status_code == 404


def test_a_body_over_64_kib_is_too_big(client, account):
    before = refused("too_big")
    query, _ = letters.sealed(letters.scan(), account.appid)

    response = letters.send(client, account.url_key, query, b"x" * (64 * 1024 + 1))

    assert_refused(response, 413, "too_big", before)


def test_a_forged_signature_is_refused(client, account):
    for wrong in ("0" * 40, "", "签名"):
        before = refused("wrong_signature")
        query, body = letters.sealed(letters.scan(), account.appid)

        response = letters.send(client, account.url_key, query | {"msg_signature": wrong}, body)

        assert_refused(response, 403, "wrong_signature", before)


def test_the_plain_signature_does_not_stand_in_for_the_sealed_one(client, account):
    before = refused("wrong_signature")
    query, body = letters.sealed(letters.scan(), account.appid)
    del query["msg_signature"]

    response = letters.send(client, account.url_key, query, body)

    assert_refused(response, 403, "wrong_signature", before)


def test_a_message_sealed_for_another_appid_is_refused(client, account):
    before = refused("wrong_key")
    query, body = letters.sealed(letters.scan(), OTHER_APPID)

    assert_refused(letters.send(client, account.url_key, query, body), 403, "wrong_key", before)


def test_a_plain_body_is_refused_where_encryption_was_promised(client, account):
    before = refused("not_sealed")

    response = letters.send(client, account.url_key, letters.stamped(), letters.scan())

    assert_refused(response, 403, "not_sealed", before)


def test_a_recorded_callback_cannot_be_played_back_later(client, account):
    before = refused("stale")
    query, body = letters.sealed(letters.scan(), account.appid)
    clock.move(clock.timedelta(minutes=11))

    assert_refused(letters.send(client, account.url_key, query, body), 403, "stale", before)


@pytest.mark.parametrize("stamp", ["", "soon", "-1", "9" * 5000, "²", "1e9"])
def test_a_timestamp_that_is_no_time_is_refused(client, account, stamp):
    before = refused("stale")
    query, body = letters.sealed(letters.scan(), account.appid)

    response = letters.send(client, account.url_key, query | {"timestamp": stamp}, body)

    assert_refused(response, 403, "stale", before)


@pytest.mark.parametrize("cipher", ["", "AAAA", "not base64 !", "A" * 64, "=" * 44, "键"])
def test_a_signed_seal_that_does_not_open_is_refused(client, account, cipher):
    query, body = letters.envelope(cipher)

    response = letters.send(client, account.url_key, query, body)

    assert response.status_code == 403
    assert inbox_rows() == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"\xff\xfe",
        b"<xml>",
        b"<root><Encrypt>x</Encrypt></root>",
        b"<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>",
        b"<xml><Encrypt><a>1</a></Encrypt></xml>",
        b"<xml><Encrypt>\x00</Encrypt></xml>",
        b"<!DOCTYPE xml SYSTEM 'file:///etc/passwd'><xml><Encrypt>a</Encrypt></xml>",
        b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><xml><Encrypt>&a;</Encrypt></xml>",
        b"<xml>" + b"<a>" * 20_000,
        b"<xml>" + b"<a/>" * 15_000 + b"</xml>",
        b"{",
        b'{"a":' * 13_000,
        b'{"a": [' + b"1," * 30_000 + b"1]}",
        b'{"Encrypt": ["a", "b"]}',
        b'{"Encrypt": "a", "Encrypt": "b"}',
    ],
)
def test_a_broken_envelope_is_a_bad_request(client, account, body):
    before = refused("broken")

    response = letters.send(client, account.url_key, letters.stamped(), body)

    assert_refused(response, 400, "broken", before)


HEAD = "<ToUserName>gh</ToUserName><FromUserName>o</FromUserName><CreateTime>1</CreateTime>"


@pytest.mark.parametrize(
    "message",
    [
        "",
        "not xml",
        "<xml></xml>",
        f"<xml>{HEAD}</xml>",
        f"<xml>{HEAD}<MsgType>event</MsgType></xml>",
        f"<xml>{HEAD}<FromUserName>victim</FromUserName><MsgType>text</MsgType></xml>",
        f"<xml>{HEAD}<MsgType><a>text</a></MsgType></xml>",
        f"<xml>{HEAD}<MsgType>text</MsgType><Content>a</Content><Content>b</Content></xml>",
        f"<xml>{HEAD}<MsgType kind='odd'>text</MsgType></xml>",
        f"<xml>{HEAD}<MsgType>event</MsgType><Event>SCAN</Event><EventKey><a/>k</EventKey></xml>",
        f"<xml>{HEAD.replace('>1<', '>yesterday<')}<MsgType>text</MsgType></xml>",
        f"<xml>{HEAD.replace('>1<', '>99999999999<')}<MsgType>text</MsgType></xml>",
        f"<xml>{HEAD.replace('>o<', '>' + 'o' * 65 + '<')}<MsgType>text</MsgType></xml>",
        f"<!DOCTYPE xml><xml>{HEAD}<MsgType>text</MsgType></xml>",
        f"<xml>{HEAD}<MsgType>text</MsgType>{'<a>' * 5000}{'</a>' * 5000}</xml>",
        '{"MsgType": "text", "FromUserName": ["x", "victim"]}',
    ],
)
def test_a_sealed_message_of_odd_shape_is_a_bad_request(client, account, message):
    before = refused("broken")

    assert_refused(letters.push(client, account, message), 400, "broken", before)


def test_a_fan_may_write_markup_and_still_be_heard(client, account):
    for text in ("<!DOCTYPE html>", "]]>", "&lt;xml&gt;", "{"):
        assert letters.push(client, account, letters.text_message(text)).text == "success"

    assert len(inbox_rows()) == 4


def test_what_cannot_be_stored_is_never_acknowledged(client, account, shared_database):
    letters.push(client, account, letters.scan())  # the account is known by now
    nowhere = create_engine("postgresql+psycopg://huike_app@127.0.0.1:9/gone")
    binds = db.app_bind()
    before = refused("not_stored")
    db.configure(nowhere, nowhere)
    try:
        response = letters.push(client, account, letters.scan(scene="S2"))
    finally:
        db.configure(binds, binds)
        nowhere.dispose()

    assert (response.status_code, response.json["detail"]) == (503, "not_stored")
    assert refused("not_stored") == before + 1
    assert len(inbox_rows()) == 1


def test_a_refusal_says_nothing_of_the_content(client, account, capsys, caplog):
    caplog.set_level(logging.DEBUG)
    query, body = letters.sealed(letters.text_message("我的电话是 13800001234"), OTHER_APPID)

    response = letters.send(client, account.url_key, query, body)

    said = capsys.readouterr().out + caplog.text + response.text
    assert "callback.refused" in said
    for private in ("13800001234", "o-lin", account.url_key, letters.CALLBACK_TOKEN, body[40:80]):
        assert private not in said


XML_TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\r", exclude_categories=("Cc", "Cs"))
)


@given(st.dictionaries(st.from_regex(r"[A-Z][A-Za-z]{0,8}", fullmatch=True), XML_TEXT, max_size=6))
def test_what_is_read_without_a_parser_is_what_the_parser_reads(extra):
    fields = {**extra, "ToUserName": "gh", "FromUserName": "o", "MsgType": "text", "CreateTime": 1}
    fields.pop("EventKey", None)
    inside = "".join(
        f"<{name}><![CDATA[{str(text).replace(']]>', '')}]]></{name}>"
        for name, text in fields.items()
    )

    quick, parsed = messages.read(f"<xml>{inside}</xml>"), messages.read(f"<xml >{inside}</xml>")

    assert (quick.texts, quick.key) == (parsed.texts, parsed.key)
