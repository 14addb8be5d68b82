"""Alibaba Cloud's SendSms, signed by ACS3-HMAC-SHA256 (their "request syntax and signature V3")."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from app.core import clock
from app.core.settings import SmsSettings
from app.sms.line import Refused, post

ALGORITHM, VERSION = "ACS3-HMAC-SHA256", "2017-05-25"
HOST = "https://dysmsapi.aliyuncs.com"
EMPTY = hashlib.sha256(b"").hexdigest()


def query_of(values: Mapping[str, str]) -> str:
    """In order of the names, all but letters, digits and `-_.~` escaped, as they are signed."""
    pairs = sorted(values.items())
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)


def signature(secret: str, query: str, headers: Mapping[str, str]) -> tuple[str, str]:
    """The signed headers' names and the signature of a POST to `/` with an empty body."""
    named = sorted((name.lower(), value.strip()) for name, value in headers.items())
    names = ";".join(name for name, _ in named)
    lines = "".join(f"{name}:{value}\n" for name, value in named)
    request = f"POST\n/\n{query}\n{lines}\n{names}\n{headers['x-acs-content-sha256']}"
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    return names, hmac.digest(secret.encode(), to_sign.encode(), "sha256").hex()


@dataclass(frozen=True)
class Aliyun:
    """The template must have one place, named `code`."""

    settings: SmsSettings

    def send(self, phone: str, code: str) -> None:
        """Raises Refused, NoAnswer."""
        base, given = self.settings.base_url or HOST, self.settings
        query = query_of(
            {
                "PhoneNumbers": phone.removeprefix("+86").removeprefix("+"),
                "SignName": given.sign,
                "TemplateCode": given.template,
                "TemplateParam": json.dumps({"code": code}),
            }
        )
        headers = {
            "host": urlsplit(base).netloc,
            "x-acs-action": "SendSms",
            "x-acs-content-sha256": EMPTY,
            "x-acs-date": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-version": VERSION,
        }
        names, signed = signature(given.key_secret, query, headers)
        credential = f"Credential={given.key_id},SignedHeaders={names},Signature={signed}"
        sent = {name: value for name, value in headers.items() if name != "host"}
        answer = post(f"{base}/?{query}", {**sent, "Authorization": f"{ALGORITHM} {credential}"})
        if answer.get("Code") != "OK":
            raise Refused(answer.get("Code"))
