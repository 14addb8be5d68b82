"""G10 in its short form; `make soak` runs the long one."""

from __future__ import annotations

import pytest

from tests.soak import g10

pytestmark = pytest.mark.fault
SEED = 20261128


@pytest.fixture(autouse=True)
def own_process(built_app, quiet_queue):
    """A soak brings a process and a database of its own; afterwards the tests' one is back."""
    yield
    built_app.extensions["process"].connect()


def test_a_file_that_is_killed_doubled_or_altered_comes_to_what_it_says_once():
    found = g10.measure(SEED, lines=600, kills=4)

    assert found["passed"], found
    assert found["control_failed"], "a reader that commits as it goes should have doubled orders"
