"""Quotas by day and minute, the ten clearings of a month, and what a rid tells."""

import pytest

from tests.sandbox.play import MINI, SECRETS, SERVICE

MENU = "/cgi-bin/menu/get"


def set_quota(sandbox, path, appid=SERVICE, **given):
    sandbox.admin("POST", "/quotas", {"appid": appid, "path": path, **given})


def calls(sandbox, count, path=MENU):
    token = sandbox.token()
    return [sandbox.get(path, access_token=token)["errcode"] for _ in range(count)]


def clear(sandbox):
    return sandbox.call("/cgi-bin/clear_quota", {"appid": SERVICE})["errcode"]


def test_a_days_quota_ends_at_midnight_in_china(sandbox):
    set_quota(sandbox, MENU, daily=2)

    assert calls(sandbox, 3) == [46003, 46003, 45009]
    sandbox.move_clock(86400)
    assert calls(sandbox, 1) == [46003]


def test_a_minutes_quota_has_a_code_of_its_own(sandbox):
    set_quota(sandbox, MENU, minute=2)

    answers = calls(sandbox, 3)
    sandbox.move_clock(61)

    # The three calls may fall on both sides of a minute's end.
    assert answers in ([46003, 46003, 45011], [46003, 46003, 46003])
    assert calls(sandbox, 1) == [46003]


def test_a_quota_belongs_to_one_account(sandbox):
    set_quota(sandbox, "/cgi-bin/stable_token", MINI, daily=1)

    answers = [sandbox.stable_token(MINI).get("errcode") for _ in range(2)]

    assert answers == [None, 45009]
    assert "access_token" in sandbox.stable_token(SERVICE)


def test_the_figures_of_an_api_can_be_asked(sandbox):
    set_quota(sandbox, MENU, daily=5)
    calls(sandbox, 2)

    answer = sandbox.call("/cgi-bin/openapi/quota/get", {"cgi_path": MENU})

    assert answer["quota"] == {"daily_limit": 5, "used": 2, "remain": 3}
    assert sandbox.call("/cgi-bin/openapi/quota/get", {"cgi_path": "x"})["errcode"] == 76021
    listed = sandbox.admin("GET", "/quotas")["quotas"]
    assert {"appid": SERVICE, "path": MENU, "used": 2, "daily": 5} in listed


def test_quotas_are_cleared_ten_times_a_month(sandbox):
    set_quota(sandbox, MENU, daily=1)
    calls(sandbox, 2)

    assert clear(sandbox) == 0
    assert calls(sandbox, 1) == [46003]
    assert [clear(sandbox) for _ in range(10)] == [0] * 9 + [48006]
    sandbox.move_clock(31 * 86400)
    assert clear(sandbox) == 0


def test_a_token_quota_that_is_gone_is_cleared_by_secret(sandbox):
    set_quota(sandbox, "/cgi-bin/stable_token", daily=1)
    sandbox.token()
    assert sandbox.stable_token()["errcode"] == 45009
    body = {"appid": SERVICE, "appsecret": "wrong"}

    assert sandbox.post("/cgi-bin/clear_quota/v2", body)["errcode"] == 40125
    body["appsecret"] = SECRETS[SERVICE]
    assert sandbox.post("/cgi-bin/clear_quota/v2", body)["errcode"] == 0

    assert "access_token" in sandbox.stable_token()


def test_clearing_another_account_is_refused(sandbox):
    assert sandbox.call("/cgi-bin/clear_quota", {"appid": MINI})["errcode"] == 40013


def test_a_rid_leads_back_to_its_call(sandbox):
    refused = sandbox.call(MENU)
    rid = refused["errmsg"].partition("rid: ")[2]

    found = sandbox.call("/cgi-bin/openapi/rid/get", {"rid": rid})

    assert found["request"]["request_url"] == MENU
    assert found["request"]["response_body"] == '{"errcode":46003}'
    assert sandbox.call("/cgi-bin/openapi/rid/get", {"rid": "x"})["errcode"] == 76003
    foreign = sandbox.call("/cgi-bin/openapi/rid/get", {"rid": rid}, MINI)
    assert foreign["errcode"] == 76003


@pytest.mark.parametrize(("path", "code"), [("/wxa/getwxacodeunlimit", 45009)])
def test_some_apis_answer_the_days_code_for_the_minute(sandbox, path, code):
    set_quota(sandbox, path, MINI, minute=1)

    answers = [sandbox.call(path, {"scene": ""}, MINI)["errcode"] for _ in range(3)]

    assert answers[0] == 40169
    assert answers[-1] == code


def test_permanent_codes_run_out(sandbox):
    def create(scene, **extra):
        body = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}
        return sandbox.call("/cgi-bin/qrcode/create", {**body, **extra}).get("errcode")

    create("quota-test")
    sandbox.limits(permanent_codes=1)

    assert create("quota-test") is None, "a known scene keeps its code"
    assert create("quota-test-2") == 45029
    assert create("quota-test-3", action_name="QR_STR_SCENE") is None


def test_a_scene_one_level_too_high_becomes_zero(sandbox, receiver, lin):
    body = {"action_name": "QR_LIMIT_SCENE", "action_info": {"scene_id": 7}}
    made = sandbox.call("/cgi-bin/qrcode/create", body)

    sandbox.act(lin, "scan", scene="0")

    fields = receiver.calls[0].fields()
    assert (fields["EventKey"], fields["Ticket"]) == ("qrscene_0", made["ticket"])
