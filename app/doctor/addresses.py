"""The ways in and out: our public address, and WeChat's."""

from __future__ import annotations

import socket
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urlsplit

from app.doctor import machine, web
from app.doctor.patient import Patient
from app.doctor.steps import Fault

WECHATS_PORTS = (None, 80, 443)  # WeChat calls no other


def named(patient: Patient) -> str:
    """PUBLIC_URL is an address that WeChat can call."""
    at = urlsplit(patient.settings.public_url)
    if patient.settings.env == "production":
        _check_for_wechat(at)
    try:
        found = socket.getaddrinfo(at.hostname, None)
    except OSError:
        raise Fault(
            f"PUBLIC_URL 的主机名 {at.hostname} 查不到", "在 DNS 里加这个名字，或改 PUBLIC_URL"
        ) from None
    return f"{at.hostname} 有 {len({info[4][0] for info in found})} 个地址"


def _check_for_wechat(at: SplitResult) -> None:
    if at.scheme != "https" or at.port not in WECHATS_PORTS:
        raise Fault(
            "PUBLIC_URL 不是标准端口上的 https",
            "微信只推到 80 和 443 端口，小程序只认 https：在反向代理上装证书，改 PUBLIC_URL",
        )


def served(patient: Patient) -> str:
    """Huike answers at its public address."""
    try:
        answer = web.ask("GET", f"{patient.settings.public_url}/healthz")
    except web.Unreachable as error:
        raise Fault(
            f"PUBLIC_URL 连不上：{error.reason}",
            "看 web 进程和反向代理是否在运行，防火墙是否放行，证书是否有效",
        ) from None
    if answer.status != 200 or answer.json().get("ok") is not True:
        raise Fault(
            f"PUBLIC_URL 上答话的不是回客（HTTP {answer.status}）",
            "反向代理要把这个主机名交给 web 进程，见 docs/operations.md 第 4 节",
        )
    return "回客在答话"


def wechat(patient: Patient) -> str:
    """WeChat can be reached, and its clock agrees with ours."""
    try:
        answer = web.ask("GET", f"{patient.settings.wechat_api_base_url}/")
    except web.Unreachable as error:
        host = urlsplit(patient.settings.wechat_api_base_url).hostname
        raise Fault(
            f"连不上微信（{host}）：{error.reason}",
            "看这台机器能不能出网，WECHAT_API_BASE_URL 是否对；推送和欢迎语都在等",
        ) from None
    theirs = _date(answer)
    return machine.agrees(theirs, "微信") if theirs else "答话了，没有报时"


def _date(answer: web.Answer) -> datetime | None:
    try:
        found = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return None
    return found if found.tzinfo else None
