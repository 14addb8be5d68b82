"""WeCom's customers: 联系我, a sealed callback with its State, a welcome worth twenty seconds."""

import json
from urllib.parse import urlsplit

import pytest
import xmltodict
from wechatpy.enterprise.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from tests.sandbox.play import AES_KEY, TOKEN, eventually

CORP, SECRET, WEI = "ww-hemuji", "of-the-app", "XiaoWei"
MADE = {"type": 1, "scene": 2, "state": "G1-ABC234", "remark": "静安寺店", "user": [WEI]}


@pytest.fixture
def wei(sandbox, receiver):
    """The corp, whose member Wei is the guide; its callbacks come here."""
    person = sandbox.person("wei")
    known = {"secret": SECRET, "agent_id": "1", "members": {WEI: person["person_id"]}}
    known |= {"callback_url": f"{receiver.url}/corp", "token": TOKEN, "encoding_aes_key": AES_KEY}
    sandbox.admin("PUT", f"/corps/{CORP}", known)
    return person


@pytest.fixture
def call(sandbox, wei):
    def call(name, body=None, **query):
        asked = {"corpid": CORP, "corpsecret": SECRET}
        token = sandbox.get("/cgi-bin/gettoken", **asked)["access_token"]
        path = f"/cgi-bin/externalcontact/{name}"
        if body is None:
            return sandbox.get(path, access_token=token, **query)
        return sandbox.post(path, body, token)

    return call


def adds(sandbox, person, **given):
    body = {"corpid": CORP, "userid": WEI, "wait": True, **given}
    return sandbox.admin("POST", f"/people/{person['person_id']}/add-guide", body)


def opened(call_in) -> dict:
    """A callback, verified and opened by wechatpy's own WeCom crypto."""
    query = call_in.query
    text = WeChatCrypto(TOKEN, AES_KEY, CORP).decrypt_message(
        call_in.body, query["msg_signature"], query["timestamp"], query["nonce"]
    )
    return xmltodict.parse(text)["xml"]


def last_event(receiver) -> dict:
    return opened(receiver.calls[-1])


def welcomes(sandbox, person) -> list[str]:
    found = sandbox.admin("GET", f"/people/{person['person_id']}/welcomes/{CORP}")["welcomes"]
    return [one["text"] for one in found]


def welcome(call, code, text="您好，我是小魏"):
    return call("send_welcome_msg", {"welcome_code": code, "text": {"content": text}})["errcode"]


def test_who_adds_a_guide_by_her_way_is_told_sealed_with_its_state(sandbox, receiver, call, lin):
    made = call("add_contact_way", MADE)

    done = adds(sandbox, lin, config_id=made["config_id"])

    assert done["delivered"]
    (only,) = receiver.calls
    assert set(only.query) == {"msg_signature", "timestamp", "nonce"}, "nothing but WeCom's own"
    assert lin["unionid"] not in only.body
    told = opened(only)
    assert (told["FromUserName"], told["ToUserName"]) == ("sys", CORP)
    assert (told["ChangeType"], told["UserID"]) == ("add_external_contact", WEI)
    assert (told["State"], told["ExternalUserID"][:2]) == (MADE["state"], "wm")


def test_the_way_asked_for_twice_is_two_ways_and_both_can_be_found(call):
    ids = [call("add_contact_way", MADE)["config_id"] for _ in range(2)]

    listed = call("list_contact_way", {"limit": 1000})["contact_way"]

    assert [one["config_id"] for one in listed][-2:] == ids
    first = call("list_contact_way", {"limit": 1})
    assert len(first["contact_way"]) == 1
    assert first["next_cursor"] == "1"
    assert call("get_contact_way", {"config_id": ids[0]})["contact_way"]["state"] == MADE["state"]


def test_a_way_is_changed_and_deleted(sandbox, call, lin):
    made = call("add_contact_way", MADE)
    asked = {"config_id": made["config_id"]}

    assert call("update_contact_way", asked | {"state": "other"})["errcode"] == 0
    assert call("get_contact_way", asked)["contact_way"]["state"] == "other"
    assert sandbox.raw("GET", urlsplit(made["qr_code"]).path).data[:4] == b"\x89PNG"
    assert call("del_contact_way", asked)["errcode"] == 0
    assert call("get_contact_way", asked)["errcode"] == 41052
    assert sandbox.raw("GET", urlsplit(made["qr_code"]).path).status == 404


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"state": "S" * 31}, 40058),
        ({"user": ["Nobody"]}, 60111),
        ({"user": []}, 40058),
        ({"type": 2}, 40058),
    ],
)
def test_a_way_that_wecom_would_not_make(call, changed, errcode):
    assert call("add_contact_way", MADE | changed)["errcode"] == errcode


def test_who_a_customer_is_and_her_unionid_where_the_corp_is_bound(sandbox, receiver, call, lin):
    adds(sandbox, lin, state="S1")
    external = last_event(receiver)["ExternalUserID"]

    found = call("get", external_userid=external)

    assert found["external_contact"]["unionid"] == lin["unionid"]
    assert [one["state"] for one in found["follow_user"]] == ["S1"]
    assert call("get", external_userid="wmNOBODY")["errcode"] == 84061


def test_a_welcome_arrives_once(sandbox, receiver, call, lin):
    adds(sandbox, lin)
    code = last_event(receiver)["WelcomeCode"]

    assert [welcome(call, code), welcome(call, code)] == [0, 41051]
    assert welcomes(sandbox, lin) == ["您好，我是小魏"]


def test_a_welcome_after_twenty_seconds_or_into_a_chat_does_not_arrive(
    sandbox, receiver, call, lin
):
    adds(sandbox, lin)
    late = last_event(receiver)["WelcomeCode"]
    sandbox.move_clock(21)
    adds(sandbox, lin, chatted=True)
    into_a_chat = last_event(receiver)["WelcomeCode"]

    answers = [welcome(call, code) for code in (late, into_a_chat, "WC_made_up")]
    sandbox.move_clock(0)

    assert answers == [41050, 41051, 41050]
    assert welcomes(sandbox, lin) == []


def test_where_the_console_welcomes_the_event_has_no_code(sandbox, receiver, call, lin):
    adds(sandbox, lin, silent=True)

    assert "WelcomeCode" not in last_event(receiver)


def test_another_app_may_be_sending(sandbox, receiver, call, lin):
    sandbox.fault("/cgi-bin/externalcontact/send_welcome_msg", "errcode", errcode=41096)
    adds(sandbox, lin)
    code = last_event(receiver)["WelcomeCode"]

    assert [welcome(call, code), welcome(call, code)] == [41096, 0]


def test_parting_is_told_by_who_went(sandbox, receiver, call, lin):
    path = f"/people/{lin['person_id']}/part"
    asked = {"corpid": CORP, "userid": WEI, "wait": True}
    adds(sandbox, lin)
    sandbox.admin("POST", path, asked)
    assert last_event(receiver)["ChangeType"] == "del_follow_user"

    adds(sandbox, lin)
    sandbox.admin("POST", path, asked | {"by": "guide"})

    assert last_event(receiver)["ChangeType"] == "del_external_contact"
    again = sandbox.raw("POST", "/sandbox/api" + path, body=json.dumps(asked))
    assert again.status == 409


def test_saving_the_address_asks_for_a_sealed_echo(sandbox, receiver, wei):
    """The test's receiver gives back what it got, which for WeCom is not the answer."""
    assert sandbox.admin("POST", f"/corps/{CORP}/verify", {"x": 1}) == {"verified": False}


def test_a_resend_is_the_same_event_in_another_envelope(sandbox, receiver, call, lin):
    adds(sandbox, lin)
    sandbox.admin("POST", f"/people/{lin['person_id']}/resend", {"times": 1})

    first, second = eventually(lambda: len(receiver.calls) == 2 and receiver.calls)
    assert opened(first) == opened(second)
    assert first.body != second.body


def test_its_signature_is_over_the_sealed_body(sandbox, receiver, call, lin):
    adds(sandbox, lin)
    (only,) = receiver.calls
    sealed = xmltodict.parse(only.body)["xml"]["Encrypt"]
    signer = WeChatSigner()
    signer.add_data(TOKEN, only.query["timestamp"], only.query["nonce"], sealed)

    assert signer.signature == only.query["msg_signature"]
