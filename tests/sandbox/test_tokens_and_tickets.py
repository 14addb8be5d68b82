"""Plain tokens, JS tickets and the whitelist of addresses."""

import pytest

from tests.sandbox.play import MINI, SECRETS, SERVICE

INFO, TICKET = "/cgi-bin/user/info", "/cgi-bin/ticket/getticket"


def plain_token(sandbox, appid=SERVICE, **extra):
    asked = {"grant_type": "client_credential", "appid": appid, "secret": SECRETS[appid]}
    return sandbox.get("/cgi-bin/token", **asked | extra)


def works(sandbox, token, person):
    answer = sandbox.get(INFO, access_token=token, openid=person["openids"][SERVICE])
    return answer.get("errcode", 0)


def test_each_plain_token_is_new_and_the_one_before_works_five_minutes_more(sandbox, lin):
    stable = sandbox.token()
    first, second = (plain_token(sandbox)["access_token"] for _ in range(2))

    assert first != second
    assert [works(sandbox, one, lin) for one in (first, second, stable)] == [0, 0, 0]

    sandbox.move_clock(301)
    assert [works(sandbox, one, lin) for one in (first, second, stable)] == [40001, 0, 0]


def test_a_stable_token_is_forced_without_harm_to_a_plain_one(sandbox, lin):
    plain, old = plain_token(sandbox)["access_token"], sandbox.token()
    sandbox.move_clock(31)

    sandbox.token(force_refresh=True)

    assert [works(sandbox, one, lin) for one in (plain, old)] == [0, 40001]


@pytest.mark.parametrize(
    ("asked", "errcode"), [({"grant_type": "x"}, 40002), ({"secret": "x"}, 40125)]
)
def test_a_plain_token_needs_the_right_credentials(sandbox, asked, errcode):
    assert plain_token(sandbox, **asked)["errcode"] == errcode


def test_an_address_outside_the_whitelist_is_named_and_gets_no_token(sandbox, receiver):
    sandbox.open_accounts(receiver.url + "/callback", ip_whitelist=["203.0.113.9"])

    for answer in (sandbox.stable_token(), plain_token(sandbox)):
        assert answer["errcode"] == 40164
        assert answer["errmsg"].startswith("invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in")

    sandbox.open_accounts(receiver.url + "/callback", ip_whitelist=["127.0.0.1"])
    assert "access_token" in sandbox.stable_token()


def ticket(sandbox, kind="jsapi", appid=SERVICE):
    return sandbox.get(TICKET, access_token=sandbox.token(appid), type=kind)


def test_a_ticket_stays_the_same_until_it_is_old(sandbox):
    first, again, cards = ticket(sandbox), ticket(sandbox), ticket(sandbox, "wx_card")

    assert (first["errcode"], first["ticket"]) == (0, again["ticket"])
    assert 7000 < first["expires_in"] <= 7200
    assert cards["ticket"] != first["ticket"]

    sandbox.move_clock(7200 - 200)
    assert ticket(sandbox)["ticket"] != first["ticket"]


def test_an_unknown_ticket_or_a_mini_programs_is_refused(sandbox):
    assert ticket(sandbox, "nonsense")["errcode"] == 40097
    assert ticket(sandbox, appid=MINI)["errcode"] == 48001
