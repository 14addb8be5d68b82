from __future__ import annotations

import pytest

from tests.pushes.stage import Stage


@pytest.fixture
def stage(app, built_app, wechat_box) -> Stage:
    """Nobody there yet; rolled back at the end."""
    return Stage(wechat_box, built_app.extensions["process"])


@pytest.fixture
def live(own_database, built_app, wechat_box) -> Stage:
    """As `stage`, with real commits: for several workers, and for those that are killed."""
    return Stage(wechat_box, built_app.extensions["process"])
