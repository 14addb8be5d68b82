"""The visit that is being told: who she is, since when, and what was seen at which moment."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sandbox import people
from sandbox.box import Box
from sandbox.story import config

NAME, COUNT = "story.run", "story.count"
NICKNAMES = ("Luna", "Iris", "Nora", "Cleo", "Vera", "Elsa", "Mina", "Tara")
_changing = threading.RLock()  # the watcher and the page both write the one run


@dataclass(frozen=True)
class Run:
    """One visit; `marks` are moments seen on the phones, in sandbox time, `words` what was read."""

    person_id: str
    nickname: str
    begun_ms: int
    first_seq: int
    known_visits: list[int] | None = None
    visit_id: int | None = None
    marks: dict[str, int] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)


def is_set(box: Box) -> bool:
    """The demo has told us where the story plays."""
    return bool(config.read(box.store).get("appid"))


def current(box: Box) -> Run | None:
    """The visit that is being told, or None before the first and after a reset."""
    kept: dict[str, Any] | None = box.store.setting(NAME, None)
    run = Run(**kept) if kept else None
    return run if run and people.find(box.store, run.person_id) else None


def begin(box: Box, known_visits: list[int] | None) -> Run:
    """A new person walks in; the visits already on the board are not hers."""
    now_ms = box.clock.now_ms()
    with _changing:
        count = box.store.setting(COUNT, 0)
        person = people.make(f"story-{now_ms}", NICKNAMES[count % len(NICKNAMES)], None)
        people.save(box.store, [person])
        last = box.store.value("SELECT coalesce(max(seq), 0) FROM log")
        run = Run(person.person_id, person.nickname, now_ms, last, known_visits)
        box.store.set_setting(COUNT, count + 1)
        box.store.set_setting(NAME, asdict(run))
    return run


@contextmanager
def changing(box: Box, person_id: str) -> Iterator[Run | None]:
    """The run as it stands, held against other writers; None when she is no longer the one."""
    with _changing:
        run = current(box)
        yield run if run and run.person_id == person_id else None


def keep(box: Box, run: Run, **changes: Any) -> Run:
    """Keep what was newly seen."""
    changed = replace(run, **changes)
    box.store.set_setting(NAME, asdict(changed))
    return changed


def keep_mark(box: Box, run: Run, name: str, words: str = "") -> Run:
    """Keep the first moment at which something was seen, and what was read there."""
    if name in run.marks:
        return run
    marks = {**run.marks, name: box.clock.now_ms()}
    return keep(box, run, marks=marks, words={**run.words, name: words})


def mark(box: Box, telling: Run, name: str, words: str = "") -> None:
    """The same for whoever does not hold the run."""
    with changing(box, telling.person_id) as run:
        if run:
            keep_mark(box, run, name, words)
