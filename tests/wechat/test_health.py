"""A sick API rests, in every process alike, and slows no other."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.core import clock, queue
from app.wechat import endpoints, gateway, health, http, quota, tokens
from app.wechat.errors import NoAnswer, Paused, WeChatError
from tests.sandbox.play import free_port

INFO, SEND = "/cgi-bin/user/info", "/cgi-bin/message/custom/send"
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def lin(box, account) -> str:
    return box.person("lin")["openids"][account.appid]


def later(box, seconds: float) -> None:
    clock.move(timedelta(seconds=seconds))
    box.move_clock(seconds)


def silences(box, account, lin: str, times: int) -> None:
    box.fault(INFO, "lose_response", times=times)
    for _ in range(times):
        with pytest.raises(NoAnswer) as silence:
            gateway.user_info(account.id, lin)
        assert silence.value.was_sent


def asked(box) -> int:
    return len(box.log(path=INFO))


def test_after_three_silences_running_the_next_call_fails_at_once_and_is_not_made(
    box, account, lin
):
    silences(box, account, lin, 3)
    started = time.monotonic()

    with pytest.raises(Paused) as rest:
        gateway.user_info(account.id, lin)

    assert time.monotonic() - started < 0.5
    assert (asked(box), rest.value.was_sent) == (3, False)


def test_without_the_breaker_every_call_goes_on_being_made(box, account, lin, monkeypatch):
    monkeypatch.setattr(health, "OPENS_AFTER", 0)
    silences(box, account, lin, 3)

    assert gateway.user_info(account.id, lin)["openid"] == lin
    assert asked(box) == 4


def test_a_breaker_is_of_one_api_and_one_account(box, brand, lin):
    silences(box, brand.service, lin, 3)

    with pytest.raises(WeChatError):
        gateway.send_custom_text(brand.service.id, lin, "在吗")
    with pytest.raises(WeChatError):
        gateway.user_info(brand.mini.id, lin)
    assert len(box.log(path=SEND)) == 1


def test_silences_that_an_answer_or_time_lies_between_open_nothing(box, account, lin):
    silences(box, account, lin, 2)
    gateway.user_info(account.id, lin)
    silences(box, account, lin, 2)
    later(box, 61)
    silences(box, account, lin, 1)

    assert gateway.user_info(account.id, lin)["openid"] == lin


def test_after_a_while_one_call_finds_out_and_closes_it(box, account, lin):
    silences(box, account, lin, 3)
    later(box, 16)

    assert gateway.user_info(account.id, lin)["openid"] == lin
    assert gateway.user_info(account.id, lin)["openid"] == lin


def test_a_probe_that_fails_opens_it_for_twice_as_long(box, account, lin):
    silences(box, account, lin, 3)
    later(box, 16)
    silences(box, account, lin, 1)
    later(box, 16 + 16)

    with pytest.raises(Paused):
        gateway.user_info(account.id, lin)
    later(box, 16 + 31)
    assert gateway.user_info(account.id, lin)["openid"] == lin


@pytest.mark.race
def test_of_ten_that_want_to_find_out_one_does(own_database, box, account, lin):
    silences(box, account, lin, 3)
    later(box, 16)
    box.fault(INFO, "delay", seconds=0.5)

    def probe(_: int) -> bool:
        try:
            gateway.user_info(account.id, lin)
        except Paused:
            return False
        return True

    with ThreadPoolExecutor(10) as threads:
        found = list(threads.map(probe, range(10)))

    assert (sum(found), asked(box)) == (1, 4)


@pytest.mark.parametrize(
    ("errcode", "at", "until"),
    [
        (45009, (2026, 11, 22, 10, 0), (2026, 11, 23, 0, 0)),
        (45009, (2026, 11, 22, 23, 59), (2026, 11, 23, 0, 0)),
        (45011, (2026, 11, 22, 10, 7), (2026, 11, 22, 10, 8)),
        (45028, (2026, 12, 31, 23, 0), (2027, 1, 1, 0, 0)),
    ],
)
def test_a_quota_used_up_rests_until_wechats_day_minute_or_month_begins(
    box, account, lin, errcode, at, until
):
    moment = datetime(*at, 30, tzinfo=SHANGHAI)
    later(box, (moment - clock.now()).total_seconds())
    box.fault(INFO, "errcode", errcode=errcode)
    with pytest.raises(WeChatError):
        gateway.user_info(account.id, lin)

    with pytest.raises(Paused) as rest:
        gateway.user_info(account.id, lin)

    assert rest.value.until == datetime(*until, tzinfo=SHANGHAI)
    assert asked(box) == 1
    clock.move(clock._moved + (rest.value.until - clock.now()))
    assert gateway.user_info(account.id, lin)["openid"] == lin


def test_a_refused_set_up_rests_the_account_and_no_other_until_a_person_mended_it(box, brand, lin):
    box.fault(INFO, "errcode", errcode=40164)
    with pytest.raises(WeChatError):
        gateway.user_info(brand.service.id, lin)

    with pytest.raises(Paused):
        gateway.send_custom_text(brand.service.id, lin, "在吗")
    assert tokens.current(brand.mini.id)
    gateway.resume(brand.service.id)
    assert gateway.user_info(brand.service.id, lin)["openid"] == lin


def test_calls_are_counted_by_minute_before_wechat_has_to_refuse(box, account):
    sixty = replace(endpoints.SEND_MASS, a_minute=3)
    for _ in range(3):
        quota.spend(account.appid, sixty, None)

    with pytest.raises(Paused) as rest:
        quota.spend(account.appid, sixty, None)

    assert rest.value.until - clock.now() <= timedelta(minutes=1)
    quota.spend("another account", sixty, None)
    clock.move(timedelta(minutes=1))
    quota.spend(account.appid, sixty, None)


def test_calls_are_counted_by_the_day_at_shanghai(box, account):
    few = replace(endpoints.PREVIEW_MASS, a_day=3)
    for _ in range(3):
        quota.spend(account.appid, few, None)

    with pytest.raises(quota.DayUsedUp) as rest:
        quota.spend(account.appid, few, None)

    assert clock.local(rest.value.until).hour == 0
    quota.spend(account.appid, few, 5)  # WeChat said that this account may
    assert quota.used_today(account.appid, few) == 5
    clock.move(rest.value.until - clock.now())
    quota.spend(account.appid, few, None)


def test_a_lost_valkey_costs_the_counting_and_nothing_else(box, account, lin):
    queue.configure(f"redis://127.0.0.1:{free_port()}")

    assert gateway.create_qr_code(account.id, "S1", permanent=True)
    assert gateway.user_info(account.id, lin)["openid"] == lin


def test_no_call_waits_longer_than_ten_seconds():
    assert http.TOTAL_SECONDS + 1 < 10
