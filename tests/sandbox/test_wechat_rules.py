"""WeChat's arithmetic, without a server."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from sandbox import rules
from sandbox.clock import month_start_ms
from sandbox.rules import Opened, Token

HOUR = rules.HOUR_MS


def test_a_window_shuts_after_its_span():
    scan, message = Opened("scan", 0, 0), Opened("message", 0, 0)

    assert rules.open_windows([message, scan], 59_999) == [scan, message]
    assert rules.open_windows([message, scan], 60_000) == [message]
    assert rules.open_windows([message, scan], 48 * HOUR) == []


@pytest.mark.parametrize(("trigger", "limit"), [("follow", 3), ("scan", 3), ("message", 5)])
def test_a_window_lets_its_number_through(trigger, limit):
    assert [Opened(trigger, 0, used).left for used in (0, limit - 1, limit)] == [limit, 1, 0]


def test_a_fan_with_four_this_month_is_filtered_silently():
    filtered = rules.filter_fans(["a", "b", "c"], {"a", "b"}, {"b": 4})

    assert filtered == rules.Filtered(3, ["a"])


def test_a_fan_named_twice_counts_once():
    assert rules.filter_fans(["a", "a", "b"], {"a", "b"}, {}) == rules.Filtered(2, ["a", "b"])


@pytest.mark.parametrize(
    ("age_ms", "errcode"), [(0, 45066), (59_999, 45066), (60_000, 45065), (24 * HOUR, None)]
)
def test_a_repeated_client_id_is_refused_for_a_day(age_ms, errcode):
    assert rules.client_id_refusal(1000, 1000 + age_ms) == errcode


def test_a_token_in_its_last_five_minutes_is_not_given_out_again():
    token = Token("t", 0, 2 * HOUR)

    assert rules.is_reusable(token, 2 * HOUR - 300_001)
    assert not rules.is_reusable(token, 2 * HOUR - 300_000)


def test_the_month_turns_at_midnight_in_china():
    zone = ZoneInfo("Asia/Shanghai")
    last = int(datetime(2026, 11, 30, 23, 59, 59, tzinfo=zone).timestamp() * 1000)

    assert month_start_ms(last) == datetime(2026, 11, 1, tzinfo=zone).timestamp() * 1000
    assert month_start_ms(last + 1000) == datetime(2026, 12, 1, tzinfo=zone).timestamp() * 1000


def test_the_digest_does_not_hang_on_the_order_of_keys():
    assert rules.content_digest({"a": 1, "b": 2}) == rules.content_digest({"b": 2, "a": 1})
    assert rules.content_digest({"a": 1}) != rules.content_digest({"a": 2})
