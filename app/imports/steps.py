"""An import's transactions: each step is whole or was not, so a killed import is done again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import text

from app.core import db

LIMITS = (
    "SET LOCAL statement_timeout = '10min'",
    "SET LOCAL lock_timeout = '30s'",
    "SET LOCAL work_mem = '48MB'",
)


@contextmanager
def step(brand_id: int) -> Iterator[None]:
    """One transaction with the limits of bulk work."""
    with db.system_transaction(brand_id) as opened:
        for limit in LIMITS:
            opened.execute(text(limit))
        yield


def ranges(total: int, size: int) -> Iterator[tuple[int, int]]:
    """The numbers 1..total cut into (first, last)."""
    for first in range(1, total + 1, size):
        yield first, min(first + size - 1, total)


def side_by_side(*tasks: Callable[[], None]) -> None:
    """Run the tasks at once, each in a thread with its own connection; the first error counts.

    Checking foreign keys keeps one core of the server busy; two tasks use two.
    """
    errors: list[BaseException] = []
    threads = [threading.Thread(target=_caught, args=(task, errors)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def _caught(task: Callable[[], None], errors: list[BaseException]) -> None:
    try:
        task()
    except BaseException as error:  # handed to the thread that waits
        errors.append(error)
