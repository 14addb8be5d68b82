"""Every event of WeChat has our name and our facts, whichever way it is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from wechatpy import parse_message
from wechatpy.events import BaseEvent
from wechatpy.messages import UnknownMessage

from app.journeys.reactions import REACTIONS
from app.wechat import events, messages
from app.wechat.events.kinds import KINDS, OTHER
from tests.wechat import letters
from tests.wechat.payloads import AT, FAN, PAYLOADS, Payload

ROOT = Path(__file__).parents[2]
PRIVATE = ("113.352425", "23.137466", "VCARD", "广州", "WC_demo", "oFRIEND", "kept nowhere")
every_payload = pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.id)


def expected(payload: Payload) -> tuple[str, dict]:
    facts = {"sent_at": AT} | payload.facts
    return payload.name, facts | ({"openid": payload.openid} if payload.openid else {})


@every_payload
def test_xml_becomes_our_event(payload):
    assert events.read(payload.xml()) == expected(payload)


@every_payload
def test_json_with_all_its_oddities_becomes_the_same_event(payload):
    assert events.read(messages.as_xml(payload.json())) == expected(payload)


@every_payload
def test_wechatpy_reads_the_same_where_it_knows_the_event(payload):
    oracle = parse_message(payload.xml())
    name, facts = events.read(payload.xml())

    assert oracle.time == facts["sent_at"]
    if facts.get("openid") and payload.sender == FAN:
        assert oracle.source == facts["openid"]
    for ours, theirs in payload.oracle.items():
        assert getattr(oracle, theirs) == facts[ours]
    assert payload.oracle == {} or isinstance(oracle, BaseEvent), name


def test_the_oracle_knows_most_of_them_and_not_all():
    unknown = {p.event for p in PAYLOADS if type(parse_message(p.xml())) is UnknownMessage}

    assert "user_authorization_revoke" in unknown, "why we read them ourselves"
    assert len(PAYLOADS) - len(unknown) > 25


@every_payload
def test_nothing_private_is_among_the_facts(payload):
    _, facts = events.read(payload.xml())

    assert [word for word in PRIVATE if word in str(facts)] == []


@pytest.mark.parametrize(
    "kind", ["text", "image", "voice", "video", "shortvideo", "location", "link", "miniprogrampage"]
)
def test_a_message_is_known_by_its_kind_and_not_by_its_words(kind):
    head = {"ToUserName": "gh_demo", "FromUserName": FAN, "CreateTime": AT, "MsgType": kind}
    xml = letters.xml({**head, "Content": "我想退货", "Label": "广州市", "MsgId": 1})

    assert events.read(xml) == (
        "wechat.message_received",
        {"sent_at": AT, "openid": FAN, "kind": kind, "is_menu_answer": False},
    )


def test_an_answer_to_a_menu_in_a_message_says_so():
    head = {"ToUserName": "gh_demo", "FromUserName": FAN, "CreateTime": AT, "MsgType": "text"}

    _, facts = events.read(letters.xml({**head, "Content": "满意", "bizmsgmenuid": "101"}))

    assert facts["is_menu_answer"]


def test_every_event_we_know_has_a_payload_here():
    told = {f"event.{payload.event.lower()}" for payload in PAYLOADS}
    known = {key.split(".")[1] for key in KINDS if key.startswith("event.")}
    silent = {"weapp_audit_delay", "annual_renew"}
    silent |= {event for event in known if event.startswith(("qualification", "naming"))}

    assert {event for event in known - silent if f"event.{event}" not in told} == set()


def test_every_name_is_explained_in_the_flows():
    flows = (ROOT / "docs/flows.md").read_text()
    names = {kind.name for kind in KINDS.values()} | {OTHER.name}

    assert {name for name in names if f"`{name}`" not in flows} == set()


def test_every_event_about_a_fan_reaches_her_timeline():
    assert {name for name in events.names_with_sender() if name not in REACTIONS} == set()


def test_a_list_of_templates_that_is_not_there_is_an_error_and_not_an_empty_answer():
    xml = letters.event("subscribe_msg_popup_event", SubscribeMsgPopupEvent=None)

    with pytest.raises(ValueError, match="no template"):
        events.read(xml)
