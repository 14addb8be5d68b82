"""Work of many brands in turn: a step that fails is logged and holds up nobody else's."""

from __future__ import annotations

from collections.abc import Callable

import structlog

log = structlog.get_logger()


def step_or_log(step: str, act: Callable[[], bool]) -> bool:
    """Take one step; whether it got on. One that fails has not: it is told by its name, which ends
    in the number of what it is about; its rows stay as they were, and whoever finds what is due
    finds it again."""
    try:
        return act()
    except Exception:
        log.exception("turn.step_failed", step=step)
        return False
