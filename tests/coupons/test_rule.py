"""A coupon's rule as data: what is taken, what is refused, and how it reads."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from marshmallow import ValidationError

from app.core.clock import SHANGHAI
from app.coupons.rule import (
    AfterClaim,
    Amount,
    BetweenDays,
    Kind,
    Names,
    Rule,
    describe,
    read,
    write,
)
from tests.benefits.wallets import strict_rules

THIRTY_OFF = {"kind": "amount", "off_fen": 3000}
SMALLEST = {"version": 1, "gives": THIRTY_OFF, "validity": {"days": 30}}
STORES = {3: "静安寺店", 7: "湖滨店", 8: "万象城店", 9: "太古里店", 11: "天环店"}
NAMES = Names(STORES, {2: "金穗", 3: "木心"})


@settings(max_examples=60, deadline=None)
@given(strict_rules)
def test_a_rule_written_down_is_read_back_the_same(rule: Rule) -> None:
    assert read(json.loads(json.dumps(write(rule)))) == rule


def test_what_is_left_out_asks_nothing() -> None:
    assert read(SMALLEST) == Rule(Amount(3000), AfterClaim(30))


def test_the_same_rule_is_always_written_the_same() -> None:
    mixed = SMALLEST | {"store_ids": [7, 3, 7], "weekdays": [7, 6]}

    assert write(read(mixed))["store_ids"] == [3, 7]
    assert write(read(mixed)) == write(read(write(read(mixed))))


WRONG = [
    ({"version": 2}, "version"),
    ({"surprise": 1}, "surprise"),
    ({"gives": {"kind": "cash"}}, "gives.kind"),
    ({"gives": {"off_fen": 1}}, "gives.kind"),
    ({"gives": {"kind": ["amount"]}}, "gives.kind"),
    ({"gives": "amount"}, "gives"),
    ({"gives": {"kind": "amount"}}, "gives.off_fen"),
    ({"gives": {"kind": "amount", "off_fen": 0}}, "gives.off_fen"),
    ({"gives": {"kind": "amount", "off_fen": 9.9}}, "gives.off_fen"),
    ({"gives": {"kind": "amount", "off_fen": 100, "cap_fen": 5}}, "gives.cap_fen"),
    ({"gives": {"kind": "percent", "off_basis_points": 10_001}}, "gives.off_basis_points"),
    ({"gives": {"kind": "pack", "name": "x", "pay_fen": 1, "parts": []}}, "gives.parts"),
    (
        {"gives": {"kind": "pack", "name": "x", "pay_fen": 1, "parts": [{"sku": "A"}] * 2}},
        "gives.parts",
    ),
    ({"validity": {}}, "validity._schema"),
    ({"validity": {"days": 3, "first": "2026-01-01"}}, "validity._schema"),
    ({"validity": {"first": "2026-02-01", "last": "2026-01-01"}}, "validity.last"),
    ({"goods": {"only": [{}]}}, "goods.only.0._schema"),
    ({"weekdays": [0]}, "weekdays.0"),
    ({"hours": [{"from": "14:00", "until": "10:00"}]}, "hours.0.until"),
    ({"hours": [{"from": "25:00"}]}, "hours.0.from"),
    ({"store_ids": ["静安寺"]}, "store_ids.0"),
    ({"is_first_purchase": "yes"}, "is_first_purchase"),
    ({"stacking": {"with": "all"}}, "stacking.with"),
]


@pytest.mark.parametrize(("wrong", "field"), WRONG)
def test_a_wrong_rule_names_the_field(wrong, field) -> None:
    with pytest.raises(ValidationError) as refused:
        read(SMALLEST | wrong)

    assert list(_paths(refused.value.normalized_messages())) == [field]


def _paths(messages, before=""):
    for name, inside in messages.items():
        if isinstance(inside, dict):
            yield from _paths(inside, f"{before}{name}.")
        else:
            yield f"{before}{name}"


def test_what_is_required_is_asked_for() -> None:
    with pytest.raises(ValidationError) as refused:
        read({})

    assert set(refused.value.normalized_messages()) == {"version", "gives", "validity"}


SENTENCES = [
    (
        {
            "min_spend_fen": 19900,
            "goods": {"only": [{"category": "护肤"}]},
            "store_ids": list(STORES),
        },
        "满 199 减 30，护肤，静安寺等 5 店，领后 30 天",
    ),
    ({}, "立减 30，领后 30 天"),
    (
        {
            "gives": {"kind": "percent", "off_basis_points": 1500, "cap_fen": 5000},
            "weekdays": [6, 7],
            "validity": {"first": "2026-12-01", "last": "2026-12-31"},
        },
        "打 8.5 折，最多减 50，周六、周日，2026-12-01 至 2026-12-31",
    ),
    (
        {"gives": {"kind": "free"}, "goods": {"except": [{"sku": "A1"}]}, "store_ids": [7]},
        "免费兑 1 件，不含 A1，湖滨店，领后 30 天",
    ),
    (
        {
            "gives": {"kind": "exchange", "pay_fen": 990},
            "tier_ids": [2, 3],
            "hours": [{"from": "10:00", "until": "14:00"}, {"from": "20:00"}],
        },
        "9.9 元换购 1 件，限金穗、木心会员，10:00–14:00、20:00–24:00，领后 30 天",
    ),
    (
        {
            "gives": {"kind": "gift", "sku": "G1", "name": "旅行装"},
            "min_spend_fen": 9950,
            "is_first_purchase": True,
        },
        "满 99.5 送旅行装 1 件，限首单，领后 30 天",
    ),
    (
        {
            "gives": {"kind": "sample", "name": "修护精华 5ml "},
            "validity": {"days": 7, "wait_days": 1},
        },
        "领修护精华 5ml 小样，领后第 1 天起 7 天",
    ),
    (
        {"gives": {"kind": "shipping", "cap_fen": 800}, "weekdays": [1, 2, 3, 4, 5]},
        "运费减 8，周一至周五，领后 30 天",
    ),
    (
        {
            "gives": {
                "kind": "pack",
                "name": "回归礼包",
                "pay_fen": 9900,
                "parts": [{"sku": "A", "quantity": 2}],
            },
            "stacking": {"is_alone": True, "with_tier_price": False, "with_points": False},
        },
        "回归礼包 99 元，领后 30 天，不与其他券同用，不与会员价同享，不能同时用积分",
    ),
]


@pytest.mark.parametrize(("given", "sentence"), SENTENCES)
def test_a_rule_reads_as_one_sentence(given, sentence) -> None:
    assert describe(read(SMALLEST | given), NAMES) == sentence


def test_every_kind_has_a_sentence_of_the_table() -> None:
    shown = {(given.get("gives") or THIRTY_OFF)["kind"] for given, _ in SENTENCES}

    assert shown == set(Kind)


CLAIMED = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def test_days_after_the_claim_are_counted_from_the_minute_of_the_claim() -> None:
    start, end = AfterClaim(days=30, wait_days=1).window(CLAIMED, SHANGHAI)

    assert (start.isoformat(), end.isoformat()) == (
        "2026-11-21T04:00:00+00:00",
        "2026-12-21T04:00:00+00:00",
    )


def test_calendar_days_begin_and_end_at_the_brands_midnight() -> None:
    start, end = BetweenDays(date(2026, 12, 1), date(2026, 12, 31)).window(CLAIMED, SHANGHAI)

    assert (start.isoformat(), end.isoformat()) == (
        "2026-11-30T16:00:00+00:00",
        "2026-12-31T16:00:00+00:00",
    )
