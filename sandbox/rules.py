"""WeChat's arithmetic as pure functions: windows, quotas, what a mass send filters."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
WELCOME_MS = 20_000  # how long WeCom takes a welcome
MASS_PER_MONTH = 4


@dataclass(frozen=True)
class Window:
    """How many customer-service messages an act of the fan allows, and for how long."""

    limit: int
    span_ms: int


WINDOWS: Mapping[str, Window] = {
    "follow": Window(3, MINUTE_MS),
    "scan": Window(3, MINUTE_MS),
    "menu": Window(3, MINUTE_MS),
    "tempsession": Window(2, MINUTE_MS),
    "message": Window(5, 48 * HOUR_MS),
}


@dataclass(frozen=True)
class Opened:
    """A window of one fan: what opened it, when, and how many messages went through."""

    trigger: str
    opened_ms: int
    used: int

    @property
    def ends_ms(self) -> int:
        """The first moment at which it is shut."""
        return self.opened_ms + WINDOWS[self.trigger].span_ms

    @property
    def left(self) -> int:
        """Messages that may still go through."""
        return WINDOWS[self.trigger].limit - self.used


def open_windows(opened: Iterable[Opened], now_ms: int) -> list[Opened]:
    """Those still open, the one that ends first in front: it is used up first."""
    return sorted((one for one in opened if now_ms < one.ends_ms), key=lambda one: one.ends_ms)


@dataclass(frozen=True)
class Filtered:
    """TotalCount and the fans left after filtering, in the order of the list."""

    total: int
    accepted: list[str]


def filter_fans(
    openids: Sequence[str],
    followers: set[str],
    received: Mapping[str, int],
    most: int = MASS_PER_MONTH,
) -> Filtered:
    """Drop those who may not be sent to or already had their four this month; nobody says whom."""
    distinct = list(dict.fromkeys(openids))
    accepted = [
        openid for openid in distinct if openid in followers and received.get(openid, 0) < most
    ]
    return Filtered(len(distinct), accepted)


def content_digest(*parts: Any) -> str:
    """The same content gives the same digest, whatever the order of its keys."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def client_id_refusal(first_ms: int, now_ms: int) -> int | None:
    """What a repeated clientmsgid gets: 45066 within a minute, 45065 within a day, else nothing."""
    age = now_ms - first_ms
    if age >= DAY_MS:
        return None
    return 45066 if age < MINUTE_MS else 45065


@dataclass(frozen=True)
class Token:
    """An access token as the sandbox issued it."""

    token: str
    issued_ms: int
    expires_ms: int


TOKEN_MS = 2 * HOUR_MS
OVERLAP_MS = 5 * MINUTE_MS
FORCE_GAP_MS = 30_000
FORCED_A_DAY = 20


def is_reusable(token: Token | None, now_ms: int) -> bool:
    """A token in its last five minutes is replaced, so every answer lives 300 s or more."""
    return token is not None and token.expires_ms - now_ms > OVERLAP_MS


def may_force(token: Token | None, now_ms: int) -> bool:
    """Two forced refreshes within 30 seconds give the same token."""
    return token is None or now_ms - token.issued_ms >= FORCE_GAP_MS
