"""The sandbox's own time: the real one plus an offset that a test may move."""

import time
from datetime import datetime
from zoneinfo import ZoneInfo

from sandbox.store import Store

CHINA = ZoneInfo("Asia/Shanghai")
OFFSET = "clock.offset_seconds"


class Clock:
    """Epoch milliseconds, movable; the offset outlives a restart."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._offset = float(store.setting(OFFSET, 0.0))

    @property
    def offset_seconds(self) -> float:
        """How far this clock is ahead of the real one."""
        return self._offset

    def move(self, offset_seconds: float) -> None:
        """Set the offset; zero is the real time."""
        self._store.set_setting(OFFSET, offset_seconds)
        self._offset = offset_seconds

    def now_ms(self) -> int:
        """Sandbox time in epoch milliseconds."""
        return int((time.time() + self._offset) * 1000)


def month_start_ms(at_ms: int) -> int:
    """First moment of the calendar month in China that holds `at_ms`; quotas run by it."""
    day = datetime.fromtimestamp(at_ms / 1000, CHINA)
    first = day.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return int(first.timestamp() * 1000)


def day_start_ms(at_ms: int) -> int:
    """Midnight in China before `at_ms`; daily quotas begin there."""
    day = datetime.fromtimestamp(at_ms / 1000, CHINA)
    return int(day.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)
