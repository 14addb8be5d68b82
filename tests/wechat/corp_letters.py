"""Callbacks as WeCom writes them; wechatpy's own crypto for WeCom seals them."""

from __future__ import annotations

import itertools

import xmltodict
from wechatpy.enterprise.crypto import PrpCrypto, WeChatCrypto
from werkzeug.test import Client, TestResponse

from app.brands.models import WechatAccount
from tests.factories import AES_KEY, CALLBACK_TOKEN
from tests.wechat import letters

_numbers = itertools.count(1)


def added(external_id: str = "wm-lin", guide: str = "XiaoWei", **extra: object) -> str:
    """A customer added a guide."""
    return contact("add_external_contact", external_id, guide, **extra)


def contact(change: str, external_id: str = "wm-lin", guide: str = "XiaoWei", **extra) -> str:
    at = extra.pop("at", None) or int(letters.now())
    head = {"ToUserName": "wwcorp", "FromUserName": "sys", "CreateTime": at, "MsgType": "event"}
    head |= {"Event": "change_external_contact", "ChangeType": change}
    return letters.xml({**head, "UserID": guide, "ExternalUserID": external_id, **extra})


def sealed(message: str, corp_id: str, *, token: str = CALLBACK_TOKEN, **stamp: str) -> tuple:
    """Query and body: WeCom's one signature covers the sealed text, and nothing else comes."""
    at, nonce = stamp.get("at") or letters.now(), f"nonce{next(_numbers)}"
    crypto = WeChatCrypto(token, AES_KEY, corp_id)
    told = xmltodict.parse(crypto.encrypt_message(message, nonce, at))["xml"]
    query = {"msg_signature": told["MsgSignature"], "timestamp": at, "nonce": nonce}
    body = {"ToUserName": corp_id, "AgentID": "", "Encrypt": told["Encrypt"]}
    return query, letters.xml(body)


def echo(text: str, corp_id: str, *, token: str = CALLBACK_TOKEN) -> dict:
    """The query of the GET with which WeCom proves an address."""
    at, nonce = letters.now(), "n0nce"
    cipher = PrpCrypto(WeChatCrypto(token, AES_KEY, corp_id).key).encrypt(text, corp_id).decode()
    signature = letters.signature(token, at, nonce, cipher)
    return {"msg_signature": signature, "timestamp": at, "nonce": nonce, "echostr": cipher}


def push(client: Client, account: WechatAccount, message: str) -> TestResponse:
    """Deliver a message to the corp's address."""
    return letters.send(client, account.url_key, *sealed(message, account.appid))
