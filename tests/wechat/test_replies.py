"""Passive replies: said at once, sealed where the account promised it, the same on a resend."""

from __future__ import annotations

import pytest
import xmltodict
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto

from app.core import db, inbox
from app.wechat import callbacks, replies
from app.wechat.models import ReplyKind, Trigger
from tests.factories import AES_KEY, CALLBACK_TOKEN
from tests.wechat import letters
from tests.wechat.conftest import inbox_rows

WELCOME = {"text": "欢迎来到禾木集"}


@pytest.fixture
def rule(account):
    """Add a rule; the door forgets what it remembered."""

    def add(trigger: Trigger, kind: ReplyKind, content: dict, **how) -> object:
        with db.transaction(account.brand_id):
            added = replies.add(account.id, trigger, kind, content, **how)
        callbacks.forget_doors()
        return added

    yield add
    callbacks.forget_doors()


def opened(response, account) -> dict:
    """The reply as a fan's WeChat reads it; wechatpy is the oracle of the seal."""
    fields = xmltodict.parse(response.text)["xml"]
    crypto = WeChatCrypto(CALLBACK_TOKEN, AES_KEY, account.appid)
    plain = crypto.decrypt_message(
        response.text, fields["MsgSignature"], fields["TimeStamp"], fields["Nonce"]
    )
    return xmltodict.parse(plain)["xml"]


def test_a_follower_is_welcomed_in_the_same_answer(client, account, rule):
    rule(Trigger.FOLLOWED, ReplyKind.TEXT, WELCOME)

    reply = opened(letters.push(client, account, letters.event("subscribe")), account)

    assert (reply["MsgType"], reply["Content"]) == ("text", "欢迎来到禾木集")
    assert (reply["ToUserName"], reply["FromUserName"]) == ("o-lin", "gh_demo")


def test_a_resend_gets_the_first_reply_again_whatever_the_rules_say_now(client, account, rule):
    first = rule(Trigger.FOLLOWED, ReplyKind.TEXT, WELCOME)
    before = opened(letters.push(client, account, letters.event("subscribe")), account)
    with db.transaction(account.brand_id):
        replies.remove([db.session.merge(first)])
    rule(Trigger.FOLLOWED, ReplyKind.TEXT, {"text": "另一句"})

    again = letters.push(client, account, letters.event("subscribe"), nonce="second")

    assert opened(again, account) == before
    assert len(inbox_rows()) == 1


def test_who_was_answered_with_success_hears_success_again(client, account, rule):
    assert letters.push(client, account, letters.event("subscribe")).text == "success"
    rule(Trigger.FOLLOWED, ReplyKind.TEXT, WELCOME)

    again = letters.push(client, account, letters.event("subscribe"), nonce="second")

    assert again.text == "success"


def test_the_reply_is_kept_sealed_in_the_messages_row(client, account, rule):
    rule(Trigger.FOLLOWED, ReplyKind.TEXT, WELCOME)

    letters.push(client, account, letters.event("subscribe"))

    (row,) = inbox_rows()
    assert "欢迎" not in row.reply_encrypted
    assert WELCOME["text"] in inbox.reply_of(row)


def test_a_text_is_answered_by_the_first_rule_whose_words_it_holds(client, account, rule):
    rule(Trigger.TEXT, ReplyKind.TEXT, {"text": "在人民路 1 号"}, words="地址", position=1)
    rule(Trigger.TEXT, ReplyKind.SERVICE, {"account": "kf1@hemuji"}, position=9)

    known = opened(letters.push(client, account, letters.text_message("门店地址在哪")), account)
    other = opened(letters.push(client, account, letters.text_message("想退货")), account)

    assert known["Content"] == "在人民路 1 号"
    assert other["MsgType"] == "transfer_customer_service"
    assert other["TransInfo"]["KfAccount"] == "kf1@hemuji"


@pytest.mark.parametrize(
    ("kind", "content", "written"),
    [
        (ReplyKind.IMAGE, {"media_id": "m-1"}, {"Image": {"MediaId": "m-1"}}),
        (
            ReplyKind.NEWS,
            {"title": "十月新品", "url": "https://brand.example/new"},
            {"ArticleCount": "1", "Articles": {"item": {
                "Title": "十月新品", "Description": None, "PicUrl": None,
                "Url": "https://brand.example/new"}}},
        ),
    ],
)  # fmt: skip
def test_a_menu_key_is_answered_with_pictures_and_articles(
    client, account, rule, kind, content, written
):
    rule(Trigger.MENU, kind, content, words="NEW")

    reply = opened(letters.push(client, account, letters.event("CLICK", EventKey="NEW")), account)

    assert {name: reply[name] for name in written} == written


def test_a_menu_key_is_meant_whole(client, account, rule):
    rule(Trigger.MENU, ReplyKind.TEXT, WELCOME, words="NEW")

    for key in ("NEWS", "new", ""):
        answer = letters.push(client, account, letters.event("CLICK", EventKey=key))
        assert answer.text == "success"


def test_events_that_take_no_reply_get_none(client, account, rule):
    for trigger in Trigger:
        rule(trigger, ReplyKind.TEXT, WELCOME)

    for name in ("unsubscribe", "MASSSENDJOBFINISH", "VIEW", "LOCATION"):
        assert letters.push(client, account, letters.event(name)).text == "success"


@pytest.mark.parametrize("text", ["a ]]></Content><MsgType>x", "]]>", "a\x08b", "<&>\"'", "👋"])
def test_no_text_can_break_out_of_its_element(client, account, rule, text):
    rule(Trigger.FOLLOWED, ReplyKind.TEXT, {"text": text})

    reply = opened(letters.push(client, account, letters.event("subscribe")), account)

    assert reply["MsgType"] == "text"
    assert reply["Content"] == text.replace("\x08", "")


def test_in_plain_mode_the_reply_is_plain(client, brand, rule, plain_account):
    with db.transaction(brand.id):
        replies.add(plain_account.id, Trigger.TEXT, ReplyKind.TEXT, WELCOME)
    callbacks.forget_doors()

    answer = letters.send(
        client, plain_account.url_key, letters.stamped(), letters.text_message("你好")
    )

    assert parse_message(answer.text).content == "欢迎来到禾木集"


def test_a_reply_rule_needs_what_its_kind_says(account, rule):
    with pytest.raises(KeyError):
        rule(Trigger.FOLLOWED, ReplyKind.IMAGE, {"text": "no picture"})


def test_a_reply_is_recorded_once_in_a_row_of_its_own_account(client, brand, rule):
    rule(Trigger.TEXT, ReplyKind.TEXT, WELCOME)

    letters.push(client, brand.service, letters.text_message("在吗"))
    letters.push(client, brand.mini, letters.text_message("在吗"))

    answered = [row.account_id for row in inbox_rows() if row.reply_encrypted]
    assert answered == [brand.service.id]
