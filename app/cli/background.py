"""The workers and the timekeeper as forks of one process: `python -m app.cli.background`.

What they import, which is most of what each weighs, is in memory once. They are the same
processes as those started one by one; a fork that dies is made again, and none outlives us.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from types import FrameType

import structlog

from app import timekeeper, worker
from app.core import db, queue
from app.core.settings import Settings
from app.core.supervisor import die_with_parent
from app.process import start_process

log = structlog.get_logger()
RESTART_AFTER = 1.0
STOPS = (signal.SIGINT, signal.SIGTERM)
PARTS: Mapping[str, Callable[[], None]] = {
    "worker-now": partial(worker.run, queue.NOW),
    "worker-fast": partial(worker.run, queue.FAST),
    "worker-bulk": partial(worker.run, queue.BULK),
    "timekeeper": timekeeper.run,
}


class Family:
    """The forks that run, by their process ids."""

    def __init__(self, parts: Mapping[str, Callable[[], None]]) -> None:
        self.parts = parts
        self.running: dict[int, str] = {}
        self.stopping = False

    def watch(self) -> None:
        """Keep every part running until a stop; then pass it on and wait for each."""
        for number in STOPS:
            signal.signal(number, self._stop)
        while not self.stopping:
            self._bury()
            self._fork_missing()
            time.sleep(RESTART_AFTER)
        for pid in self.running:
            os.kill(pid, signal.SIGTERM)
        while self.running:
            self._bury(waiting=True)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def _fork_missing(self) -> None:
        for name in self.parts.keys() - self.running.values():
            pid = os.fork()
            if pid == 0:
                _live(self.parts[name], name)
            self.running[pid] = name

    def _bury(self, *, waiting: bool = False) -> None:
        options = 0 if waiting else os.WNOHANG
        while self.running:
            pid, status = os.waitpid(-1, options)
            if pid == 0:
                return
            name = self.running.pop(pid)
            if not self.stopping:
                log.warning("background.died", step=name, code=os.waitstatus_to_exitcode(status))


def _live(part: Callable[[], None], name: str) -> None:
    """The whole life of a fork; it never comes back into the loop of its parent."""
    code = 1
    try:
        die_with_parent()
        for number in STOPS:
            signal.signal(number, signal.SIG_DFL)
        db.dispose_after_fork()
        part()
        code = 0
    except SystemExit as stopped:
        code = stopped.code if isinstance(stopped.code, int) else 1
    except BaseException as error:
        log.error("background.broke", step=name, exc_info=error)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    start_process(Settings.from_env())
    Family(PARTS).watch()
