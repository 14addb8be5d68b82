"""Two services that carry messages, as Huike speaks to them: signatures are checked, forms too.

`/sms/aliyun` and `/sms/tencent` stand for the services' own hosts; what was sent is read at
`/sandbox/api/people/<id>/sms`. The account is one for both, known to everybody.
"""

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, request

from sandbox import journal
from sandbox.box import Box, the_box

bp = Blueprint("sms", __name__, url_prefix="/sms")
KEY_ID, SECRET, SIGN, TEMPLATE = "sandbox-key", "sandbox-secret", "回客", "SMS_0001"
APP_ID = "1400000000"
ACS = re.compile(r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=(\w+)")
TC3 = re.compile(
    r"TC3-HMAC-SHA256 Credential=([^/]+)/([\d-]+)/sms/tc3_request, SignedHeaders=([^,]+),"
    r" Signature=(\w+)"
)
ACS_SIGNED = (
    "host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce",
    "x-acs-version",
)  # fmt: skip
MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")
Answer = tuple[dict[str, Any], int]


@bp.post("/aliyun/")
def send_by_aliyun() -> Answer:
    """SendSms of 2017-05-25."""
    if not _is_signed_by_acs3():
        return {"Code": "SignatureDoesNotMatch", "RequestId": "sandbox"}, 400
    asked = request.args
    params = _parsed(asked.get("TemplateParam", ""))
    code = _refused(asked.get("PhoneNumbers", ""), asked.get("SignName"), asked.get("TemplateCode"))
    if code is None and not isinstance(params.get("code"), str):
        code = "isv.TEMPLATE_MISSING_PARAMETERS"
    if code is None:
        _keep(the_box(), "aliyun", asked["PhoneNumbers"], params["code"])
    return {"Code": code or "OK", "Message": code or "OK", "RequestId": "sandbox"}, 200


@bp.post("/tencent/")
def send_by_tencent() -> Answer:
    """SendSms of 2021-01-11; refusals come at HTTP 200, as theirs."""
    if not _is_signed_by_tc3():
        return _failed("AuthFailure.SignatureFailure")
    asked = _parsed(request.get_data(as_text=True))
    numbers, given = asked.get("PhoneNumberSet"), asked.get("TemplateParamSet")
    if not isinstance(numbers, list) or not isinstance(given, list) or len(given) != 1:
        return _failed("InvalidParameterValue.TemplateParameterFormatError")
    if asked.get("SmsSdkAppId") != APP_ID:
        return _failed("UnauthorizedOperation.SmsSdkAppIdVerifyFail")
    code = _refused(str(numbers[0]), asked.get("SignName"), asked.get("TemplateId"))
    if code is None:
        _keep(the_box(), "tencent", str(numbers[0]), str(given[0]))
    status = {"Code": code or "Ok", "Message": code or "send success", "Fee": 1}
    return {"Response": {"SendStatusSet": [status], "RequestId": "sandbox"}}, 200


def _failed(code: str) -> Answer:
    return {"Response": {"Error": {"Code": code, "Message": code}, "RequestId": "sandbox"}}, 200


def _refused(number: str, sign: Any, template: Any) -> str | None:
    if MOBILE.fullmatch(number) is None:
        return "isv.MOBILE_NUMBER_ILLEGAL"
    return None if (sign, template) == (SIGN, TEMPLATE) else "isv.SMS_SIGNATURE_ILLEGAL"


def _keep(box: Box, service: str, number: str, code: str) -> None:
    found = MOBILE.fullmatch(number)
    at_ms = box.clock.now_ms()
    box.store.write(
        "INSERT INTO sms (at_ms, service, phone, code) VALUES (?, ?, ?, ?)",
        at_ms, service, found[1] if found else number, code,
    )  # fmt: skip
    journal.write(box.store, journal.Entry(at_ms, "note", "sms", detail=service))


def received(box: Box, phone: str) -> list[dict[str, Any]]:
    """What this phone received, oldest first."""
    statement = "SELECT at_ms, service, code FROM sms WHERE phone = ? ORDER BY rowid"
    return [dict(row) for row in box.store.rows(statement, phone)]


def _is_signed_by_acs3() -> bool:
    found = ACS.fullmatch(request.headers.get("Authorization", ""))
    if found is None or found[1] != KEY_ID or set(ACS_SIGNED) - set(found[2].split(";")):
        return False
    names = found[2].split(";")
    lines = "".join(f"{name}:{request.headers.get(name, '')}\n" for name in names)
    body = hashlib.sha256(request.get_data()).hexdigest()
    query = request.query_string.decode()
    asked = f"POST\n/\n{query}\n{lines}\n{found[2]}\n{body}"
    to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(asked.encode()).hexdigest()}"
    return hmac.compare_digest(_hmac(SECRET.encode(), to_sign).hex(), found[3])


def _is_signed_by_tc3() -> bool:
    found = TC3.fullmatch(request.headers.get("Authorization", ""))
    at = request.headers.get("X-TC-Timestamp", "")
    if found is None or found[1] != KEY_ID or not at.isdecimal():
        return False
    if datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%d") != found[2]:
        return False
    names = found[3].split(";")
    lines = "".join(f"{name}:{request.headers.get(name, '')}\n" for name in names)
    body = hashlib.sha256(request.get_data()).hexdigest()
    asked = hashlib.sha256(f"POST\n/\n\n{lines}\n{found[3]}\n{body}".encode()).hexdigest()
    key = f"TC3{SECRET}".encode()
    for part in (found[2], "sms", "tc3_request"):
        key = _hmac(key, part)
    to_sign = f"TC3-HMAC-SHA256\n{at}\n{found[2]}/sms/tc3_request\n{asked}"
    return hmac.compare_digest(_hmac(key, to_sign).hex(), found[4])


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
