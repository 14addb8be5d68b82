"""Why a callback is not taken in. Each refusal is counted and logged, without its content."""

from __future__ import annotations

from enum import StrEnum

from prometheus_client import Counter

from app.core.errors import AppError

REFUSED = Counter(
    "huike_callbacks_refused", "Callbacks that were not taken in, by reason", ["reason"]
)


class Reason(StrEnum):
    TOO_BIG = "too_big"
    UNKNOWN_ACCOUNT = "unknown_account"
    STALE = "stale"
    WRONG_SIGNATURE = "wrong_signature"
    WRONG_KEY = "wrong_key"  # sealed with another key or for another appid
    NOT_SEALED = "not_sealed"  # a plain body where the account promised encryption
    BROKEN = "broken"
    NOT_STORED = "not_stored"


STATUS = {
    Reason.TOO_BIG: 413,
    Reason.UNKNOWN_ACCOUNT: 404,
    Reason.STALE: 403,
    Reason.WRONG_SIGNATURE: 403,
    Reason.WRONG_KEY: 403,
    Reason.NOT_SEALED: 403,
    Reason.BROKEN: 400,
    Reason.NOT_STORED: 503,
}


class Refused(AppError):
    """A callback that is not taken in; WeChat sends again unless it got a 200."""

    code, title = "callback_refused", "这条推送没有收下，没有存上任何东西"

    def __init__(self, reason: Reason) -> None:
        # Who has no right to be heard is not told which check told so; the log and the count are.
        super().__init__(detail=None if STATUS[reason] == 403 else reason)
        self.reason = reason
        self.status = STATUS[reason]
