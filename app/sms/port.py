"""The port: who carries our messages is chosen once, at the start of the process."""

from __future__ import annotations

from typing import Protocol

import structlog

from app.core.errors import Unavailable
from app.core.settings import SmsProvider, SmsSettings
from app.sms.aliyun import Aliyun
from app.sms.line import NoAnswer, Refused
from app.sms.tencent import Tencent

log = structlog.get_logger()


class Off(Unavailable):
    code, title = "sms_off", "短信验证码还没有开通，请在微信里打开会员卡入会"


class NotSent(Unavailable):
    code, title = "sms_not_sent", "短信没有发出去，过一分钟再试"


class Sender(Protocol):
    """A service that carries codes."""

    def send(self, phone: str, code: str) -> None:
        """Send the code to this phone (E.164). Raises Refused, NoAnswer."""


_senders: dict[str, Sender] = {}


def configure(settings: SmsSettings) -> None:
    """Say who carries messages from now on."""
    _senders.clear()
    if settings.provider == SmsProvider.TENCENT:
        _senders["sms"] = Tencent(settings)
    elif settings.provider != SmsProvider.OFF:
        _senders["sms"] = Aliyun(settings)  # the sandbox speaks its language


def send(phone: str, code: str) -> None:
    """Send the code to this phone (E.164). Raises Off, and NotSent when nobody carries it or
    nobody knows; a message that was not confirmed is not sent again."""
    sender = _senders.get("sms")
    if sender is None:
        raise Off()
    try:
        sender.send(phone, code)
    except Refused as refusal:
        log.error("sms.refused", code=refusal.code)
        raise NotSent() from None
    except NoAnswer as silence:
        log.warning("sms.no_answer", reason=silence.reason)
        raise NotSent() from None
    log.info("sms.sent")
