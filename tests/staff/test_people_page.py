"""员工 and 账号与安全: who may come in, and how she proves it."""

import re
from datetime import timedelta

import pyotp
import pytest

from app.core import audit, clock, db
from app.staff.models import Face, Role, Staff
from tests import factories


class Browser:
    """Somebody at the console."""

    def __init__(self, client) -> None:
        self.client = client

    def token(self, page: str = "/console/login") -> str:
        text = self.client.get(page).get_data(as_text=True)
        return re.search(r'name="csrf_token" value="([^"]+)"', text)[1]

    def post(self, path: str, **fields):
        return self.client.post(path, data={"csrf_token": self.token()} | fields)

    def sign_in(self, account: str, password: str = factories.PASSWORD):
        return self.post("/console/login", account=account, password=password)

    def page(self, path: str) -> str:
        return self.client.get(path).get_data(as_text=True)


@pytest.fixture
def browser_of(app, house):
    """`browser_of("mei")`, each a browser of its own, signed in by its cookie."""

    def opened(login: str | None = None) -> Browser:
        browser = Browser(app.test_client())
        if login:
            token = factories.sign_in(login, Face.CONSOLE)
            browser.client.set_cookie("huike_console", token)
        return browser

    return opened


@pytest.fixture
def mei(browser_of):
    return browser_of("mei")


@pytest.fixture
def lan(browser_of, house):
    """The manager of 静安寺店."""
    where = {"store_ids": [house.jingan.id]}
    factories.make_staff(house.brand.id, "lan", Role.STORE_MANAGER, name="兰", **where)
    return browser_of("lan")


def set_up_codes(browser: Browser, house) -> pyotp.TOTP:
    from app.staff.service import totp

    browser.post("/console/account/codes")
    with db.transaction(house.brand.id) as session:
        person = session.query(Staff).filter_by(login="mei").one()
        phone = pyotp.parse_uri(totp.address_of(person))
    answer = browser.post("/console/account/codes/confirm", code=phone.at(clock.now()))
    assert "备用码只显示这一次" in answer.get_data(as_text=True)
    browser.recovery = re.findall(r"<code>([\w-]+)</code>", answer.get_data(as_text=True))
    return phone


def test_somebody_new_gets_a_password_once_and_must_change_it(mei, browser_of):
    page = mei.post("/console/people/new", name="小新", login="xin", role="marketer")
    text = page.get_data(as_text=True)
    password = re.search(r"初始密码 <code>(\w+)</code>", text)[1]
    xin = browser_of()
    xin.sign_in("xin", password)

    assert page.headers["Cache-Control"] == "no-store"
    assert password not in mei.page("/console/people")
    assert xin.client.get("/console/pushes").location == "/console/account"
    changed = xin.post("/console/account/password", current=password, password="我自己的新密码啊")
    assert changed.status_code == 302
    assert xin.client.get("/console/pushes").status_code == 200


def test_another_store_holds_with_the_next_request(mei, lan, house):
    person = factories.actor(lan.client.get_cookie("huike_console").value, Face.CONSOLE)
    path = f"/console/people/{person.staff_id}"

    mei.post(path, name="兰", role="store_manager", store_ids=str(house.hubin.id))

    assert lan.client.get(f"/console/stores/{house.jingan.id}").status_code == 404
    assert lan.client.get(f"/console/stores/{house.hubin.id}").status_code == 200


def test_another_role_ends_her_sessions_and_is_in_the_audit(mei, lan, house):
    person = factories.actor(lan.client.get_cookie("huike_console").value, Face.CONSOLE)

    mei.post(f"/console/people/{person.staff_id}", name="兰", role="guide")

    assert lan.client.get("/console/").location.startswith("/console/login")
    with db.transaction(house.brand.id) as session:
        row = session.query(audit.AuditRow).filter_by(act="staff.changed").one()
    assert (row.detail["before"]["role"], row.detail["after"]["role"]) == ("store_manager", "guide")


def test_whoever_left_is_out_at_once(mei, lan):
    person = factories.actor(lan.client.get_cookie("huike_console").value, Face.CONSOLE)

    mei.post(f"/console/people/{person.staff_id}/disabled")

    assert lan.client.get("/console/").status_code == 302


def test_the_last_admin_cannot_go(mei, house):
    response = mei.post(f"/console/people/{house.mei.id}/disabled")

    assert response.status_code == 409
    assert "最后一位管理员" in response.get_data(as_text=True)


def test_with_codes_the_password_alone_opens_nothing(mei, browser_of, house):
    phone = set_up_codes(mei, house)
    clock.move(timedelta(minutes=2))
    other = browser_of()

    page = other.sign_in("mei").get_data(as_text=True)
    half = re.search(r'name="half" value="([^"]+)"', page)[1]

    assert other.client.get("/console/").status_code == 302
    wrong = other.post("/console/login", half=half, code="000000")
    assert wrong.status_code == 401
    code = phone.at(clock.now())
    assert other.post("/console/login", half=half, code=code).location == "/console/"
    again = browser_of()
    assert again.post("/console/login", half=half, code=code).status_code == 401


def test_a_recovery_code_works_once(mei, browser_of, house):
    set_up_codes(mei, house)
    half = re.search(
        r'name="half" value="([^"]+)"', browser_of().sign_in("mei").get_data(as_text=True)
    )[1]

    first = browser_of().post("/console/login", half=half, code=mei.recovery[0])
    second = browser_of().post("/console/login", half=half, code=mei.recovery[0])

    assert (first.status_code, second.status_code) == (302, 401)


def test_many_wrong_codes_are_told_when_to_come_back(mei, browser_of, house):
    set_up_codes(mei, house)
    stranger = browser_of()
    half = re.search(
        r'name="half" value="([^"]+)"', stranger.sign_in("mei").get_data(as_text=True)
    )[1]

    answers = [stranger.post("/console/login", half=half, code="000000") for _ in range(8)]

    assert answers[-1].status_code == 429
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 300


def test_codes_change_the_sessions_id(mei, house):
    before = mei.client.get_cookie("huike_console").value

    set_up_codes(mei, house)

    assert mei.client.get_cookie("huike_console").value != before
    assert mei.client.get("/console/").status_code == 200


def test_a_brand_may_want_codes_of_headquarters(mei, lan):
    mei.post("/console/people/codes", required="yes")

    assert mei.client.get("/console/pushes").location == "/console/account"
    assert lan.client.get("/console/").status_code == 200


def test_strangers_do_not_lock_her_out_of_a_browser_she_knows(browser_of, house):
    hers, stranger = browser_of(), browser_of()
    hers.sign_in("mei")
    for _ in range(12):
        refused = stranger.sign_in("mei", "a guess")

    assert refused.status_code == 429
    assert stranger.sign_in("mei").status_code == 429
    assert hers.sign_in("mei").location == "/console/"


def test_a_hundred_guesses_say_nothing_about_who_is_there(browser_of, house):
    def guesses(account: str) -> list[tuple[int, str]]:
        browser = browser_of()
        answers = [browser.sign_in(account, "a guess") for _ in range(12)]
        return [(each.status_code, each.headers.get("Retry-After") is not None) for each in answers]

    assert guesses("mei") == guesses("nobody-by-this-name")


def test_another_browser_can_be_signed_out(mei, browser_of):
    other = browser_of("mei")
    [number] = re.findall(r"/account/sessions/(\w+)/end", mei.page("/console/account"))

    mei.post(f"/console/account/sessions/{number}/end")

    assert other.client.get("/console/").status_code == 302
    assert mei.client.get("/console/").status_code == 200


def test_a_desk_left_alone_is_closed_even_if_its_page_refreshes(mei):
    for _ in range(4):
        clock.move(clock._moved + timedelta(minutes=10))
        left = mei.client.get("/console/today/live", headers={"X-Unattended": "1"})

    assert left.status_code in (302, 401)


def test_a_desk_in_use_is_closed_after_half_a_day(mei):
    for _ in range(29):
        clock.move(clock._moved + timedelta(minutes=25))
        last = mei.client.get("/console/account")

    assert last.status_code == 302
