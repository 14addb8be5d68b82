"""G20 in its short form; `make soak` runs the long one."""

from __future__ import annotations

import pytest

from tests.soak import g20

pytestmark = pytest.mark.fault
SEED = 20261123


@pytest.fixture(autouse=True)
def own_process(built_app, quiet_queue):
    """A soak brings a process and a database of its own; afterwards the tests' one is back."""
    yield
    built_app.extensions["process"].connect()


def test_who_is_erased_is_gone_and_stays_away_from_old_files_and_backups():
    found = g20.measure(SEED, people=3, others=1)

    assert found["passed"], found
    assert found["control_failed"], "a rule that was left out should have been found"
