"""One token an account, fetched by one process, kept from a storm."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.wechat import gateway, tokens
from app.wechat.errors import NoAnswer, WeChatError
from app.wechat.keeper import Claim
from app.wechat.models import AccessToken
from tests.pushes import doomed

STABLE = "/cgi-bin/stable_token"
INFO = "/cgi-bin/user/info"


def fetches(box) -> int:
    return len(box.log(path=STABLE))


def row(account) -> AccessToken:
    with db.system_transaction():
        return session.scalars(select(AccessToken).filter_by(account_id=account.id)).one()


def later(box, seconds: float) -> None:
    """Time passes for both of us."""
    clock.move(timedelta(seconds=seconds))
    box.move_clock(seconds)


def force_elsewhere(box, account) -> str:
    """Another system with the same secret makes our token die."""
    asked = {"grant_type": "client_credential", "appid": account.appid, "force_refresh": True}
    answer = box.post(STABLE, asked | {"secret": f"secret-of-{account.appid}"})
    return answer["access_token"]


@pytest.fixture
def lin(box, account) -> str:
    return box.person("lin")["openids"][account.appid]


def test_a_token_is_fetched_once_and_stored_sealed(box, account):
    first, second = tokens.current(account.id), tokens.current(account.id)

    assert first == second
    assert fetches(box) == 1
    assert first not in (row(account).token_encrypted or "")


@pytest.mark.race
def test_twenty_threads_that_want_a_token_fetch_it_once(own_database, box, account):
    with ThreadPoolExecutor(20) as threads:
        found = set(threads.map(lambda _: tokens.current(account.id), range(20)))

    assert len(found) == 1
    assert fetches(box) == 1


@pytest.mark.race
def test_twenty_calls_with_a_dead_token_replace_it_once(own_database, box, account, lin):
    tokens.current(account.id)
    later(box, 31)
    assert force_elsewhere(box, account)
    before = fetches(box)

    with ThreadPoolExecutor(20) as threads:
        found = list(threads.map(lambda _: gateway.user_info(account.id, lin), range(20)))

    assert {one["openid"] for one in found} == {lin}
    assert fetches(box) == before + 1


@pytest.mark.race
def test_while_one_fetches_early_the_others_go_on_with_the_old_token(own_database, box, account):
    old = tokens.current(account.id)
    later(box, 7200 * 0.97)
    box.fault(STABLE, "delay", seconds=1)

    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(lambda _: tokens.current(account.id), range(2)))

    assert old in found
    assert len(set(found)) == 2


def test_accounts_have_tokens_of_their_own(box, brand):
    assert tokens.current(brand.service.id) != tokens.current(brand.mini.id)


def test_the_timekeeper_fetches_before_the_token_ends(box, brand):
    assert tokens.refresh_due() == 2
    old = row(brand.service)
    assert tokens.refresh_due() == 0
    later(box, 7200 * 0.97)

    assert tokens.refresh_due() == 2

    fresh = row(brand.service)
    assert fresh.expires_at > old.expires_at
    assert fresh.lease_until is None


def test_an_account_that_wechat_refuses_does_not_keep_the_others_waiting(box, brand):
    box.fault(STABLE, "errcode", errcode=40125)

    assert tokens.refresh_due() == 1
    assert tokens.refresh_due() == 0
    later(box, 61)
    assert tokens.refresh_due() == 1


def test_a_token_that_died_is_replaced_within_the_call(box, account, lin):
    old = tokens.current(account.id)
    later(box, 31)
    fresh = force_elsewhere(box, account)

    assert gateway.user_info(account.id, lin)["openid"] == lin
    assert tokens.current(account.id) == fresh != old


def test_another_environment_that_shares_the_account_is_noticed_and_named(
    box, account, lin, capsys
):
    tokens.current(account.id)
    later(box, 31)
    force_elsewhere(box, account)

    gateway.user_info(account.id, lin)

    assert row(account).foreign_refresh_at == pytest.approx(clock.now(), abs=timedelta(seconds=5))
    assert row(account).foreign_refresh_count == 1
    said = capsys.readouterr().out
    assert "token.foreign_refresh" in said
    assert account.appid in said


def test_a_token_that_ends_by_itself_or_by_us_is_nobody_elses_doing(box, account, lin):
    tokens.current(account.id)
    box.move_clock(7300)
    gateway.user_info(account.id, lin)
    later(box, 7300 + 61)
    box.fault(INFO, "errcode", errcode=40001)  # the same token is given again, so we force
    gateway.user_info(account.id, lin)

    assert row(account).foreign_refresh_at is None


@pytest.mark.race
def test_eight_processes_fetch_one_token_an_expiry(own_database, box, account, lin):
    expiries, calls = 3, 5
    for expiry in range(expiries):
        later(box, 7300 * expiry)
        in_eight_processes(box, lambda: [gateway.user_info(account.id, lin) for _ in range(calls)])

    assert fetches(box) == expiries
    answered = [one for one in box.log(path=INFO) if one["errcode"] == 0]
    assert len(answered) == expiries * 8 * calls


@pytest.mark.race
def test_eight_processes_in_a_storm_of_refusals_fetch_twice_a_minute(
    own_database, box, account, lin
):
    tokens.current(account.id)
    before = fetches(box)
    later(box, 31)
    box.fault(INFO, "errcode", errcode=40001, times=1000)

    def storm() -> None:
        for _ in range(10):
            with suppress(WeChatError, NoAnswer):
                gateway.user_info(account.id, lin)

    in_eight_processes(box, storm)

    assert fetches(box) - before == 2
    assert len(box.log(path=INFO)) >= 80


def in_eight_processes(box, work) -> None:
    children = [doomed.fork(work, box.url) for _ in range(8)]
    assert all(doomed.wait(child) for child in children)


def test_an_expired_token_is_replaced_within_the_call(box, account, lin):
    tokens.current(account.id)
    box.move_clock(7300)  # only WeChat's clock says so

    assert gateway.user_info(account.id, lin)["openid"] == lin
    assert fetches(box) == 2


def test_a_token_refused_for_ever_is_replaced_once_a_minute_and_no_more(box, account, lin):
    tokens.current(account.id)
    box.fault(INFO, "errcode", errcode=40001, times=1000)
    later(box, 31)
    before = fetches(box)

    for _ in range(10):
        with pytest.raises((WeChatError, NoAnswer)):
            gateway.user_info(account.id, lin)
    in_first_minute = fetches(box) - before
    later(box, 31 + 61)
    with pytest.raises(WeChatError):
        gateway.user_info(account.id, lin)

    assert in_first_minute == 2  # ask, then force, as the same one came again
    assert fetches(box) - before == 4


def test_a_silent_token_endpoint_means_that_nothing_was_sent(box, account, lin):
    box.fault(STABLE, "lose_response")

    with pytest.raises(NoAnswer) as silence:
        gateway.user_info(account.id, lin)

    assert not silence.value.was_sent
    assert box.log(path=INFO) == []


def test_a_wrong_secret_is_said_as_such(box, account, lin):
    box.fault(STABLE, "errcode", errcode=40125)

    with pytest.raises(WeChatError) as refusal:
        gateway.user_info(account.id, lin)

    assert (refusal.value.errcode, refusal.value.action) == (40125, gateway.Action.CONFIG)


def test_the_lease_of_a_process_that_died_ends_by_itself(box, account):
    with db.system_transaction():
        until = clock.now() + tokens.LEASE
        session.add(AccessToken(account_id=account.id, lease_token="gone", lease_until=until))
    later(box, tokens.LEASE.total_seconds() + 1)

    assert tokens.current(account.id)


def test_a_slow_holder_does_not_overwrite_its_successor(box, account):
    claim = tokens.keeper.kept_or_claim(account.id, None)
    assert isinstance(claim, Claim)
    later(box, tokens.LEASE.total_seconds() + 1)
    successor = tokens.current(account.id)
    before = row(account).token_encrypted

    tokens.keeper.fetch_as_holder(claim)

    assert tokens.current(account.id) == successor
    assert row(account).token_encrypted == before
