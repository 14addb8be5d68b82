"""WeCom's login: a token for the corp, a code for its member, a stand-in for an outsider."""

from urllib.parse import parse_qsl, urlsplit

import pytest

CORP, SECRET = "ww-hemuji", "of-the-app"


@pytest.fixture
def corp(sandbox, lin):
    known = {"secret": SECRET, "agent_id": "1000002", "members": {"LinLin": lin["person_id"]}}
    sandbox.admin("PUT", f"/corps/{CORP}", {**known, "web_host": "shop.example.com"})
    return CORP


def token(sandbox, **changed):
    asked = {"corpid": CORP, "corpsecret": SECRET, **changed}
    return sandbox.get("/cgi-bin/gettoken", **asked)


def code_of(sandbox, person, **changed):
    asked = {"appid": CORP, "redirect_uri": "https://shop.example.com/in", "state": "s"}
    asked |= {"response_type": "code", "scope": "snsapi_base", "agentid": "1000002"}
    fields = asked | {"person": person["person_id"]} | changed
    answer = sandbox.raw("GET", "/connect/oauth2/authorize", fields=fields, redirect=False)
    return dict(parse_qsl(urlsplit(answer.headers.get("Location", "")).query)).get("code")


def member(sandbox, code, **changed):
    asked = {"access_token": token(sandbox)["access_token"], "code": code, **changed}
    return sandbox.get("/cgi-bin/auth/getuserinfo", **asked)


def test_a_member_is_told_by_her_userid_once(sandbox, corp, lin):
    code = code_of(sandbox, lin)

    assert member(sandbox, code) == {"errcode": 0, "errmsg": "ok", "userid": "LinLin"}
    assert member(sandbox, code)["errcode"] == 40029


def test_an_outsider_has_an_openid_and_no_userid(sandbox, corp):
    found = member(sandbox, code_of(sandbox, sandbox.person("bo")))

    assert "userid" not in found
    assert found["openid"].startswith("o")


def test_the_token_is_the_same_while_it_lives(sandbox, corp):
    assert token(sandbox)["access_token"] == token(sandbox)["access_token"]
    assert token(sandbox, corpsecret="x")["errcode"] == 40001
    assert token(sandbox, corpid="x")["errcode"] == 40013
    assert token(sandbox, corpid="")["errcode"] == 41002


def test_a_corp_and_an_account_do_not_take_each_others_codes_and_tokens(sandbox, corp, lin):
    assert member(sandbox, "made-up")["errcode"] == 40029
    assert member(sandbox, code_of(sandbox, lin), access_token=sandbox.token())["errcode"] == 40014
    assert code_of(sandbox, lin, redirect_uri="https://evil.example.com/") is None
