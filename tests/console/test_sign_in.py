"""The login page: clear, slow for guessers, and the only way in."""

import re

import pytest

from app.staff.models import Face
from tests import factories


class Visitor:
    """A browser in front of the login page."""

    def __init__(self, client) -> None:
        self.client = client

    def try_to_sign_in(self, account: str, password: str, **fields: str):
        page = self.client.get("/console/login").get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        form = {"csrf_token": token, "account": account, "password": password}
        return self.client.post("/console/login", data=form | fields)


@pytest.fixture
def visitor(client, house):
    return Visitor(client)


def test_whoever_is_not_signed_in_is_sent_to_the_login_page_and_back(client, house):
    response = client.get("/console/stores")

    assert response.status_code == 302
    assert response.location == "/console/login?next=/console/stores"


def test_a_live_block_without_a_session_leads_the_whole_page_to_the_login(client, house):
    response = client.get("/console/today/live", headers={"HX-Request": "true"})

    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == "/console/login"


def test_account_and_password_open_the_page_she_wanted(visitor):
    response = visitor.try_to_sign_in("mei", factories.PASSWORD, next="/console/stores")

    assert response.location == "/console/stores"
    assert visitor.client.get("/console/stores").status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["https://example.com/console/", "//example.com/console/", "/guide/board"]
)
def test_a_link_to_elsewhere_is_not_followed_after_login(visitor, elsewhere):
    response = visitor.try_to_sign_in("mei", factories.PASSWORD, next=elsewhere)

    assert response.location == "/console/"


def test_a_wrong_password_is_told_without_saying_which_part_was_wrong(visitor):
    wrong_password = visitor.try_to_sign_in("mei", "not hers")
    wrong_account = visitor.try_to_sign_in("nobody", factories.PASSWORD)

    for response in (wrong_password, wrong_account):
        assert response.status_code == 401
        assert "账号或密码不对" in response.get_data(as_text=True)
    assert 'value="mei"' in wrong_password.get_data(as_text=True)


def test_an_empty_field_is_named_under_itself(visitor):
    response = visitor.try_to_sign_in("mei", "")

    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert 'id="wrong-password">填密码' in page
    assert 'id="wrong-account"' not in page


def test_after_five_wrong_tries_even_the_right_password_waits(visitor):
    for _ in range(5):
        visitor.try_to_sign_in("mei", "guess")

    response = visitor.try_to_sign_in("mei", factories.PASSWORD)

    assert response.status_code == 429
    assert "5 分钟后再来" in response.get_data(as_text=True)


def test_a_guide_is_told_to_work_on_her_phone(client, house):
    client.set_cookie("huike_console", factories.sign_in("wei", Face.CONSOLE))

    response = client.get("/console/")

    assert response.status_code == 403
    assert "导购在手机上工作" in response.get_data(as_text=True)


def test_signing_out_ends_the_session_on_the_server(mei):
    cookie = mei.client.get_cookie("huike_console").value
    mei.post("/logout")

    mei.client.set_cookie("huike_console", cookie)

    assert mei.get("/").status_code == 302


def test_a_form_without_its_token_is_refused(mei):
    assert mei.client.post("/console/pushes", data={"name": "x"}).status_code == 400


def test_a_page_that_does_not_exist_is_said_in_the_consoles_own_clothes(mei):
    response = mei.get("/nowhere")

    assert response.status_code == 404
    page = response.get_data(as_text=True)
    assert "没有这一条，或不在你的范围内" in page
    assert "回到今日" in page


def test_a_stale_form_says_what_to_do_and_no_words_of_the_framework(mei):
    page = mei.client.post("/console/pushes", data={"name": "x"}).get_data(as_text=True)

    assert "刷新后再试" in page
    assert "CSRF token" not in page
