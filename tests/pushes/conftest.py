from __future__ import annotations

import pytest

from tests.pushes.stage import Stage


@pytest.fixture
def stage(app, wechat_box) -> Stage:
    """Nobody there yet; rolled back at the end."""
    return Stage(wechat_box)


@pytest.fixture
def live(own_database, wechat_box) -> Stage:
    """As `stage`, with real commits: for several workers, and for those that are killed."""
    return Stage(wechat_box)
