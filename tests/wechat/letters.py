"""Callbacks as WeChat writes them. wechatpy seals them, so that it is the oracle of the door."""

from __future__ import annotations

import time

import xmltodict
from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.utils import WeChatSigner
from werkzeug.test import Client, TestResponse

from app.brands.models import WechatAccount
from tests.factories import AES_KEY, CALLBACK_TOKEN

NONCE = "n0nce42"


def scan(openid: str = "o-lin", *, scene: str = "S0021-G07", at: int = 1790000000) -> str:
    """A follower scanned a code."""
    return event("SCAN", openid, at=at, EventKey=scene, Ticket="gQ_demo")


def event(name: str, openid: str = "o-lin", *, at: int = 1790000000, **extra: object) -> str:
    head = {"ToUserName": "gh_demo", "FromUserName": openid, "CreateTime": at}
    return xml({**head, "MsgType": "event", "Event": name, **extra})


def text_message(content: str, openid: str = "o-lin", *, at: int = 1790000000) -> str:
    head = {"ToUserName": "gh_demo", "FromUserName": openid, "CreateTime": at}
    return xml({**head, "MsgType": "text", "Content": content, "MsgId": 6054768590064713728})


def xml(fields: dict) -> str:
    return xmltodict.unparse({"xml": fields}, full_document=False)


def signature(*parts: str) -> str:
    signer = WeChatSigner()
    signer.add_data(*parts)
    return signer.signature


def now() -> str:
    return str(int(time.time()))


def stamped(**changes: str) -> dict:
    """The query of a plain callback."""
    query = {"timestamp": now(), "nonce": NONCE}
    query["signature"] = signature(CALLBACK_TOKEN, query["timestamp"], NONCE)
    return query | changes


def sealed(message: str, appid: str, *, nonce: str = NONCE, token: str = CALLBACK_TOKEN) -> tuple:
    """Query and body of a safe-mode callback."""
    cipher = PrpCrypto(WeChatCrypto(token, AES_KEY, appid).key).encrypt(message, appid).decode()
    return envelope(cipher, nonce=nonce, token=token)


def envelope(cipher: str, *, nonce: str = NONCE, token: str = CALLBACK_TOKEN) -> tuple:
    query = stamped(nonce=nonce, encrypt_type="aes")
    query["msg_signature"] = signature(token, query["timestamp"], nonce, cipher)
    return query, xml({"ToUserName": "gh_demo", "Encrypt": cipher})


def push(
    client: Client, account: WechatAccount, message: str, *, nonce: str = NONCE
) -> TestResponse:
    """Deliver a message to the account's address."""
    query, body = sealed(message, account.appid, nonce=nonce)
    return send(client, account.url_key, query, body)


def send(client: Client, url_key: str, query: dict, body: str | bytes) -> TestResponse:
    return client.post(f"/wechat/{url_key}/callback", query_string=query, data=body)
