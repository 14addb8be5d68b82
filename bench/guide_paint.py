"""How soon a guide sees her board on a slow phone: Chromium with its processor four times slower,
4 Mbit/s and 60 ms to the server, nothing in its cache."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from statistics import median
from typing import Any, Protocol

from playwright.sync_api import Browser, sync_playwright

from bench.rows import row

ROUNDS, SEED = 5, 2024
SLOWER, BYTES_A_SECOND, LATENCY_MS, SCRIPT_KB = 4, 4_000_000 // 8, 60, 60
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
SENT = """performance.getEntriesByType('resource').filter(each => each.initiatorType === 'script')
    .reduce((sum, each) => sum + each.encodedBodySize, 0)"""


class SignedIn(Protocol):
    """A phone whose session the server knows."""

    @property
    def token(self) -> str:
        """The cookie's value."""


def measure(port: int, phones: Sequence[SignedIn]) -> list[dict[str, Any]]:
    """Row `guide_paint`; none where there is no Chromium, said in one line. Raises RuntimeError
    when more script is sent than was promised."""
    chromium, chance = shutil.which("chromium"), random.Random(SEED)
    if chromium is None:
        print("  guide_paint: there is no Chromium here")
        return []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        seen = [_paint(browser, port, chance.choice(phones).token) for _ in range(ROUNDS)]
        browser.close()
    times, sent = [time for time, _ in seen], max(bytes_ for _, bytes_ in seen)
    print(f"  guide_paint {', '.join(f'{time:.0f}' for time in times)} ms, script {sent} bytes")
    if sent >= SCRIPT_KB * 1024:
        raise RuntimeError(f"{sent} bytes of script are sent")
    return [row("guide_paint", [median(times)], "ms", script_bytes=sent, rounds=times)]


def _paint(browser: Browser, port: int, token: str) -> tuple[float, int]:
    context = browser.new_context(viewport={"width": 390, "height": 800}, is_mobile=True)
    root = f"http://127.0.0.1:{port}"
    context.add_cookies([{"name": "huike_guide", "value": token, "url": root}])
    page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    speed = {"downloadThroughput": BYTES_A_SECOND, "uploadThroughput": BYTES_A_SECOND}
    slow = speed | {"latency": LATENCY_MS, "offline": False}
    tools.send("Network.emulateNetworkConditions", slow)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(f"{root}/guide/board", wait_until="load")
    page.wait_for_function(PAINTED)
    found = page.evaluate(PAINTED), page.evaluate(SENT)
    context.close()
    return found
