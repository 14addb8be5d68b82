"""A store's till: it signs as Standard Webhooks asks, and scans what shoppers' cards show.

Its key lives in the process alone, as in a till's own memory: put it in again after a start.
"""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Any

import urllib3

from sandbox import accounts, acts
from sandbox.box import Box
from sandbox.people import Person

http = urllib3.PoolManager(maxsize=4, retries=False, timeout=urllib3.Timeout(total=15))
PREFIX = "whsec_"
SECRET_BYTES = 32


class NotAKey(Exception):
    """What was typed is no secret of a till."""


class NoAnswer(Exception):
    """Huike did not answer: the network is down, or the application is."""


@dataclass(frozen=True)
class Key:
    """The key's id and the bytes of its secret."""

    public_id: str
    secret: bytes


@dataclass(frozen=True)
class Answer:
    """What Huike said."""

    status: int
    body: Any


_keys: dict[int, Key] = {}  # by box


def hold(box: Box, public_id: str, secret: str) -> None:
    """Work with this key from now on. Raises NotAKey."""
    try:
        raw = base64.b64decode(secret.strip().removeprefix(PREFIX), validate=True)
    except ValueError:
        raise NotAKey from None
    if len(raw) != SECRET_BYTES or not public_id.strip().startswith("hk_"):
        raise NotAKey
    _keys[id(box)] = Key(public_id.strip(), raw)


def has_key(box: Box) -> bool:
    """Whether it can sign."""
    return id(box) in _keys


def call(box: Box, method: str, path: str, body: Any = None, key: str | None = None) -> Answer:
    """Ask Huike as this till. `key` is the till's own for a write. Raises NoAnswer, KeyError."""
    raw = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json"} | _signed(_keys[id(box)], raw, box)
    if key:
        headers["Idempotency-Key"] = key
    url = f"{box.settings.app_url}/open/v1{path}"
    try:
        answer = http.request(method, url, body=raw or None, headers=headers)
        return Answer(answer.status, answer.json())
    except (urllib3.exceptions.HTTPError, ValueError):
        raise NoAnswer from None


def _signed(key: Key, raw: bytes, box: Box) -> dict[str, str]:
    message, timestamp = f"msg_{secrets.token_hex(12)}", str(box.clock.now_ms() // 1000)
    said = f"{message}.{timestamp}.".encode() + raw
    digest = hmac.new(key.secret, said, hashlib.sha256).digest()
    return {
        "Huike-Key": key.public_id,
        "webhook-id": message,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def code_on_card(box: Box, person: Person) -> str | None:
    """She opens her member card; what its QR code says, None while she is no member.

    Raises NoAnswer."""
    minis = [one for one in accounts.every(box.store) if one.kind == accounts.MINI_PROGRAM]
    if not minis:
        return None
    appid = minis[0].appid
    login = {"appid": appid, "code": acts.grant(box, appid, person, "login")}
    try:
        session = http.request("POST", f"{box.settings.app_url}/api/v1/session", json=login).json()
        bearer = {"Authorization": f"Bearer {session['token']}"}
        card = http.request("GET", f"{box.settings.app_url}/api/v1/card", headers=bearer).json()
    except (urllib3.exceptions.HTTPError, ValueError, KeyError):
        raise NoAnswer from None
    return str(card["code"]["text"]) if card.get("code") else None
