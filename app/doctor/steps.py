"""A step of the examination, and how one is carried out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import structlog

from app.doctor.patient import Patient

log = structlog.get_logger()
LIMIT_SECONDS = 10.0
TRY_AGAIN = "过一分钟再查一次；还是这样，就看 web 和 worker 的日志"


class Fault(Exception):
    """A check found something wrong: what was seen, and what to do about it."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what, self.fix = what, fix


Check = Callable[[Patient], str]


@dataclass(frozen=True)
class Step:
    """One check. It answers with what was seen and raises Fault; it is skipped when a step
    that it needs did not pass."""

    name: str
    title: str
    check: Check
    needs: tuple[str, ...] = ()


class State(StrEnum):
    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """What became of a step; only a failed one has a fix."""

    name: str
    title: str
    state: State
    what: str
    fix: str | None = None
    ms: int = 0

    def as_dict(self) -> dict[str, Any]:
        """As `flask doctor --json` shows it."""
        return asdict(self)


def skipped(step: Step, because: str) -> Finding:
    """A step that waits for another one to pass."""
    return Finding(step.name, step.title, State.SKIPPED, f"等上一步：{because}")


def carried_out(step: Step, patient: Patient, limit: float = LIMIT_SECONDS) -> Finding:
    """The step's finding, within the limit in seconds whatever its check does."""
    started = time.monotonic()
    found: list[Finding] = []
    # A daemon: a check that hangs in the network must not hold up the end of the process.
    thread = threading.Thread(target=lambda: found.append(_finding(step, patient)), daemon=True)
    thread.start()
    thread.join(limit)
    finding = found[0] if found else _failed(step, f"{limit:.0f} 秒没有结果", TRY_AGAIN)
    return _timed(finding, started)


def _finding(step: Step, patient: Patient) -> Finding:
    try:
        return Finding(step.name, step.title, State.OK, step.check(patient))
    except Fault as fault:
        return _failed(step, fault.what, fault.fix)
    except Exception as error:
        # Its text may hold an address with a password; its kind never does.
        log.warning("doctor.step_broke", step=step.name, kind=type(error).__name__)
        return _failed(step, f"查不下去（{type(error).__name__}）", TRY_AGAIN)


def _failed(step: Step, what: str, fix: str) -> Finding:
    return Finding(step.name, step.title, State.FAILED, what, fix)


def _timed(finding: Finding, started: float) -> Finding:
    return Finding(**finding.as_dict() | {"ms": round((time.monotonic() - started) * 1000)})
