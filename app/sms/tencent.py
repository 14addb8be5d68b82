"""Tencent Cloud's SendSms, signed by TC3-HMAC-SHA256 (their "Signature v3")."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from app.core import clock
from app.core.settings import SmsSettings
from app.sms.line import Refused, post

ALGORITHM, VERSION, SERVICE, REGION = "TC3-HMAC-SHA256", "2021-01-11", "sms", "ap-guangzhou"
HOST = "https://sms.tencentcloudapi.com"
CONTENT_TYPE, SIGNED = "application/json; charset=utf-8", "content-type;host"


def signature(secret: str, service: str, host: str, at: int, body: bytes) -> tuple[str, str]:
    """The credential's scope and the signature of a POST to `/`; `at` in seconds since 1970."""
    day = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
    scope = f"{day}/{service}/tc3_request"
    lines = f"content-type:{CONTENT_TYPE}\nhost:{host}\n"
    request = f"POST\n/\n\n{lines}\n{SIGNED}\n{hashlib.sha256(body).hexdigest()}"
    to_sign = f"{ALGORITHM}\n{at}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"TC3{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return scope, hmac.digest(key, to_sign.encode(), "sha256").hex()


@dataclass(frozen=True)
class Tencent:
    """The template must have one place: the code."""

    settings: SmsSettings

    def send(self, phone: str, code: str) -> None:
        """Raises Refused, NoAnswer."""
        base, given = self.settings.base_url or HOST, self.settings
        body = self._body(phone, code)
        at = int(clock.now().timestamp())
        scope, signed = signature(given.key_secret, SERVICE, urlsplit(base).netloc, at, body)
        credential = f"Credential={given.key_id}/{scope}, SignedHeaders={SIGNED}"
        headers = {
            "Authorization": f"{ALGORITHM} {credential}, Signature={signed}",
            "Content-Type": CONTENT_TYPE,
            "X-TC-Action": "SendSms",
            "X-TC-Version": VERSION,
            "X-TC-Region": REGION,
            "X-TC-Timestamp": str(at),
        }
        refusal = _refusal(post(f"{base}/", headers, body))
        if refusal != "Ok":
            raise Refused(refusal)

    def _body(self, phone: str, code: str) -> bytes:
        asked = {
            "PhoneNumberSet": [phone],
            "SmsSdkAppId": self.settings.app_id,
            "SignName": self.settings.sign,
            "TemplateId": self.settings.template,
            "TemplateParamSet": [code],
        }
        return json.dumps(asked, ensure_ascii=False).encode()


def _refusal(answer: dict[str, Any]) -> object:
    """`Ok`, or why not: of the whole call, or of the one number in it."""
    told = answer.get("Response")
    if not isinstance(told, dict):
        return None
    if isinstance(told.get("Error"), dict):
        return told["Error"].get("Code")
    numbers = told.get("SendStatusSet")
    first = numbers[0] if isinstance(numbers, list) and numbers else None
    return first.get("Code") if isinstance(first, dict) else None
