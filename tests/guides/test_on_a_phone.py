"""The guide's phone in Chromium: live, quiet under a finger, patient without a network."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect, sync_playwright
from sqlalchemy import func, select
from werkzeug.serving import make_server

from app.core import codes, db
from app.core.db import session
from app.coupons.models import Redemption
from app.members.models import Member
from app.visits import service as visits
from app.visits.models import Visit, VisitState
from tests import factories
from tests.ground import ROOT
from tests.guides import processes
from tests.guides.conftest import join, scan

pytestmark = [pytest.mark.browser, pytest.mark.flow]

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
FIND_SERIOUS = """axe.run(document, {resultTypes: ['violations']}).then(result => result.violations
    .filter(found => ['serious', 'critical'].includes(found.impact))
    .map(found => found.id + ' ' + found.nodes.map(node => node.html).join(' | ')))"""
PAGE_WIDTH = "document.documentElement.scrollWidth"  # a phone's innerWidth grows with it


@pytest.fixture(scope="module")
def assets():
    """What the pages wear, built from the sources as they are now."""
    build = [sys.executable, str(ROOT / "frontend" / "build.py"), "--only", "guide"]
    subprocess.run(build, check=True, capture_output=True)


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def web(admin, built_app, assets):
    """The pages, and the stream beside them on another port; one database for all tests here."""
    from app.factory import create_app

    ports = processes.free_port(), processes.free_port()
    public, stream = (f"http://127.0.0.1:{port}" for port in ports)
    with processes.own_database(admin, built_app) as settings:
        open_to_all = replace(settings, public_url=public, stream_url=stream)
        app = create_app(open_to_all, built_app.extensions["process"])
        server = make_server("127.0.0.1", ports[0], app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with processes.running_stream(settings, ports[1], public):
            yield public
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def brand(web):
    return factories.make_brand()


@pytest.fixture
def house(brand) -> SimpleNamespace:
    """A store of this test's own, with 小魏 and 小陈 in it."""
    store = factories.make_store(brand.id, "静安寺店", account_id=brand.service.id)
    for login, name in (("wei", "小魏"), ("chen", "小陈")):
        factories.make_staff(brand.id, f"{login}{store.id}", name=name, store_ids=[store.id])
    return SimpleNamespace(brand=brand, jingan=store)


@pytest.fixture
def phone(web, house, chromium):
    """`phone("wei")`: her phone, signed in, that reaches nobody but us and notes every error."""
    contexts = []

    def opened(login: str = "wei", theme: str = "light", width: int = 390):
        context = chromium.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=theme,
            locale="zh-CN",
            has_touch=True,
            is_mobile=True,
        )
        context.route(lambda url: "127.0.0.1" not in url, lambda route: route.abort())
        context.add_cookies(
            [
                {
                    "name": "huike_guide",
                    "value": factories.sign_in(f"{login}{house.jingan.id}"),
                    "url": web,
                }
            ]
        )
        contexts.append(context)
        page = context.new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(f"{web}/guide/board")
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def busy_day(web, house) -> SimpleNamespace:
    """周女士 is a member, two are new, 小陈 looks after one of them."""
    visits = [come(house) for _ in range(3)]
    member = join(house, visits[2].fan_id, f"138{house.jingan.id:04d}5678", name="周女士")
    with db.transaction(house.brand.id):
        db.get(Member, member.id).main_store_id = house.jingan.id
    return SimpleNamespace(house=house, visits=visits, member=member)


def come(house) -> SimpleNamespace:
    """Somebody nobody has seen before scans."""
    return scan(house, f"o-{codes.code()}")


def state_of(house, visit_id: int) -> Visit:
    with db.transaction(house.brand.id):
        return db.get(Visit, visit_id)


def card(page, visit):
    return page.locator(f"#visit-{visit.id}")


def test_she_scans_and_slides_into_the_open_board(phone, house):
    page = phone()
    expect(page.get_by_text("今天还没有人扫码")).to_be_visible()
    expect(page.get_by_text("实时")).to_be_visible()

    visit = come(house)

    expect(card(page, visit)).to_be_visible(timeout=4000)
    expect(page.locator(".figures dd").first).to_have_text("1")
    expect(page.get_by_text("今天还没有人扫码")).to_be_hidden()
    assert page.errors == []


def test_the_bell_is_quicker_than_the_poll(phone, house):
    page = phone()
    page.wait_for_timeout(1500)  # the stream is open, the next poll is seconds away

    visit = come(house)

    expect(card(page, visit)).to_be_visible(timeout=2000)


def test_she_claims_hands_out_the_sample_and_takes_it_back(phone, busy_day):
    page, visit = phone(), busy_day.visits[2]

    card(page, visit).get_by_role("button", name="我来接待").tap()
    expect(card(page, visit)).to_contain_text("你在接待，还剩 10 分钟")
    card(page, visit).get_by_role("button", name="给了小样").tap()
    expect(page.get_by_text("给出一份小样，库存减 1")).to_be_visible()
    page.get_by_role("button", name="撤销").tap()

    expect(card(page, visit)).to_contain_text("库存 18")
    expect(card(page, visit).get_by_role("button", name="给了小样")).to_be_visible()
    assert page.errors == []


def test_an_answer_that_a_bell_overtook_still_offers_to_take_it_back(phone, busy_day):
    page, visit = phone(), busy_day.visits[2]
    card(page, visit).get_by_role("button", name="我来接待").tap()
    expect(card(page, visit)).to_contain_text("你在接待，还剩 10 分钟")

    def answer_late(route):
        answer = route.fetch()
        page.wait_for_timeout(3000)  # meanwhile the bell has put a new card in its place
        route.fulfill(response=answer)

    page.route("**/sample", answer_late)
    card(page, visit).get_by_role("button", name="给了小样").tap()

    expect(page.get_by_text("给出一份小样，库存减 1")).to_be_visible(timeout=10_000)


def test_a_colleagues_phone_sees_the_claim_and_a_late_tap_is_told_who_won(phone, busy_day):
    mine, theirs, visit = phone("wei"), phone("chen"), busy_day.visits[2]
    mine.context.set_offline(True)
    card(theirs, visit).get_by_role("button", name="我来接待").tap()
    expect(card(theirs, visit)).to_contain_text("你在接待")

    card(mine, visit).get_by_role("button", name="我来接待").tap()
    expect(mine.locator("#queue-strip")).to_have_text("没有网络，已记下 1 步，连上就发")
    mine.context.set_offline(False)

    expect(mine.locator("#queue-strip")).to_be_hidden(timeout=8000)
    expect(card(mine, visit)).to_contain_text("小陈先接待了周女士，你的「我来接待」没有生效")
    expect(card(mine, visit)).to_contain_text("小陈在接待，还剩 10 分钟")


def test_steps_taken_without_a_network_are_sent_once_it_is_back(phone, busy_day):
    page, visit = phone(), busy_day.visits[2]
    page.context.set_offline(True)

    card(page, visit).get_by_role("button", name="我来接待").tap()
    expect(card(page, visit)).to_contain_text("已记下「我来接待」")
    expect(page.locator("#live")).to_contain_text("连接断开，正在重连，已做的不会丢", timeout=15000)
    page.context.set_offline(False)

    expect(card(page, visit)).to_contain_text("你在接待", timeout=8000)
    expect(page.locator("#live")).to_contain_text("实时")
    assert state_of(busy_day.house, visit.id).state == VisitState.CLAIMED


def test_an_answer_that_was_overtaken_changes_nothing(phone, busy_day):
    page, visit, held = phone(), busy_day.visits[2], []
    page.route("**/guide/board?after=*", lambda route: held.append((route, route.fetch())))
    wei = factories.actor(factories.sign_in(f"wei{busy_day.house.jingan.id}"))
    with db.transaction(busy_day.house.brand.id):
        visits.claim(visit.id, wei)
    while not held or held[-1][1].status != 200:  # a quiet poll may have come first
        for route, answer in held:
            route.fulfill(response=answer)
        held.clear()
        page.wait_for_timeout(100)

    card(page, visit).get_by_role("button", name="我来接待").tap()
    card(page, visit).get_by_role("button", name="已打招呼").tap()
    expect(card(page, visit)).to_contain_text("打过招呼")
    held[-1][0].fulfill(response=held[-1][1])
    page.wait_for_timeout(300)

    expect(card(page, visit)).to_contain_text("打过招呼")


def test_a_list_that_is_being_read_does_not_move_and_a_pill_counts_who_came(phone, house):
    for _ in range(9):
        come(house)
    page = phone()
    page.evaluate("scrollTo(0, 400)")
    page.wait_for_timeout(300)
    before = page.evaluate("document.documentElement.scrollHeight")

    new = come(house)
    expect(page.get_by_role("button", name="1 位新到")).to_be_visible(timeout=4000)
    unmoved = page.locator("#waiting .card").count()
    page.get_by_role("button", name="1 位新到").tap()

    assert unmoved == 9
    assert before <= page.evaluate("document.documentElement.scrollHeight")
    expect(page.locator("#waiting .card").first).to_have_id(f"visit-{new.id}")


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_clean_for_axe_and_fits(phone, busy_day, theme, width):
    page = phone(theme=theme, width=width)
    card(page, busy_day.visits[0]).get_by_role("button", name="我来接待").tap()
    expect(card(page, busy_day.visits[0])).to_contain_text("你在接待")
    root = page.url.removesuffix("/board")

    hers = f"/members/{busy_day.member.id}"
    for path in ("/board", hers, "/members", "/me", "/me/posters", "/code", "/login"):
        page.goto(root + path)
        page.evaluate(AXE.read_text())

        assert page.evaluate(FIND_SERIOUS) == [], path
        assert page.evaluate(PAGE_WIDTH) == width, path
        assert page.locator("h1").count() == 1, path


def test_the_board_has_one_filled_button(phone, busy_day):
    page = phone()
    filled = "getComputedStyle(document.querySelector('#waiting .is-claim')).backgroundColor"
    accent = page.evaluate(filled)

    colours = page.locator("button:visible").evaluate_all(
        "buttons => buttons.map(each => getComputedStyle(each).backgroundColor)"
    )

    assert colours.count(accent) == 1


def test_the_parts_in_the_chips_add_up_to_the_scans(phone, busy_day):
    page = phone()
    card(page, busy_day.visits[0]).get_by_role("button", name="我来接待").tap()
    expect(page.locator(".chips button").nth(1)).to_have_text("接待中 1")

    chips = page.locator(".chips [data-count]").all_inner_texts()

    assert sum(map(int, chips)) == int(page.locator(".figures dd").first.inner_text()) == 3


def test_after_a_minute_without_a_network_every_act_has_arrived_once(phone, busy_day):
    page, house = phone(), busy_day.house
    first, second, member = busy_day.visits[0], busy_day.visits[1], busy_day.visits[2]
    card(page, member).get_by_role("button", name="我来接待").tap()
    expect(card(page, member)).to_contain_text("你在接待")
    lost = []
    page.route("**/sample", lambda route: _lose_the_answer(route, lost))
    card(page, member).get_by_role("button", name="给了小样").tap()
    expect(page.locator("#queue-strip")).to_contain_text("已记下 1 步")

    page.context.set_offline(True)
    expect(page.locator("#offline-strip")).to_contain_text("没有网络")
    for name in ("已打招呼", "成交"):
        card(page, member).get_by_role("button", name=name).tap()
    for visit in (first, second):
        card(page, visit).get_by_role("button", name="我来接待").tap()
    expect(page.locator("#queue-strip")).to_have_text("没有网络，已记下 5 步，连上就发")
    newcomers = [come(house), come(house)]
    page.wait_for_timeout(60_000)
    page.unroute("**/sample")
    page.context.set_offline(False)

    expect(page.locator("#queue-strip")).to_be_hidden(timeout=20_000)
    expect(page.get_by_text("补上 2 位，按时间排好")).to_be_visible(timeout=5000)
    ended, now = state_of(house, member.id), [state_of(house, v.id) for v in (first, second)]
    assert (ended.state, ended.outcome) == ("done", "bought")
    assert ended.greeted_at is not None
    assert [visit.state for visit in now] == ["claimed", "claimed"]
    assert (lost, hand_outs_in(house)) == (["done"], 1)
    for newcomer in newcomers:
        assert page.locator(f"#visit-{newcomer.id}").count() == 1
    assert page.errors == []


def _lose_the_answer(route, lost: list[str]) -> None:
    """The server has done it; her phone never hears."""
    if not lost:
        route.fetch()
        lost.append("done")
    route.abort()


def hand_outs_in(house) -> int:
    with db.transaction(house.brand.id):
        counted = select(func.count(Redemption.id)).filter_by(store_id=house.jingan.id)
        return session.scalar(counted)


def test_a_stream_that_was_cut_misses_nobody_and_shows_nobody_twice(phone, house):
    page = phone()
    there = [come(house) for _ in range(2)]
    expect(page.locator("#waiting .card")).to_have_count(2, timeout=6000)

    page.context.set_offline(True)
    there += [come(house) for _ in range(3)]
    page.wait_for_timeout(11_000)
    page.context.set_offline(False)

    expect(page.get_by_text("补上 3 位，按时间排好")).to_be_visible(timeout=10_000)
    ids = page.locator("#waiting .card").evaluate_all("cards => cards.map(card => card.id)")
    assert ids == [f"visit-{visit.id}" for visit in reversed(there)]


def test_whatever_is_tapped_is_as_large_as_a_finger(phone, busy_day):
    page = phone()
    card(page, busy_day.visits[0]).get_by_role("button", name="我来接待").tap()
    expect(card(page, busy_day.visits[0])).to_contain_text("你在接待")
    root = page.url.removesuffix("/board")
    small = """[...document.querySelectorAll('a, button, select, input:not([type=hidden])')]
        .filter(each => each.offsetParent && !each.matches('.name, .hint a'))
        .filter(each => each.getBoundingClientRect().height < 44).map(each => each.outerHTML)"""

    for path in ("/board", f"/members/{busy_day.member.id}", "/members", "/me", "/me/posters"):
        page.goto(root + path)
        assert page.evaluate(small) == [], path


def test_text_of_twice_its_size_stays_on_the_page(phone, busy_day):
    page = phone(width=320)
    root = page.url.removesuffix("/board")

    for path in ("/board", f"/members/{busy_day.member.id}", "/members", "/me"):
        page.goto(root + path)
        page.evaluate("document.documentElement.style.zoom = 2")
        page.set_viewport_size({"width": 640, "height": 1600})
        assert page.evaluate(PAGE_WIDTH) <= 640, path


def test_under_sixty_kilobytes_of_script_are_sent(phone):
    page = phone()
    sent = page.evaluate(
        "performance.getEntriesByType('resource').filter(each => each.initiatorType === 'script')"
        ".reduce((sum, each) => sum + each.encodedBodySize, 0)"
    )

    assert 0 < sent < 60 * 1024
