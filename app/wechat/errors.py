"""What WeChat's error codes ask a caller to do: the table of reference/wechat.md §4 as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.core import clock


class Action(StrEnum):
    RETRY = "retry"  # later, with the same key
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - done once by the gateway itself
    ASK_NEW_CODE = "ask_new_code"  # the client must log in or consent again
    DROP_FAN = "drop_fan"  # she cannot be reached by this account
    WINDOW = "window"  # her reply window is shut or used up
    QUOTA = "quota"  # nothing more until WeChat's next day or month
    ADOPT = "adopt"  # it was sent before under this key: take that msg_id
    STOP = "stop"  # this text, template or feature will not pass: its campaign stops
    CONFIG = "config"  # the account's set-up is refused: all its calls pause, and an alert
    ADMIN = "admin"  # somebody must tidy up at WeChat first; this call alone is refused
    BUG = "bug"  # our request is malformed: refused, and an alert
    IGNORE = "ignore"  # nothing was lost
    REFUSE = "refuse"  # this call alone; also a code that we have no rule for


class When(StrEnum):
    """When the same call may be tried again."""

    NEVER = "never"
    AT_ONCE = "at_once"
    BACKOFF = "backoff"
    AFTER_A_MINUTE = "after_a_minute"
    NEXT_MINUTE = "next_minute"
    TOMORROW = "tomorrow"  # 00:00 at Shanghai, where WeChat counts days
    NEXT_MONTH = "next_month"
    ONCE_MORE = "once_more"  # after five minutes, and then never
    WHEN_MENDED = "when_mended"  # every minute, until a person has mended it


class Pauses(StrEnum):
    """What else must rest after this code."""

    NOTHING = "nothing"
    API = "api"  # this API of this account
    ACCOUNT = "account"  # every call of this account


@dataclass(frozen=True)
class Rule:
    """What a sender does about a code."""

    action: Action
    when: When = When.NEVER
    pauses: Pauses = Pauses.NOTHING
    is_alert: bool = False
    leaves_doubt: bool = False  # WeChat may have acted all the same


_RETRY = Rule(Action.RETRY, When.BACKOFF, leaves_doubt=True)
_MENDED = Rule(Action.CONFIG, When.WHEN_MENDED, Pauses.ACCOUNT, is_alert=True)
_STOP_API = Rule(Action.STOP, pauses=Pauses.API, is_alert=True)
_ADMIN = Rule(Action.ADMIN, is_alert=True)
_BUG = Rule(Action.BUG, is_alert=True)
_UNKNOWN = Rule(Action.REFUSE)

_CODES: tuple[tuple[Rule, tuple[int, ...]], ...] = (
    (_RETRY, (-1,)),
    (Rule(Action.RETRY, When.NEXT_MINUTE, Pauses.API), (45011,)),
    (Rule(Action.RETRY, When.AFTER_A_MINUTE, leaves_doubt=True), (45066,)),
    (Rule(Action.RETRY, When.AFTER_A_MINUTE), (41096,)),
    (Rule(Action.REFRESH_TOKEN, When.AT_ONCE), (40001, 40014, 42001)),
    (Rule(Action.ASK_NEW_CODE), (40029, 40030, 40163, 41008, 42002, 42003, 42007, 87009)),
    (Rule(Action.DROP_FAN), (40003, 43004, 43019, 43101, 46004, 48002, 50001, 50002, 50005)),
    (Rule(Action.WINDOW), (41051, 45015, 45047)),
    (Rule(Action.QUOTA, When.TOMORROW, Pauses.API), (45009,)),
    (Rule(Action.QUOTA, When.NEXT_MONTH, Pauses.API), (45028, 43100, 48006)),
    (Rule(Action.ADOPT), (45065,)),
    (Rule(Action.STOP, When.ONCE_MORE, is_alert=True), (40036, 40037)),
    (Rule(Action.STOP), (40007, 40008, 41030, 45002, 45003, 45008, 48008, 44004)),
    (_STOP_API, (48001, 48003)),
    (Rule(Action.STOP, pauses=Pauses.ACCOUNT, is_alert=True), (48004,)),
    (_MENDED, (40013, 40125, 40164, 61004, 61007, 61024, 89503, 89506, 89507)),
    (_ADMIN, (
        45026, 45027, 45029, 45056, 45057, 45058, 45059, 45157, 45158, 45159,
        61451, 61452, 61453, 61454, 61455, 61456, 61457, 65303, 65316, 65320, 85400,
    )),
    (_BUG, (
        40002, 40032, 40033, 40053, 40066, 40130, 41001, 41002, 41004, 41009, 43001, 43002,
        43003, 44002, 45067, 45083, 45084, 47001, 49003,
    )),
    (Rule(Action.IGNORE), (45072, 45080, 45081)),
    (Rule(Action.REFUSE), (40059, 40226, 46003, 47003, 61010, 87014)),
)  # fmt: skip
RULES: dict[int, Rule] = {errcode: rule for rule, errcodes in _CODES for errcode in errcodes}

_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=65), timedelta(hours=1)
_ONCE_MORE, _MENDING = timedelta(minutes=5), timedelta(minutes=1)


def rule_for(errcode: int) -> Rule:
    """What a caller does about this code; an unknown one refuses the call alone."""
    return RULES.get(errcode, _UNKNOWN)


def action_for(errcode: int) -> Action:
    """The short of it."""
    return rule_for(errcode).action


def retry_at(errcode: int, now: datetime, attempts: int = 1) -> datetime | None:
    """When the same call may be made again, `attempts` having failed; None: never."""
    when = rule_for(errcode).when
    if when is When.NEVER or (when is When.ONCE_MORE and attempts > 1):
        return None
    return _MOMENTS[when](now, attempts)


def _backed_off(now: datetime, attempts: int) -> datetime:
    doubled: timedelta = _FIRST_WAIT * 2 ** min(attempts - 1, 10)
    return now + min(doubled, _LONGEST_WAIT)


def _next_minute(now: datetime, _attempts: int) -> datetime:
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _tomorrow(now: datetime, _attempts: int) -> datetime:
    return clock.day_bounds(clock.business_day(now))[1]


def _next_month(now: datetime, _attempts: int) -> datetime:
    first = clock.business_day(now).replace(day=1)
    return clock.day_bounds((first + timedelta(days=32)).replace(day=1))[0]


def _after(wait: timedelta) -> Callable[[datetime, int], datetime]:
    return lambda now, _attempts: now + wait


_MOMENTS: dict[When, Callable[[datetime, int], datetime]] = {
    When.AT_ONCE: _after(timedelta()),
    When.BACKOFF: _backed_off,
    When.AFTER_A_MINUTE: _after(_FIRST_WAIT),
    When.NEXT_MINUTE: _next_minute,
    When.TOMORROW: _tomorrow,
    When.NEXT_MONTH: _next_month,
    When.ONCE_MORE: _after(_ONCE_MORE),
    When.WHEN_MENDED: _after(_MENDING),
}


class WeChatError(Exception):
    """WeChat said no. Carries no address, body or secret; `rid` is what its support asks for."""

    def __init__(self, errcode: int, rid: str | None = None) -> None:
        self.errcode, self.rule, self.rid = errcode, rule_for(errcode), rid
        super().__init__(f"errcode {errcode} ({self.action}), rid {rid or 'unknown'}")

    @property
    def action(self) -> Action:
        """The short of its rule."""
        return self.rule.action


class NoAnswer(Exception):
    """Nothing that can be understood came back. Where `was_sent`, nobody knows the outcome."""

    def __init__(self, why: str, *, was_sent: bool = True) -> None:
        self.was_sent = was_sent
        super().__init__(why)


class Paused(NoAnswer):
    """The call was not made: this API of the account rests until then, to spare it and others."""

    def __init__(self, why: str, until: datetime) -> None:
        self.until = until
        super().__init__(why, was_sent=False)


class InsideTransaction(RuntimeError):
    """A call to WeChat was tried while a transaction holds its connection and its locks."""
