"""G15 and G16 in their short form; `make soak` runs the long one."""

from __future__ import annotations

import pytest

from tests.soak import g15, g16

pytestmark = pytest.mark.fault
SEED = 20261122


@pytest.fixture(autouse=True)
def own_process(built_app, quiet_queue):
    """A soak brings a process and a database of its own; afterwards the tests' one is back."""
    yield
    built_app.extensions["process"].connect()


def test_one_token_an_expiry_and_a_storm_that_stays_a_breeze():
    found = g15.measure(SEED, expiries=3, storm_seconds=6)

    assert found["passed"], found
    assert found["figures"]["fetches"] <= 4
    assert found["control_failed"], "wechatpy as shipped should have stormed"


def test_an_account_that_is_stuck_slows_no_other():
    found = g16.measure(SEED, messages=600)

    assert found["passed"], found
    assert found["control_failed"], "without the breaker the others should have waited"
