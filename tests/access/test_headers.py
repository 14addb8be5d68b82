"""What every answer says to the browser, and what no request may talk us into."""

from dataclasses import replace

import pytest
from flask import request

from app.core import db
from app.core.db import Model
from app.factory import create_app
from app.staff.models import Face, Role
from tests import factories
from tests.access.matrix import filled, path_of, undone
from tests.access.town import build

SECURE = "https://crm.brand.example"
STRANGE = "https://elsewhere.example"
ELSEWHERE = r"""
https://elsewhere.example/console/ //elsewhere.example/console/ ///elsewhere.example
/\elsewhere.example \\elsewhere.example //elsewhere.example@/console/ javascript:alert(1)
https:elsewhere.example http:/elsewhere.example /console/\..\..//elsewhere.example
data:text/html,x https://console/ //console/ /guide/board %2f%2felsewhere.example
https://127.0.0.1@elsewhere.example/console/ ftp://elsewhere.example/console/ ?next=//x
／／elsewhere.example 。。/console elsewhere.example/console/ .elsewhere.example #//x
https:///console/ //
""".split()  # noqa: SIM905


@pytest.fixture
def pages(app):
    """Every address that a GET reaches, with ids that are there, and an admin's browser."""
    home = build(homes=1)[0]
    client = app.test_client()
    client.set_cookie("huike_console", home.desk(Role.ADMIN, Face.CONSOLE))
    client.set_cookie("huike_guide", home.desk(Role.GUIDE, Face.GUIDE))
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in rule.methods]
    paths = [path_of(rule, filled(rule, home)) for rule in rules]
    return client, [path for path in paths if not path.startswith("/wechat/")], home


def counts() -> dict[str, int]:
    with db.system_transaction() as session:
        # That somebody looked is itself written into the audit.
        tables = [table for table in Model.metadata.sorted_tables if table.name != "audit"]
        return {table.name: session.query(table).count() for table in tables}


def test_every_answer_is_closed_to_other_sites_and_to_caches(pages) -> None:
    client, paths, _ = pages
    for path in paths:
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"], path
        assert "unsafe-" not in headers["Content-Security-Policy"], path
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "same-origin", path
        assert headers["Permissions-Policy"], path
        assert headers.get("Cache-Control") == "no-store" or "/static/" in path, path


def test_looking_changes_nothing(pages) -> None:
    client, paths, _ = pages
    with undone(db.app_bind()):
        for path in paths:
            before = counts()
            client.get(path)
            assert counts() == before, path


def test_only_declared_methods_are_answered(app, pages) -> None:
    client, _, home = pages
    asked = [
        (path_of(rule, filled(rule, home)), method)
        for rule in app.url_map.iter_rules()
        for method in {"TRACE", "PUT", "PATCH", "DELETE"} - methods_at(app, rule)
    ]
    answers = {client.open(path, method=method).status_code for path, method in asked}

    assert len(asked) > 400
    assert answers <= {405, 404}


def methods_at(app, rule) -> set[str]:
    """Of all rules with this address: PUT may be another view's than GET."""
    return {m for each in app.url_map.iter_rules() if each.rule == rule.rule for m in each.methods}


def test_a_form_without_its_token_changes_nothing_on_any_page(app, pages) -> None:
    client, _, home = pages
    unsafe = [
        (rule, method)
        for rule in app.url_map.iter_rules()
        for method in rule.methods & {"POST", "PUT", "PATCH", "DELETE"}
        if rule.rule.startswith(("/console", "/guide"))
    ]
    answers = {
        f"{method} {rule.rule}": client.open(
            path_of(rule, filled(rule, home)), method=method
        ).status_code
        for rule, method in unsafe
    }

    assert len(answers) > 20
    assert set(answers.values()) <= {400, 403}, answers


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": STRANGE}])
def test_a_form_of_another_site_is_refused_even_with_a_token(app, pages, headers, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    client, _, _ = pages

    assert client.post("/console/people/codes", headers=headers).status_code == 403
    assert client.post("/console/people/codes").status_code == 302


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_no_link_leads_away_after_signing_in(app, house, elsewhere, monkeypatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    given = {"account": "mei", "password": factories.PASSWORD, "next": elsewhere}

    answer = app.test_client().post("/console/login", data=given)

    assert answer.location == "/console/"


@pytest.mark.parametrize(("door", "account"), [("console", "mei"), ("guide", "wei")])
def test_on_https_a_session_is_a_cookie_of_this_host_alone(
    settings, built_app, app, house, door, account, monkeypatch
) -> None:
    https = create_app(replace(settings, public_url=SECURE), built_app.extensions["process"])
    monkeypatch.setitem(https.config, "WTF_CSRF_ENABLED", False)
    given = {"account": f"{account}@{house.brand.brand.slug}", "password": factories.PASSWORD}

    answer = https.test_client().post(f"/{door}/login", data=given, base_url=SECURE)

    told = answer.headers.getlist("Set-Cookie")
    assert {each.partition("=")[0] for each in told} >= {f"__Host-huike_{door}"}
    for each in told:
        assert each.startswith("__Host-"), each
        for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert word in each, each
        assert "Domain" not in each


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "X-WX-OPENID", "X_FORWARDED_FOR"])
def test_a_header_anybody_can_send_is_not_believed(app, name) -> None:
    with app.test_request_context("/", headers={name: "10.9.8.7"}):
        assert request.remote_addr != "10.9.8.7"


def test_a_gateways_header_makes_nobody_of_somebody(app, house) -> None:
    """Inside WeChat's cloud they name the caller; from outside anybody can write them."""
    factories.make_fan(house.brand.id, house.brand.service.id, "o-lin")
    names = ("X-WX-OPENID", "X-WX-UNIONID", "X-WX-FROM-OPENID", "x-wx-openid", "X_WX_OPENID")

    answers = {
        app.test_client().get("/api/v1/me", headers={name: "o-lin"}).status_code for name in names
    }

    assert answers == {401}


def test_behind_one_proxy_its_own_word_is_the_address(settings, built_app) -> None:
    app = create_app(replace(settings, trusted_proxies=1), built_app.extensions["process"])
    seen = []
    app.before_request(lambda: seen.append(request.remote_addr))
    app.test_client().get("/healthz", headers={"X-Forwarded-For": "6.6.6.6, 10.9.8.7"})

    assert seen == ["10.9.8.7"]
