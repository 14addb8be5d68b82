"""A web page's login: codes good once, snapshot visitors, tokens that end."""

from urllib.parse import parse_qsl, urlsplit

from tests.sandbox.play import SECRETS, SERVICE


def code_of(sandbox, person, **given):
    body = {"appid": SERVICE, "scope": "snsapi_userinfo", **given}
    return sandbox.admin("POST", f"/people/{person['person_id']}/authorize", body)["code"]


def exchange(sandbox, code, **extra):
    asked = {"appid": SERVICE, "secret": SECRETS[SERVICE], "code": code}
    asked["grant_type"] = "authorization_code"
    return sandbox.get("/sns/oauth2/access_token", **asked | extra)


def userinfo(sandbox, granted, **extra):
    asked = {"access_token": granted["access_token"], "openid": granted["openid"]}
    return sandbox.get("/sns/userinfo", **asked | extra)


def test_a_code_works_once(sandbox, lin):
    code = code_of(sandbox, lin)

    granted = exchange(sandbox, code)

    assert (granted["openid"], granted["unionid"]) == (lin["openids"][SERVICE], lin["unionid"])
    assert (granted["scope"], granted["expires_in"]) == ("snsapi_userinfo", 7200)
    assert "errcode" not in granted
    assert "is_snapshotuser" not in granted
    assert exchange(sandbox, code)["errcode"] == 40163


def test_bad_and_late_codes_are_told_apart(sandbox, lin):
    code = code_of(sandbox, lin)
    sandbox.move_clock(301)

    assert exchange(sandbox, code)["errcode"] == 42003
    assert exchange(sandbox, "made-up")["errcode"] == 40029
    assert exchange(sandbox, "")["errcode"] == 41008
    assert exchange(sandbox, code, secret="x")["errcode"] == 40125


def test_a_base_login_tells_the_openid_and_no_more(sandbox, lin):
    granted = exchange(sandbox, code_of(sandbox, lin, scope="snsapi_base"))

    assert "unionid" not in granted
    assert userinfo(sandbox, granted)["errcode"] == 48001


def test_a_snapshot_visitor_is_nobody_and_all_of_them_are_the_same_nobody(sandbox, lin):
    bo = sandbox.person("bo")

    hers, his = (exchange(sandbox, code_of(sandbox, one, snapshot=True)) for one in (lin, bo))

    assert hers["is_snapshotuser"] == 1
    assert hers["openid"] != lin["openids"][SERVICE]
    assert hers["unionid"] == his["unionid"] != lin["unionid"]
    assert userinfo(sandbox, hers)["nickname"] == "微信用户"


def test_userinfo_belongs_to_the_token(sandbox, lin):
    granted = exchange(sandbox, code_of(sandbox, lin))

    info = userinfo(sandbox, granted)

    assert (info["nickname"], info["unionid"], info["sex"]) == ("Lin", lin["unionid"], 0)
    assert userinfo(sandbox, granted, openid="other")["errcode"] == 40003
    assert userinfo(sandbox, granted, access_token="x")["errcode"] == 40001
    assert userinfo(sandbox, granted, access_token="")["errcode"] == 41001


def refresh(sandbox, token):
    asked = {"appid": SERVICE, "grant_type": "refresh_token", "refresh_token": token}
    return sandbox.get("/sns/oauth2/refresh_token", **asked)


def auth(sandbox, granted):
    asked = {"access_token": granted["access_token"], "openid": granted["openid"]}
    return sandbox.get("/sns/auth", **asked)["errcode"]


def test_a_token_ends_after_two_hours_and_is_refreshed_for_thirty_days(sandbox, lin):
    granted = exchange(sandbox, code_of(sandbox, lin))
    assert auth(sandbox, granted) == 0
    sandbox.move_clock(7201)

    fresh = refresh(sandbox, granted["refresh_token"])

    assert (auth(sandbox, granted), auth(sandbox, fresh)) == (42001, 0)
    assert fresh["openid"] == granted["openid"]
    sandbox.move_clock(30 * 86400 + 1)
    assert refresh(sandbox, granted["refresh_token"])["errcode"] == 42002
    assert refresh(sandbox, "made-up")["errcode"] == 40030


def authorize(sandbox, **asked):
    known = {"appid": SERVICE, "redirect_uri": "https://shop.example.com/in?a=1"}
    known |= {"response_type": "code", "scope": "snsapi_base", "state": "s/1"}
    headers = asked.pop("headers", {})
    return sandbox.raw(
        "GET", "/connect/oauth2/authorize", fields=known | asked, headers=headers, redirect=False
    )


def test_wechats_browser_brings_her_back_with_a_code(sandbox, lin):
    phone = sandbox.raw("GET", f"/phone/{lin['person_id']}")
    cookie = phone.headers["Set-Cookie"].partition(";")[0]

    answer = authorize(sandbox, headers={"Cookie": cookie})

    target = urlsplit(answer.headers["Location"])
    query = dict(parse_qsl(target.query))
    assert (answer.status, target.hostname) == (302, "shop.example.com")
    assert (query["a"], query["state"]) == ("1", "s/1")
    assert exchange(sandbox, query["code"])["openid"] == lin["openids"][SERVICE]


def test_a_login_that_would_return_elsewhere_is_refused(sandbox, receiver, lin):
    sandbox.open_accounts(receiver.url, web_host="shop.example.com")
    person = lin["person_id"]

    good = authorize(sandbox, person=person)
    wrong = authorize(sandbox, person=person, redirect_uri="https://evil.example.com/")

    assert (good.status, wrong.status) == (302, 400)
    assert "10003" in wrong.data.decode()
    assert authorize(sandbox, person=person, scope="x").status == 400
    assert authorize(sandbox, person=person, redirect_uri="javascript:1").status == 400
    assert authorize(sandbox).status == 400, "nobody's phone"
