"""Reading a call: who asks, and what."""

import json
from typing import Any

from flask import request

from sandbox import accounts, limits, people, quotas
from sandbox.accounts import MINI_PROGRAM, SERVICE, Account
from sandbox.api.blueprint import note_call
from sandbox.api.errors import WeChatRefusal
from sandbox.box import the_box
from sandbox.people import Fan

UNCOUNTED = ("/cgi-bin/clear_quota", "/cgi-bin/openapi/")  # they must work when all is used up
ISSUED = """
SELECT appid, expires_ms FROM tokens
WHERE token = ? AND (replaced_ms IS NULL OR replaced_ms > ?)"""


def body() -> dict[str, Any]:
    """The JSON object of a POST, in real UTF-8 as WeChat demands."""
    return parsed(request.get_data())


def parsed(raw: bytes) -> dict[str, Any]:
    """The same of a body that is at hand."""
    if not raw:
        raise WeChatRefusal(44002)
    if b"\\u" in raw:
        raise WeChatRefusal(40033)
    try:
        found = json.loads(raw)
    except ValueError as error:
        raise WeChatRefusal(47001) from error
    if not isinstance(found, dict):
        raise WeChatRefusal(47001)
    return found


def known_account(appid: str | None, secret: str | None) -> Account:
    """The account of an appid and its secret."""
    if not appid:
        raise WeChatRefusal(41002)
    if not secret:
        raise WeChatRefusal(41004)
    account = accounts.find(the_box().store, appid)
    if account is None:
        raise WeChatRefusal(40013)
    note_call(appid=appid)
    if account.secret != secret:
        raise WeChatRefusal(40125)
    return account


def admit(account: Account) -> None:
    """Tokens go only to addresses of the account's whitelist, an empty one has all; then count."""
    address = request.remote_addr or ""
    if account.ip_whitelist and address not in account.ip_whitelist:
        raise WeChatRefusal(40164, f"invalid ip {address} ipv6 ::ffff:{address}, not in whitelist")
    box = the_box()
    quotas.count(box.store, account.appid, request.path, box.clock.now_ms())


def caller() -> Account:
    """The account whose access token came with the call."""
    token = request.args.get("access_token", "")
    if not token:
        raise WeChatRefusal(41001)
    box = the_box()
    found = box.store.row(ISSUED, token, box.clock.now_ms())
    account = accounts.find(box.store, found["appid"]) if found else None
    if found is None or account is None:
        raise WeChatRefusal(40001)
    note_call(appid=account.appid)
    if found["expires_ms"] <= box.clock.now_ms():
        raise WeChatRefusal(42001)
    if not request.path.startswith(UNCOUNTED):
        quotas.count(box.store, account.appid, request.path, box.clock.now_ms())
    return account


def service_caller() -> Account:
    """A call that only a service account may make."""
    return _of_kind(caller(), SERVICE)


def mini_program_caller() -> Account:
    """A call that only a mini-program may make."""
    return _of_kind(caller(), MINI_PROGRAM)


def _of_kind(account: Account, kind: str) -> Account:
    if account.kind != kind:
        raise WeChatRefusal(48001)
    return account


def fan_of(account: Account, openid: Any, foreign: int = 40003) -> Fan:
    """The account's own fan; `foreign` is the code for another account's openid."""
    if not openid:
        raise WeChatRefusal(41009)
    store = the_box().store
    fan = people.fan(store, account.appid, str(openid))
    if fan is None:
        known = store.row("SELECT 1 FROM fans WHERE openid = ?", str(openid))
        raise WeChatRefusal(foreign if known else 40003)
    note_call(person_id=fan.person_id)
    return fan


def openid_list(given: Any, limit_name: str) -> list[str]:
    """A list of openids within its limit, each once; 40032 when it is empty or too long."""
    if not isinstance(given, list):
        raise WeChatRefusal(40003)
    if not 1 <= len(given) <= limits.limit(the_box().store, limit_name):
        raise WeChatRefusal(40032)
    return list(dict.fromkeys(str(openid or "") for openid in given))


def followers_of(account: Account, openids: list[str]) -> list[str]:
    """The same openids, refused as a whole when one is not a follower of this account."""
    for openid in openids:
        if not fan_of(account, openid, foreign=49003).follows:
            raise WeChatRefusal(40003)
    return openids
