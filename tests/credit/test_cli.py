"""`flask credit`: what an operator asks, and what is refused."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from app.cli.credit import credit
from app.core import db
from app.core.db import session
from app.credit import bulk
from app.orders.models import Order
from tests.credit import month


@pytest.fixture
def run(app, house):
    month.fill(house, 7, [house.wei.id, house.bo.id], count=120)
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(credit, words)


def test_a_month_is_replayed_beside_what_stands_and_both_add_up(run, house):
    assert run("publish", "7000: seller > scan 0", "3000: owner").exit_code == 0
    with db.transaction(house.brand.id):
        bulk.count(session.scalars(select(Order.id)).all())

    first = json.loads(run("replay", "--month", month.OCTOBER, "--rule", "1", "--json").output)
    again = json.loads(run("replay", "--month", month.OCTOBER, "--rule", "1", "--json").output)

    assert first == again
    assert first["sales_fen"] == first["stands_fen"] == first["replayed_fen"] > 0
    assert first["unbalanced"] == {}
    assert any(row["stands_fen"] != row["replayed_fen"] for row in first["rows"])


def test_every_month_is_verified(run):
    answer = run("verify", "--json")

    report = json.loads(answer.output)
    assert (answer.exit_code, report["balanced"]) == (0, True)
    assert [each["month"] for each in report["months"]] == ["2026-10"]
    assert report["months"][0]["waiting_orders"] == 120


def test_rules_are_told_as_sentences(run):
    run("publish", "7000: seller > scan 0", "3000: owner")

    assert "70% 依次看：开单导购 → 到店接待（当天）；30% 依次看：主导购" in run("rules").output


@pytest.mark.parametrize(
    "words",
    [
        ("publish", "9999: seller"),
        ("publish", "10000: luck"),
        ("publish", "10000: touch"),
        ("publish", "--starts", "2020-01-01", "10000: seller"),
        ("replay", "--month", "2026-13"),
        ("replay", "--month", "2026-10", "--rule", "9"),
    ],
)
def test_what_is_no_rule_or_no_month_is_refused_in_one_sentence(run, words):
    answer = run(*words)

    assert answer.exit_code == 1
    assert answer.output.startswith("Error: ")
