"""静安寺店 at work, where people complain; 兰 is its manager, Mei at headquarters."""

from __future__ import annotations

import pytest

from tests.tasks.conftest import Store


@pytest.fixture
def store(house) -> Store:
    return Store(house)
