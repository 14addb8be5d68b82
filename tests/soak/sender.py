"""WeChat's habits as a sender: several connections, five seconds' patience, three tries, the same
words under a fresh nonce, and now and then once more although it was answered."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import PriorityQueue
from typing import Any
from urllib.parse import urlencode

from tests.wechat import letters

CONNECTIONS, LIMIT_SECONDS, TRIES, BETWEEN_TRIES = 16, 5.0, 3, 1.0
AGAIN, TWINS = 0.10, 0.05


@dataclass(frozen=True)
class Push:
    """One distinct message: somebody followed or scanned, by a store's code."""

    openid: str
    scene: str
    xml: str = field(repr=False)
    repeats: int = 0  # how often it is sent again though it was answered


def write(rng: random.Random, count: int, scenes: Sequence[str]) -> list[Push]:
    """Distinct messages, six of a person, twins next to each other."""
    pushes: list[Push] = []
    began = int(time.time()) - count
    while len(pushes) < count:
        openid, scene = f"o-soak-{rng.randrange(count // 6)}", rng.choice(scenes)
        at = began + len(pushes)
        follow = letters.event("subscribe", openid, at=at, EventKey=f"qrscene_{scene}")
        scan = letters.scan(openid, scene=scene, at=at)
        one, both = [rng.choice((follow, scan))], [follow, scan]
        wanted = both if rng.random() < TWINS else one
        again = rng.choice((1, 2)) if rng.random() < AGAIN else 0
        pushes += [Push(openid, scene, xml, again) for xml in wanted]
    return pushes[:count]


class Sender:
    """Sends what is put before it; `acked` are the messages that a 200 was heard for."""

    def __init__(self, port: int, url_key: str, appid: str, seed: int) -> None:
        self.acked: set[str] = set()
        self.sent: dict[str, Push] = {}
        self.waits_ms: list[float] = []
        self._port, self._path, self._appid = port, f"/wechat/{url_key}/callback", appid
        self._due: PriorityQueue[tuple[float, int, Any]] = PriorityQueue()
        self._rng, self._number = random.Random(seed), 0
        self._threads = [threading.Thread(target=self._serve) for _ in range(CONNECTIONS)]
        for thread in self._threads:
            thread.start()

    def put(self, pushes: Sequence[Push], within: float) -> None:
        """Send them, at random moments of the next `within` seconds."""
        for push in pushes:
            self._put(time.monotonic() + self._rng.uniform(0, within), push)

    def finish(self) -> None:
        """Until all that was put has been sent, or given up after its tries."""
        self._due.join()

    def stop(self) -> None:
        """End the connections."""
        for _ in self._threads:
            self._put(float("inf"), None)
        for thread in self._threads:
            thread.join()

    def _put(self, due: float, push: Push | None) -> None:
        self._number += 1
        self._due.put((due, self._number, push))

    def _serve(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=LIMIT_SECONDS)
        while True:
            due, _, push = self._due.get()
            if push is not None:
                time.sleep(max(0.0, due - time.monotonic()))
                self._deliver(line, push)
            self._due.task_done()
            if push is None:
                line.close()
                return

    def _deliver(self, line: http.client.HTTPConnection, push: Push) -> None:
        self.sent[push.xml] = push
        for attempt in range(TRIES):
            if self._is_acked(line, push):
                break
            if attempt < TRIES - 1:
                time.sleep(BETWEEN_TRIES)
        for _ in range(push.repeats if push.xml in self.acked else 0):
            self._is_acked(line, push)

    def _is_acked(self, line: http.client.HTTPConnection, push: Push) -> bool:
        nonce = f"{threading.get_ident()}{time.monotonic_ns()}"
        query, body = letters.sealed(push.xml, self._appid, nonce=nonce)
        began = time.perf_counter()
        status = _status(line, f"{self._path}?{urlencode(query)}", body)
        if status == 200:
            self.waits_ms.append((time.perf_counter() - began) * 1000)
            self.acked.add(push.xml)
        return status == 200


def _status(line: http.client.HTTPConnection, path: str, body: str) -> int | None:
    """What was heard, or None: refused, cut off, or too late."""
    with suppress(OSError, http.client.HTTPException):
        line.request("POST", path, body.encode(), {"Content-Type": "text/xml"})
        with line.getresponse() as answer:
            answer.read()
            return int(answer.status)
    line.close()
    return None
