"""Looks at the two phones, as long as a page is open, and marks what newly shows on them."""

import threading
import time

from sandbox import journal
from sandbox.box import Box
from sandbox.story import board, card, config, facts, push, run
from sandbox.story.run import Run
from sandbox.story.staff import Login, StaffBrowser, StaffRefused

FAST, SLOW = 0.12, 0.8  # seconds between looks: while somebody is awaited, and afterwards
IDLE_AFTER = 10.0
BOARD = "/guide/board.json?after=0"


class Watcher:
    """One thread, alive only while somebody looks at the story page."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._lock = threading.Lock()
        self._asked = 0.0
        self._thread: threading.Thread | None = None
        self._browsers: dict[Login, StaffBrowser] = {}

    def keep_looking(self) -> None:
        """The page is open: look for another while."""
        self._asked = time.monotonic()
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._look_around, daemon=True)
                self._thread.start()

    def guide(self) -> StaffBrowser:
        """The guide the story names, at /guide."""
        return self._browser("/guide", "guide")

    def console(self) -> StaffBrowser:
        """The member of staff who sets up the push, at /console."""
        return self._browser("/console", "push")

    def _browser(self, door: str, part: str) -> StaffBrowser:
        given = config.read(self._box.store).get(part, {})
        login = Login(door, given.get("account", ""), given.get("password", ""))
        with self._lock:
            if login not in self._browsers:
                self._browsers[login] = StaffBrowser(self._box.settings.app_url, login)
            return self._browsers[login]

    def _look_around(self) -> None:
        while time.monotonic() - self._asked < IDLE_AFTER:
            telling = run.current(self._box)
            if telling:
                self._look(telling)
            awaited = telling and "seen" not in telling.marks
            time.sleep(FAST if awaited else SLOW)

    def _look(self, telling: Run) -> None:
        try:
            self._look_at_guide(telling)
            card.look(self._box)
            self._look_at_push()
        except (StaffRefused, card.NoAnswer, ValueError, KeyError):
            return  # the app is away or still starting: the next look tells

    def _look_at_guide(self, telling: Run) -> None:
        rows = board.rows(self.guide().read(BOARD).json())
        with run.changing(self._box, telling.person_id) as fresh:
            if fresh is None:
                return
            if fresh.known_visits is None:
                run.keep(self._box, fresh, known_visits=[row.visit_id for row in rows])
            elif hers := board.of_run(rows, fresh):
                self._mark(fresh, hers)

    def _mark(self, telling: Run, row: board.Row) -> None:
        if telling.visit_id is None:
            telling = run.keep(self._box, telling, visit_id=row.visit_id)
            self._note(telling)
        telling = run.keep_mark(self._box, telling, "seen")
        if row.is_claimed:
            run.keep_mark(self._box, telling, "claimed", row.claimed_by)

    def _look_at_push(self) -> None:
        telling = run.current(self._box)
        if telling and facts.of_run(self._box, telling).pushed_ms is None:
            push.look(self._box, telling, self.console())

    def _note(self, telling: Run) -> None:
        entry = journal.Entry(
            self._box.clock.now_ms(), "note", "导购列表 +1", detail="从导购自己的页面读到",
            person_id=telling.person_id,
        )  # fmt: skip
        journal.write(self._box.store, entry)
