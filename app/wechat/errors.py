"""What WeChat's error codes ask a caller to do: the table of reference/wechat.md §4 as data."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    RETRY = "retry"  # later, with the same key
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - done once by the gateway itself
    ASK_NEW_CODE = "ask_new_code"  # the client must log in or consent again
    DROP_FAN = "drop_fan"  # she cannot be reached by this account
    WINDOW = "window"  # her reply window is shut or used up
    QUOTA = "quota"  # nothing more until WeChat's next day or month
    ADOPT = "adopt"  # it was sent before under this key: take that msg_id
    STOP = "stop"  # our request, text or rights are wrong: a person must look
    REFUSE = "refuse"  # this call alone; a code that we have no rule for


_CODES: dict[Action, tuple[int, ...]] = {
    Action.RETRY: (-1, 45011, 45066),
    Action.REFRESH_TOKEN: (40001, 40014, 42001),
    Action.ASK_NEW_CODE: (40029, 40163, 41008, 42003, 42007),
    Action.DROP_FAN: (40003, 43004, 43019, 43101, 46004, 48002, 49003, 50001, 50002, 50005),
    Action.WINDOW: (45015, 45047),
    Action.QUOTA: (45009, 45028, 45029),
    Action.ADOPT: (45065,),
    Action.STOP: (
        40002, 40007, 40008, 40013, 40032, 40033, 40036, 40037, 40053, 40059, 40066, 40125,
        40130, 40164, 41001, 41002, 41004, 41009, 41030, 43001, 43002, 43003, 44002, 44004,
        45002, 45003, 45008, 45067, 47001, 47003, 48001, 48003, 48004, 48008, 61004, 61007,
        87014, 89503, 89506, 89507,
    ),
}  # fmt: skip
_ACTIONS = {errcode: action for action, errcodes in _CODES.items() for errcode in errcodes}


def action_for(errcode: int) -> Action:
    """What a caller does about this code."""
    return _ACTIONS.get(errcode, Action.REFUSE)


class WeChatError(Exception):
    """WeChat said no. Carries no address, body or secret; `rid` is what its support asks for."""

    def __init__(self, errcode: int, rid: str | None = None) -> None:
        self.errcode, self.action, self.rid = errcode, action_for(errcode), rid
        super().__init__(f"errcode {errcode} ({self.action}), rid {rid or 'unknown'}")


class NoAnswer(Exception):
    """Nothing that can be understood came back. Where `was_sent`, nobody knows the outcome."""

    def __init__(self, why: str, *, was_sent: bool = True) -> None:
        self.was_sent = was_sent
        super().__init__(why)


class InsideTransaction(RuntimeError):
    """A call to WeChat was tried while a transaction holds its connection and its locks."""
