"""A callback's body in three modes and two formats, and the way back of a passive reply."""

from dataclasses import dataclass
from typing import Any

from sandbox import crypto, markup
from sandbox.accounts import COMPAT, CORP, JSON, PLAIN, SAFE, Account

CONTENT_TYPES = {JSON: "application/json"}


@dataclass(frozen=True)
class Letter:
    """What is posted to the account's address."""

    query: dict[str, str]
    body: bytes
    content_type: str


def write(account: Account, fields: markup.Fields) -> str:
    """The plaintext in the account's format."""
    return markup.render_json(fields) if account.format == JSON else markup.render(fields)


def signed(account: Account, stamp: str, nonce: str) -> dict[str, str]:
    """The query that every callback carries; in safe mode it is still there and still right."""
    signature = crypto.sign(account.token, stamp, nonce)
    return {"signature": signature, "timestamp": stamp, "nonce": nonce}


def echo_query(account: Account, echo: str, stamp: str, nonce: str) -> dict[str, str]:
    """Of the GET on saving an address; WeCom alone seals the echo, and signs it with the rest."""
    if account.kind != CORP:
        return {**signed(account, stamp, nonce), "echostr": echo}
    sealed = crypto.encrypt(echo, account.encoding_aes_key, account.appid)
    return {**_signed_by_corp(account, stamp, nonce, sealed), "echostr": sealed}


def _signed_by_corp(account: Account, stamp: str, nonce: str, sealed: str) -> dict[str, str]:
    """WeCom's query has the one signature over everything, and nothing else."""
    signature = crypto.sign(account.token, stamp, nonce, sealed)
    return {"msg_signature": signature, "timestamp": stamp, "nonce": nonce}


def _corp_letter(account: Account, plaintext: str, stamp: str, nonce: str) -> Letter:
    sealed = crypto.encrypt(plaintext, account.encoding_aes_key, account.appid)
    fields = {"ToUserName": account.appid, "AgentID": "", "Encrypt": sealed}
    query = _signed_by_corp(account, stamp, nonce, sealed)
    return Letter(query, write(account, fields).encode(), "text/xml")


def letter(account: Account, openid: str, plaintext: str, stamp: str, nonce: str) -> Letter:
    """Sign, and seal as the account's mode asks; nonce and ciphertext differ each time."""
    if account.kind == CORP:
        return _corp_letter(account, plaintext, stamp, nonce)
    query = {**signed(account, stamp, nonce), "openid": openid}
    content_type = CONTENT_TYPES.get(account.format, "text/xml")
    if account.mode == PLAIN:
        return Letter(query, plaintext.encode(), content_type)
    sealed = crypto.encrypt(plaintext, account.encoding_aes_key, account.appid)
    query["encrypt_type"] = "aes"
    query["msg_signature"] = crypto.sign(account.token, stamp, nonce, sealed)
    body = _sealed(account, sealed) if account.mode == SAFE else _both(plaintext, sealed)
    return Letter(query, body.encode(), content_type)


def _sealed(account: Account, sealed: str) -> str:
    return write(account, {"ToUserName": account.original_id, "Encrypt": sealed})


def _both(plaintext: str, sealed: str) -> str:
    if plaintext.startswith("{"):
        return f'{plaintext[:-1]}, "Encrypt": "{sealed}"}}'
    return plaintext.removesuffix("</xml>") + f"<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"


def open_reply(account: Account, body: str) -> dict[str, Any] | None:
    """The fields of a passive reply, or None when WeChat would not accept it."""
    fields = markup.parse(body)
    if fields is None or account.mode == PLAIN:
        return fields
    if account.mode == COMPAT and "Encrypt" not in fields:
        return fields
    try:
        sealed = str(fields["Encrypt"])
        parts = (account.token, str(fields["TimeStamp"]), str(fields["Nonce"]), sealed)
        if not crypto.is_signed(str(fields["MsgSignature"]), *parts):
            return None
        opened = crypto.decrypt(sealed, account.encoding_aes_key, account.appid)
    except (KeyError, crypto.BadEnvelope):
        return None
    return markup.parse(opened)
