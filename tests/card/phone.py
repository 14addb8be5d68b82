"""The mini-program's own source, in a Chromium against the API and the sandbox's WeChat."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from app.journeys import jobs
from app.wechat import gateway
from tests.sandbox.play import AES_KEY, TOKEN, Sandbox, running

ROOT = Path(__file__).parents[2]
DIST = ROOT / "miniprogram" / "preview" / "dist"
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
KNOWN_PHONE = "13900001111"
AXE_FINDINGS = """
axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
  .filter(one => ['serious', 'critical'].includes(one.impact))
  .map(one => one.id + ': ' + one.nodes.map(node => node.html).join(' ')))
"""


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def wechat(own_database, built_app, house, settings, tmp_path) -> Iterator[Sandbox]:
    """WeChat with the built preview, in front of the running application."""
    server = make_server("127.0.0.1", 0, built_app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with running(tmp_path, f"http://127.0.0.1:{server.server_port}", DIST) as sandbox:
        gateway.configure(sandbox.url)
        open_account(sandbox, house.brand.mini)
        yield sandbox
    gateway.configure(settings.wechat_api_base_url)
    server.shutdown()
    server.server_close()


def open_account(sandbox: Sandbox, account) -> None:
    known = {"kind": account.kind, "secret": f"secret-of-{account.appid}", "name": account.name}
    known |= {"original_id": account.original_id, "callback_url": "http://127.0.0.1:9/"}
    known |= {"token": TOKEN, "encoding_aes_key": AES_KEY}
    sandbox.admin("PUT", f"/accounts/{account.appid}", known)


@dataclass
class Phone:
    """Lin's phone with the mini-program open in it."""

    page: object
    house: object

    def see(self, text: str) -> None:
        self.page.get_by_text(text).first.wait_for(timeout=8_000)

    def see_in_time(self, text: str) -> None:
        """Minutes pass until she sees it: an answer on its way may begin another minute."""
        for _ in range(5):
            self.page.clock.run_for(61_000)
            self.page.wait_for_timeout(300)
            if self.page.get_by_text(text).first.is_visible():
                return
        self.see(text)

    def tap(self, name: str, role: str = "button", *, exact: bool = False) -> None:
        self.page.get_by_role(role, name=name, exact=exact).first.click()

    def is_clean(self) -> None:
        """No serious finding of axe's, nothing wider than the screen."""
        self.page.evaluate(AXE.read_text())
        assert self.page.evaluate(AXE_FINDINGS) == []
        width = "document.documentElement.scrollWidth - innerWidth"
        assert self.page.evaluate(width) <= 0

    def agree_and_ask_for_phone(self) -> None:
        self.tap("我已阅读并同意", "checkbox")
        self.tap("用微信手机号入会")
        self.see("申请获取并验证您的手机号")

    def join(self) -> None:
        """From the outline to her card."""
        self.tap("加入会员")
        self.agree_and_ask_for_phone()
        self.tap("允许", exact=True)
        self.see("秒后换新")

    def work(self) -> None:
        """What the worker does a moment later."""
        jobs.work()


@pytest.fixture
def open_phone(chromium, wechat, house):
    pages = []

    def open_it(
        scheme: str = "light",
        width: int = 390,
        *,
        person: str = "lin",
        phone: str = KNOWN_PHONE,
        share: str = "",
    ) -> Phone:
        held_by = wechat.person(person, phone=phone)
        size = {"width": width, "height": 844}
        page = chromium.new_context(
            viewport=size, color_scheme=scheme, locale="zh-CN", bypass_csp=True
        ).new_page()
        pages.append(page)
        page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
        query = f"person={held_by['person_id']}&appid={house.brand.mini.appid}&share={share}"
        page.goto(f"{wechat.url}/mp/?{query}&store={house.jingan.store.code}")
        return Phone(page, house)

    yield open_it
    for page in pages:
        page.context.close()
