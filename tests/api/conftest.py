"""WeChat in its box stands behind the card's calls."""

from tests.card.conftest import box  # noqa: F401 - a fixture
