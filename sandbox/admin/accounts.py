"""PUT /accounts/<appid>: what the brand's administrator types into WeChat's console."""

import base64
import binascii
from typing import Any

from sandbox import accounts, people
from sandbox.accounts import (
    COMPAT,
    JSON,
    MINI_PROGRAM,
    PLAIN,
    SAFE,
    SERVICE,
    XML,
    Account,
)
from sandbox.admin.blueprint import CannotDo, body, bp, text
from sandbox.box import the_box


@bp.put("/accounts/<appid>")
def put_account(appid: str) -> dict[str, Any]:
    """Create or change an account; everybody gets an openid with it."""
    given = body()
    account = Account(
        appid,
        _one_of(given, "kind", SERVICE, MINI_PROGRAM),
        text(given, "secret"),
        text(given, "original_id"),
        text(given, "name"),
        str(given.get("callback_url") or ""),
        str(given.get("token") or ""),
        _aes_key(given),
        _one_of({"mode": SAFE, **given}, "mode", SAFE, COMPAT, PLAIN),
        _one_of({"format": XML, **given}, "format", XML, JSON),
        _texts(given, "ip_whitelist"),
        _texts(given, "pages"),
        str(given.get("web_host") or ""),
    )
    store = the_box().store
    accounts.save(store, account)
    people.introduce_everybody(store, appid)
    return {"appid": appid}


def _one_of(given: dict[str, Any], name: str, *choices: str) -> str:
    if given.get(name) not in choices:
        raise CannotDo(f"{name}: one of {', '.join(choices)}")
    return str(given[name])


def _texts(given: dict[str, Any], name: str) -> tuple[str, ...]:
    found = given.get(name) or []
    if not isinstance(found, list):
        raise CannotDo(f"{name}: a list of strings is needed")
    return tuple(str(one) for one in found)


def _aes_key(given: dict[str, Any]) -> str:
    key = str(given.get("encoding_aes_key") or "")
    if not key and not given.get("callback_url"):
        return key
    try:
        is_key = len(key) == 43 and len(base64.b64decode(key + "=")) == 32
    except binascii.Error:
        is_key = False
    if not is_key:
        raise CannotDo("encoding_aes_key: 43 characters that decode to 32 bytes")
    return key


@bp.post("/accounts/<appid>/verify")
def verify_account(appid: str) -> dict[str, Any]:
    """Send the GET that WeChat sends when the address is saved."""
    box = the_box()
    account = accounts.find(box.store, appid)
    if account is None or not account.callback_url:
        raise CannotDo("there is no such account with a callback_url", 404)
    return {"verified": box.courier.verify_url(account)}
