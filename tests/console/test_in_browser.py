"""The console in Chromium: usable by keyboard, clean for axe, recounted as one types."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from playwright.sync_api import expect, sync_playwright
from werkzeug.serving import make_server

from app.core import clock, db
from app.coupons import service as coupons
from app.members import service as members
from app.pushes import queries
from app.pushes.models import PushState
from app.stores import service as stores
from app.visits.models import VisitKind
from tests import factories
from tests.console.conftest import join, scan
from tests.ground import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.flow]

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
FIND_SERIOUS = """axe.run(document, {resultTypes: ['violations']}).then(result => result.violations
    .filter(found => ['serious', 'critical'].includes(found.impact)).map(found => found.id))"""
WIDER_THAN_WINDOW = "document.documentElement.scrollWidth - innerWidth"
PAGES = [
    "/",
    "/doctor",
    "/dead-letters",
    "/withdrawals",
    "/account",
    "/people",
    "/people/new",
    "/audit",
    "/api-keys",
    "/exports",
    "/exports/new?kind=fans",
    "/fans",
    "/members",
    "/members/{member}",
    "/members/{member}/complaint",
    "/members/{member}/rights",
    "/members/{member}/merge",
    "/members/{member}/tier",
    "/earning",
    "/earning/edit",
    "/tiers",
    "/tiers/edit",
    "/complaints",
    "/guides",
    "/contests",
    "/twins",
    "/erasures",
    "/privacy",
    "/custom-fields",
    "/pushes",
    "/pushes/new",
    "/coupons",
    "/coupons/new",
    "/coupons/joining",
    "/coupons/{batch}",
    "/coupons/{batch}/poster",
    "/coupons/one/{coupon}",
    "/stores",
    "/wecom",
    "/tasks",
    "/tasks/new",
    "/tasks/rules/sleeping",
    "/scripts",
    "/scripts/new",
    "/stores/new",
    "/stores/{store}",
    "/stores/{store}/edit",
    "/stores/{store}/sheet",
    "/regions/0",
    "/regions/0/sheet",
]


@pytest.fixture(scope="module")
def assets():
    """What the pages wear, built from the sources as they are now."""
    build = [sys.executable, str(ROOT / "frontend" / "build.py"), "--only", "console"]
    subprocess.run(build, check=True, capture_output=True)


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        yield browser
        browser.close()


@pytest.fixture
def web(own_database, built_app, assets):
    server = make_server("127.0.0.1", 0, built_app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_day(web, house):
    """Twelve new fans in 静安寺店 today, tagged, one of them a member."""
    now = clock.now()
    with db.transaction(house.brand.id):
        stores.set_ticket(house.jingan.code.id, ticket="t", url="http://weixin.qq.com/q/02abc")
    fans = [scan(house, f"o-{n}", now, kind=VisitKind.FOLLOWED) for n in range(12)]
    house.lin = join(house, fans[0], now)
    with db.transaction(house.brand.id):
        [house.batch] = coupons.batches(["welcome20"])
        coupons.open_claims(house.batch)
        house.coupon = coupons.issue(house.batch, house.lin, "test").id
        members.tag_fans(fans, "来源", "门店扫码", "scan")
    return house


@pytest.fixture
def screen(chromium):
    """`screen(theme, width)`: a window that may go nowhere but to us, and notes every error."""
    contexts = []

    def opened(theme: str = "light", width: int = 1440):
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, locale="zh-CN"
        )
        context.route(lambda url: "127.0.0.1" not in url, lambda route: route.abort())
        contexts.append(context)
        page = context.new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda said: note(page, said))
        return page

    yield opened
    for context in contexts:
        context.close()


def note(page, said) -> None:
    """Every error but the recount that a newer one has overtaken."""
    is_overtaken = said.text.startswith(("htmx:sendAbort", "htmx:afterRequest"))
    if said.type == "error" and not is_overtaken:
        page.errors.append(said.text)


def sign_in(page, web: str, login: str = "mei") -> None:
    """By keyboard alone: the first field has the focus."""
    page.goto(f"{web}/console/")
    expect(page.locator("[name=account]")).to_be_focused()
    page.keyboard.type(login)
    page.keyboard.press("Tab")
    page.keyboard.type(factories.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{web}/console/")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 900])
def test_every_page_is_whole_for_everybody(open_day, web, screen, theme, width):
    page = screen(theme, width)
    sign_in(page, web)
    named = {"store": open_day.jingan.id, "member": open_day.lin}
    named |= {"batch": open_day.batch.id, "coupon": open_day.coupon}

    for path in PAGES:
        page.goto(f"{web}/console{path.format(**named)}")
        page.evaluate(AXE.read_text())

        assert page.evaluate(FIND_SERIOUS) == [], path
        assert page.locator("h1").count() == 1, path
        assert page.locator(".btn-primary:visible").count() == 1, path
        assert page.evaluate(WIDER_THAN_WINDOW) <= 0, path
    assert page.errors == []


def test_a_push_is_written_counted_and_scheduled(open_day, web, screen):
    page = screen()
    sign_in(page, web)
    page.goto(f"{web}/console/pushes/new")

    page.get_by_label("推送名称").fill("会员日")
    page.get_by_label("标签").select_option(label="来源 · 门店扫码")
    page.get_by_role("button", name="定时（11 人）").wait_for()  # 5 % of twelve is one
    page.get_by_role("textbox", name="对照组").fill("50")
    page.get_by_role("button", name="定时（6 人）").wait_for()
    page.get_by_label("文字").fill("护肤满 199 减 30")
    assert page.locator(".bubble").inner_text() == "护肤满 199 减 30"
    page.get_by_text("只发一次").click()
    assert page.get_by_label("每月几日").is_hidden()
    page.get_by_label("日期").fill(
        (clock.local(clock.now()) + timedelta(days=2)).date().isoformat()
    )
    page.get_by_label("时间").fill("9:30")
    page.get_by_role("button", name="定时（6 人）").click()

    page.get_by_text("还没有发过").wait_for()
    assert page.errors == []
    with db.transaction(open_day.brand.id):
        push = queries.list_pushes()[0]
    assert push.state == PushState.SCHEDULED
    assert f"{clock.local(push.once_at):%H:%M}" == "09:30"


def test_a_refused_form_puts_the_cursor_where_the_first_error_is(open_day, web, screen):
    page = screen()
    sign_in(page, web)
    page.goto(f"{web}/console/pushes/new")

    page.get_by_label("推送名称").fill("会员日")
    page.get_by_role("button", name="定时", exact=True).click()

    page.get_by_role("alert").wait_for()
    expect(page.get_by_label("标签")).to_be_focused()


def test_today_follows_what_happens_without_closing_what_was_opened(open_day, web, screen):
    page = screen()
    sign_in(page, web)
    page.get_by_text("看数据").click()

    scan(open_day, "o-late", clock.now())

    expect(page.locator(".figure-cell dd").first).to_have_text("13", timeout=15_000)
    assert page.locator("#hours-data table").is_visible()


def test_a_pinned_theme_outlasts_the_page(open_day, web, screen):
    page = screen("light")
    sign_in(page, web)

    page.locator(".account summary").click()
    page.get_by_role("button", name="深", exact=True).click()
    page.reload()

    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_an_examination_goes_on_by_itself_to_its_last_step(open_day, web, screen):
    page = screen()
    sign_in(page, web)
    page.goto(f"{web}/console/doctor")

    page.get_by_role("button", name="开始体检").click()

    expect(page.locator("#verdict")).to_contain_text(" 项 = 好 ", timeout=60_000)
    expect(page.locator(".exam .is-asking, .exam .is-to-come")).to_have_count(0)
    expect(page.locator("#alarm")).to_have_text(re.compile("^\\s*先修这一项"))
    assert page.errors == []
