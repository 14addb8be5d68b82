"""G15: one token fetch an expiry over all processes; a storm of 40001 stays a breeze.

The negative control is wechatpy's client as shipped, in the same storm.
"""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatException

from app.core import clock
from app.wechat import gateway
from app.wechat.errors import NoAnswer, WeChatError
from tests.soak.scene import Scene, percentile, row, scene

PROCESSES = 8
STABLE, PLAIN, INFO = "/cgi-bin/stable_token", "/cgi-bin/token", "/cgi-bin/user/info"
LIFE_SECONDS = 7300.0  # a token's two hours are over


def measure(seed: int, *, expiries: int = 12, storm_seconds: float = 60.0) -> dict[str, Any]:
    """Row G15. The storm's bound is two fetches a minute, begun ones counted whole."""
    with scene() as stage:
        sick, sound = stage.open_brand(), stage.open_brand()
        fetched = _expire(stage, sick, expiries)
        _, calm = _beside(stage, sick, sound, storm_seconds / 4)
        stage.box.fault(INFO, "errcode", errcode=40001, times=10**6, appid=sick.service.appid)
        in_storm, waits = _beside(stage, sick, sound, storm_seconds)
        control = _as_shipped(stage, sick)
    allowed = 2 * (int(storm_seconds // 60) + 1)
    figures = {
        "expiries": expiries,
        "fetches": fetched,
        "storm_fetches": in_storm,
        "storm_fetches_allowed": allowed,
        "control_fetches": control,
        "others_calm_p99_ms": percentile(calm, 0.99),
        "others_storm_p99_ms": percentile(waits, 0.99),
    }
    unharmed = percentile(waits, 0.99) < max(2 * percentile(calm, 0.99), 250)
    return row(
        "G15",
        seed,
        passed=fetched <= expiries + 1 and in_storm <= allowed and unharmed,
        control_failed=control > allowed,
        p50_ms=percentile(waits, 0.5),
        p99_ms=percentile(waits, 0.99),
        figures=figures,
    )


def _expire(stage: Scene, brand: Any, expiries: int) -> int:
    """Token after token runs out at WeChat and here; answers how many were fetched."""
    for expiry in range(expiries):
        clock.move(timedelta(seconds=LIFE_SECONDS * expiry))
        stage.box.move_clock(LIFE_SECONDS * expiry)
        stage.in_processes(PROCESSES, lambda: _calls(brand, 5))
    return stage.calls(STABLE, brand.service.appid)


def _calls(brand: Any, count: int) -> None:
    for _ in range(count):
        gateway.user_info(brand.service.id, brand.openids[0])


def _wait(brand: Any) -> float:
    started = time.perf_counter()
    gateway.user_info(brand.service.id, brand.openids[0])
    return (time.perf_counter() - started) * 1000


def _beside(stage: Scene, sick: Any, sound: Any, seconds: float) -> tuple[int, list[float]]:
    """Eight processes go on calling for one account while we call for the other; answers the
    tokens fetched for the first and our own waits in ms."""
    before = stage.calls(STABLE, sick.service.appid)
    until = time.monotonic() + seconds
    waits: list[float] = []

    def call_on() -> None:
        while time.monotonic() < until:
            with suppress(WeChatError, NoAnswer):
                _calls(sick, 1)
            time.sleep(0.05)

    children = [stage.fork(call_on) for _ in range(PROCESSES)]
    while time.monotonic() < until:
        waits.append(_wait(sound))
        time.sleep(0.02)
    stage.wait_for(children)
    return stage.calls(STABLE, sick.service.appid) - before, waits


class AsShipped(WeChatClient):
    """wechatpy's own client; only the address, which it has written down twice, is the box's."""

    box_url = ""

    def fetch_access_token(self) -> Any:
        asked = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
        return self._fetch_access_token(url=f"{self.box_url}{PLAIN}", params=asked)


def _as_shipped(stage: Scene, sick: Any) -> int:
    """One call, for which it asks for a new token as often as it is refused."""
    appid = sick.service.appid
    client = AsShipped(appid, f"secret-of-{appid}")
    client.box_url, client.API_BASE_URL = stage.box.url, f"{stage.box.url}/cgi-bin/"
    with suppress(RecursionError, WeChatException, KeyError):
        client.user.get(sick.openids[0])
    return stage.calls(PLAIN, appid)
