"""A guide's phone: signed in, an open stream, the board fetched at each bell."""

from __future__ import annotations

import json
import random
import re
import threading
import time
from typing import Any

import urllib3

from app.core import codes
from demo.web import Browser, Refused

TOKEN = re.compile(rb'(?:name="csrf_token" value=|"X-CSRFToken": )"([^"]+)"')
SEQ = re.compile(rb"seq:(\d+)")
THINKING = (0.2, 0.6)  # seconds a guide takes between two taps
SERVES_AT_MOST = 10  # people a guide finds time for in so short a day


class GuidePhone:
    """Reads the board as a phone would, and remembers when it first saw each visit."""

    def __init__(self, web: str, stream: str, store_id: int, rng: random.Random) -> None:
        self.browser, self.stream = Browser(web), stream
        self.store_id, self.rng = store_id, rng
        self.first_seen_ms: dict[int, float] = {}
        self.people: dict[int, dict[str, Any]] = {}
        self.handed: set[int] = set()
        self.in_vain = 0
        self.stood_there: set[int] = set()
        self.seq = 0
        self.stopping = threading.Event()
        self.is_streaming = threading.Event()
        self.fetching = threading.Lock()
        self.csrf = ""

    def sign_in(self, account: str, password: str) -> None:
        """Through the form, as she does each morning."""
        token = _csrf(self.browser.get("/guide/login").data)
        form = {"account": account, "password": password, "csrf_token": token}
        self.browser.post("/guide/login", form)
        self.csrf = _csrf(self.browser.get("/guide/board").data)
        self.fetch()
        self.stood_there = set(self.people)  # before the day began
        self.people.clear()
        self.first_seen_ms.clear()

    def start(self) -> None:
        """Open the stream, and begin to look after people."""
        for work in (self._listen, self._poll, self._attend):
            threading.Thread(target=work, daemon=True).start()

    def stop(self) -> None:
        """The day is over."""
        self.stopping.set()

    def is_done(self) -> bool:
        """Nobody whom she could still look after waits for a sample."""
        return not (self._has_time() and any(map(self._wants_me, list(self.people.values()))))

    def _listen(self) -> None:
        pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=3, read=40), retries=False)
        while not self.stopping.is_set():
            url = f"{self.stream}/stream?topics=store:{self.store_id}"
            headers = {"Cookie": self.browser.cookie, "Origin": self.browser.base}
            try:
                answer = pool.request("GET", url, headers=headers, preload_content=False)
                if answer.status != 200:
                    raise urllib3.exceptions.HTTPError(f"stream: {answer.status}")
                self.is_streaming.set()
                for chunk in answer.stream(256):
                    if self._tells_news(chunk):
                        self.fetch()
                    if self.stopping.is_set():
                        return
            except urllib3.exceptions.HTTPError:
                time.sleep(0.2)

    def _tells_news(self, chunk: bytes) -> bool:
        """Several bells may ring for what one fetch has brought already."""
        return any(int(seq) > self.seq for seq in SEQ.findall(chunk))

    def _poll(self) -> None:
        """A lost bell costs one poll."""
        while not self.stopping.wait(5):
            self.fetch()

    def fetch(self) -> None:
        """The board's changes since the last look."""
        with self.fetching:
            path = f"/guide/board.json?after={self.seq}"
            board = json.loads(self.browser.get(path).data)
            at = time.time() * 1000
            for person in board["people"]:
                if person["visit_id"] in self.stood_there:
                    continue
                self.first_seen_ms.setdefault(person["visit_id"], at)
                self.people[person["visit_id"]] = person
            self.seq = max(self.seq, board["seq"])

    def _attend(self) -> None:
        while not self.stopping.is_set():
            waiting = [p for p in list(self.people.values()) if self._wants_me(p)]
            for person in waiting:
                if self._has_time():
                    self._look_after(person)
            time.sleep(0.2)

    def _wants_me(self, person: dict[str, Any]) -> bool:
        return bool(person["sample_waiting"]) and person["visit_id"] not in self.handed

    def _has_time(self) -> bool:
        served = len(self.handed) - self.in_vain
        return served < SERVES_AT_MOST and not self.stopping.is_set()

    def _look_after(self, person: dict[str, Any]) -> None:
        visit_id = person["visit_id"]
        self.handed.add(visit_id)
        for verb in ("claim", "greet", "sample"):
            time.sleep(self.rng.uniform(*THINKING))
            try:
                self._act(visit_id, verb)
            except Refused as refusal:
                if refusal.status not in (404, 409):
                    raise
                self.in_vain += 1  # a colleague elsewhere gave her the sample
                return

    def _act(self, visit_id: int, verb: str) -> None:
        form = {"csrf_token": self.csrf, "key": codes.code(16)}
        self.browser.post(f"/guide/visits/{visit_id}/{verb}", form)


def _csrf(page: bytes) -> str:
    found = TOKEN.search(page)
    if found is None:
        raise SystemExit("导购页没有给出表单口令，演示停在登录")
    return found.group(1).decode()
