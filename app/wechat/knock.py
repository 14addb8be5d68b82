"""The doctor's knock: a callback that we send ourselves, signed and sealed as WeChat does it.

It takes the whole way of a message (address, signature, seal, inbox, worker) and is dropped where
messages become events: it makes no fan, no event and no reaction.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from urllib.parse import urlencode

import xmltodict

from app.core import clock
from app.wechat.envelope import Seal, sign

NAME = "huike_doctor"
KIND = f"event.{NAME}"


@dataclass(frozen=True)
class Knocker:
    """What is needed to speak as WeChat to one account of ours."""

    appid: str
    original_id: str
    is_sealed: bool
    token: str = field(repr=False)
    aes_key: str = field(repr=False)


def echo_query(by: Knocker, echostr: str) -> str:
    """The query of the GET with which WeChat's console proves an address."""
    return urlencode(_stamp(by) | {"echostr": echostr})


def knock(by: Knocker, mark: str) -> tuple[str, bytes]:
    """Query and body of a callback that carries this mark. Raises ValueError: not a key."""
    message = _xml(
        {
            "ToUserName": by.original_id,
            "FromUserName": NAME,
            "CreateTime": int(clock.now().timestamp()),
            "MsgType": "event",
            "Event": NAME,
            "EventKey": mark,
        }
    )
    query = _stamp(by)
    if not by.is_sealed:
        return urlencode(query), message.encode()
    sealed = Seal.of(by.aes_key, by.appid).close(message)
    signature = sign(by.token, query["timestamp"], query["nonce"], sealed)
    query |= {"encrypt_type": "aes", "msg_signature": signature}
    return urlencode(query), _xml({"ToUserName": by.original_id, "Encrypt": sealed}).encode()


def _stamp(by: Knocker) -> dict[str, str]:
    stamp, nonce = str(int(clock.now().timestamp())), secrets.token_hex(8)
    return {"timestamp": stamp, "nonce": nonce, "signature": sign(by.token, stamp, nonce)}


def _xml(fields: dict[str, object]) -> str:
    return str(xmltodict.unparse({"xml": fields}, full_document=False))
