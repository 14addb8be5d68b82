"""G1 and G8 in their short form; `make soak` runs the long one."""

from __future__ import annotations

import pytest

from app.core import queue
from tests.soak import g1, g8

pytestmark = pytest.mark.fault
SEED = 20261122


@pytest.fixture(autouse=True)
def own_process(built_app, settings, quiet_queue):
    """A soak brings a process and servers of its own; afterwards the tests' are back."""
    yield
    queue.configure(settings.redis_url)
    built_app.extensions["process"].connect()


def test_what_was_acknowledged_is_kept_whatever_is_killed():
    found = g1.measure(SEED, messages=400, kills=8)

    assert found["passed"], found
    assert (found["lost"], found["doubled"]) == (0, 0)
    assert found["control_failed"], "an answer before the row should have lost messages"


def test_a_callback_played_back_changes_nothing():
    found = g8.measure(SEED, callbacks=100)

    assert found["passed"], found
    assert found["figures"]["changed"] == []
    assert found["control_failed"], "the comparison should have seen a new message"
