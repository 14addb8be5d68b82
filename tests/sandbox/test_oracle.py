"""Everything the sandbox emits, read back by wechatpy: three modes in XML; JSON by its shape."""

import json

import pytest
import xmltodict
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.events import EVENT_TYPES
from wechatpy.messages import UnknownMessage
from wechatpy.replies import TextReply

from sandbox import crypto
from sandbox.accounts import Account
from sandbox.catalogue import EVENTS, MESSAGES
from sandbox.envelope import letter, open_reply
from tests.sandbox.play import AES_KEY, SERVICE, TOKEN

MODES = ("plain", "compat", "safe")
# wechatpy 1.8.18 has no class for these: it must at least read them without harm.
UNKNOWN_TO_THE_ORACLE = {name for name in EVENTS if name.lower() not in EVENT_TYPES}


def act(sandbox, person, **given):
    return sandbox.act(person, "act", **given)


@pytest.fixture
def follower(sandbox, lin):
    sandbox.act(lin, "follow")
    return lin


def received(sandbox, receiver, person, **given):
    receiver.calls.clear()
    assert act(sandbox, person, **given)["delivered"]
    [call] = receiver.calls
    return call


@pytest.mark.parametrize("mode", MODES)
def test_wechatpy_understands_every_event(sandbox, receiver, follower, mode):
    sandbox.open_accounts(receiver.url + "/callback", mode=mode)
    for name in EVENTS:
        call = received(sandbox, receiver, follower, event=name)

        parsed = parse_message(call.opened())

        assert isinstance(parsed, UnknownMessage) == (name in UNKNOWN_TO_THE_ORACLE), name
        fields = call.fields()
        assert (fields["MsgType"], fields["Event"]) == ("event", name)
        sender = EVENTS[name].sender or follower["openids"][SERVICE]
        assert (parsed.source, fields["ToUserName"]) == (sender, "gh_service")


@pytest.mark.parametrize("mode", MODES)
def test_wechatpy_understands_every_message(sandbox, receiver, follower, mode):
    sandbox.open_accounts(receiver.url + "/callback", mode=mode)
    ids = set()
    for kind in MESSAGES:
        parsed = parse_message(received(sandbox, receiver, follower, message=kind).opened())
        assert parsed.type == kind
        ids.add(parsed.id)

    assert len(ids) == len(MESSAGES)
    assert min(ids) > 2**53


def test_the_oracle_reads_the_fields_that_matter(sandbox, receiver, follower):
    def parsed(**given):
        return parse_message(received(sandbox, receiver, follower, **given).opened())

    place = parsed(event="LOCATION")
    scan = parsed(event="scancode_waitmsg")
    picked = parsed(event="location_select")
    photo = parsed(event="pic_weixin")
    card = parsed(event="user_get_card")

    assert (place.latitude, place.longitude) == (31.2243, 121.4452)
    assert (scan.scan_type, scan.key) == ("qrcode", "SHELF")
    assert picked.location == ("31.2243", "121.4452")
    assert (photo.count, len(photo.pictures)) == (1, 1)
    assert card.card_id.startswith("p")


@pytest.mark.parametrize("name", [*EVENTS, "something_new"])
def test_in_json_an_event_is_an_object_with_the_same_names(sandbox, receiver, follower, name):
    sandbox.open_accounts(receiver.url + "/callback", format="json")

    call = received(sandbox, receiver, follower, event=name)

    assert json.loads(call.body).keys() == {"ToUserName", "Encrypt"}
    fields = json.loads(call.opened())
    assert fields["Event"] == name
    assert isinstance(fields["CreateTime"], int)
    known = EVENTS[name].fields if name in EVENTS else {}
    assert known.keys() <= fields.keys()


@pytest.mark.parametrize("format", ["xml", "json"])
def test_compat_carries_the_plaintext_and_the_same_again_sealed(
    sandbox, receiver, follower, format
):
    sandbox.open_accounts(receiver.url + "/callback", mode="compat", format=format)

    call = received(sandbox, receiver, follower, event="CLICK")

    sealed = call.fields()
    outside = json.loads(call.body) if format == "json" else xmltodict.parse(call.body)["xml"]
    outside.pop("Encrypt")
    assert {name: str(value) for name, value in outside.items()} == {
        name: str(value) for name, value in sealed.items()
    }


def test_fields_are_laid_over_the_known_ones_header_included(sandbox, receiver, follower):
    fields = {"EventKey": "X", "CreateTime": 1790000000, "Extra": {"Deep": ["a", "b"]}}

    got = received(sandbox, receiver, follower, event="CLICK", fields=fields).fields()

    assert (got["EventKey"], got["CreateTime"]) == ("X", "1790000000")
    assert got["Extra"] == {"Deep": ["a", "b"]}


def test_a_menu_scan_opens_the_menus_window_and_a_view_none(sandbox, follower):
    sandbox.move_clock(120)
    act(sandbox, follower, event="VIEW")
    assert sandbox.send_custom(follower) == 45015

    act(sandbox, follower, event="scancode_waitmsg")

    assert [sandbox.send_custom(follower) for _ in range(4)] == [0, 0, 0, 45047]


def test_the_catalogue_can_be_read(sandbox):
    listed = sandbox.admin("GET", "/acts")

    assert listed["events"].keys() == EVENTS.keys()
    assert "Content" in listed["messages"]["text"]


@pytest.mark.parametrize("given", [{}, {"event": "a", "message": "b"}, {"event": "a", "fields": 1}])
def test_an_act_is_an_event_or_a_message(sandbox, follower, given):
    path = f"/sandbox/api/people/{follower['person_id']}/act"

    assert sandbox.raw("POST", path, json={"appid": SERVICE, **given}).status == 400


def account(**given):
    known = {"appid": SERVICE, "kind": "service", "secret": "s", "original_id": "gh", "name": "n"}
    known |= {"callback_url": "", "token": TOKEN, "encoding_aes_key": AES_KEY, "mode": "safe"}
    return Account(**{**known, **given})


def test_the_official_vectors_for_a_letter_and_a_reply():
    official = account(token="AAAAA", encoding_aes_key="A" * 43, appid="wxba5fad812f8e6fb9")
    assert crypto.sign("AAAAA", "1714037059", "486452656") == (
        "899cf89e464efb63f54ddac96b0a0a235f53aa78"
    )
    reply = {
        "Encrypt": "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVH"
        "m48Y4hyRbtzve1L32tmxSQ==",
        "MsgSignature": "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1",
        "TimeStamp": 1713424427,
        "Nonce": "415670741",
    }
    assert open_reply(official, json.dumps(reply)) == {"demo_resp": "good luck"}
    forged = {**reply, "MsgSignature": "0" * 40}
    assert open_reply(official, json.dumps(forged)) is None


@pytest.mark.parametrize(
    ("mode", "is_sealed", "is_taken"),
    [("plain", False, True), ("compat", False, True), ("compat", True, True),
     ("safe", True, True), ("safe", False, False)],
)  # fmt: skip
def test_a_mode_takes_the_replies_it_should(mode, is_sealed, is_taken):
    text = TextReply(content="您好", target="o1", source="gh").render()
    body = WeChatCrypto(TOKEN, AES_KEY, SERVICE).encrypt_message(text, "n1", "1790000000")

    opened = open_reply(account(mode=mode), body if is_sealed else text)

    assert (opened is not None) == is_taken
    assert opened is None or opened["Content"] == "您好"


@pytest.mark.parametrize("text", ["a ]]></Content><MsgType>x", "👑 <b>&amp;", '\\u6b22 "q"'])
@pytest.mark.parametrize("format", ["xml", "json"])
def test_what_she_writes_arrives_as_she_wrote_it(sandbox, receiver, follower, text, format):
    sandbox.open_accounts(receiver.url + "/callback", format=format)
    receiver.calls.clear()

    sandbox.act(follower, "message", text=text)

    assert receiver.calls[0].fields()["Content"] == text


def test_a_letter_is_never_sealed_twice_alike():
    letters = [letter(account(), "o1", "<xml></xml>", "1", "n") for _ in range(2)]

    assert letters[0].body != letters[1].body
