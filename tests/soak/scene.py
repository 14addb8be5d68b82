"""What a soak stands on: WeChat in a box, a database of its own, and brands with followers."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from app.core import clock, db, queue
from app.process import Process
from app.wechat import gateway
from tests import factories, ground
from tests.sandbox.play import Sandbox, running


@dataclass
class Scene:
    """A box and the process that speaks to it; `brands` as they are opened."""

    box: Sandbox
    process: Process
    brands: list[SimpleNamespace] = field(default_factory=list)

    def open_brand(self, followers: int = 1) -> SimpleNamespace:
        """A brand whose service account WeChat knows, with followers there."""
        brand = factories.make_brand(f"soak{len(self.brands)}")
        account = brand.service
        known = {"kind": "service", "secret": f"secret-of-{account.appid}", "name": "禾木集"}
        known |= {"original_id": account.original_id, "callback_url": "http://127.0.0.1:9/"}
        known |= {"token": factories.CALLBACK_TOKEN, "encoding_aes_key": factories.AES_KEY}
        self.box.admin("PUT", f"/accounts/{account.appid}", known)
        brand.openids = self._followers(account.appid, followers)
        self.brands.append(brand)
        return brand

    def _followers(self, appid: str, count: int) -> list[str]:
        given = [{"key": f"{appid}-{n}", "nickname": f"p{n}"} for n in range(count)]
        made = self.box.admin("POST", "/people/bulk", {"people": given})["people"]
        for person in made:
            self.box.admin("POST", f"/people/{person['person_id']}/follow", {"appid": appid})
        return [person["openids"][appid] for person in made]

    def calls(self, path: str, appid: str | None = None) -> int:
        """How many calls of a path reached WeChat, of an account or of all."""
        found, after = 0, 0
        while page := self.box.admin("GET", f"/log?limit=1000&after={after}")["entries"]:
            after = page[-1]["seq"]
            found += sum(1 for one in page if one["path"] == path and appid in (None, one["appid"]))
        return found

    def in_processes(self, count: int, work: Callable[[], None]) -> None:
        """Let forked children do the work, and wait for them."""
        self.wait_for([self.fork(work) for _ in range(count)])

    def wait_for(self, children: Sequence[int]) -> None:
        """Until all have ended. Raises RuntimeError when one failed."""
        ended = [os.waitpid(child, 0)[1] for child in children]
        if any(ended):
            raise RuntimeError("a child of the soak failed")

    def fork(self, work: Callable[[], None]) -> int:
        """A child that does the work with connections of its own; answers its pid."""
        pid = os.fork()
        if pid:
            return pid
        status = 1
        try:
            db.dispose_after_fork()
            gateway.configure(self.box.url)
            work()
            status = 0
        finally:
            sys.stderr.flush()
            os._exit(status)


@contextmanager
def scene() -> Iterator[Scene]:
    """Everything for one guarantee; nothing of it stays."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), "http://127.0.0.1:9", Path(folder)) as box,
        ground.cloned(ground.admin_url()) as urls,
    ):
        settings = ground.make_settings(urls, WECHAT_API_BASE_URL=box.url)
        process = Process(settings, urls)
        for key in queue.connection().scan_iter("huike:calls:*"):
            queue.connection().delete(key)
        try:
            yield Scene(box, process)
        finally:
            process.disconnect()
            clock.move(timedelta())


def percentile(values: Sequence[float], part: float) -> float:
    """Of waits in ms, the nearest rank."""
    ordered = sorted(values)
    return round(ordered[min(int(len(ordered) * part), len(ordered) - 1)], 1)


def row(
    name: str, seed: int, *, passed: bool, control_failed: bool, **given: Any
) -> dict[str, Any]:
    """A row of build/soak.json; what does not apply is null."""
    nothing = dict.fromkeys(("kills", "acked", "lost", "doubled", "unknown", "p50_ms", "p99_ms"))
    told = {"seed": seed, "control_failed": control_failed, "passed": passed and control_failed}
    return {"id": name, **nothing, **told, **given}
