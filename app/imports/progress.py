"""How far an import is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

Progress = Callable[[str, int, int], None]  # what is being done, done so far, of how many
BAR_WIDTH = 24
PLAIN_STEPS = 4


def silent(_what: str, _done: int, _total: int) -> None:
    """For callers that do not watch."""


def on(stream: TextIO) -> Progress:
    """What suits this stream."""
    return _bar(stream) if stream.isatty() else _lines(stream)


def _bar(stream: TextIO) -> Progress:
    def show(what: str, done: int, total: int) -> None:
        full = BAR_WIDTH * done // max(total, 1)
        bar = "█" * full + "░" * (BAR_WIDTH - full)
        ending = "\n" if done >= total else ""
        stream.write(f"\r\x1b[2K{bar} {what} {done:,}/{total:,}{ending}")
        stream.flush()

    return show


def _lines(stream: TextIO) -> Progress:
    shown: dict[str, int] = {}

    def show(what: str, done: int, total: int) -> None:
        quarter = PLAIN_STEPS * done // max(total, 1)
        if quarter > shown.get(what, 0):
            shown[what] = quarter
            stream.write(f"{what} {done:,}/{total:,}\n")
            stream.flush()

    return show
