"""Lin, a member of the house's brand."""

from __future__ import annotations

import pytest

from tests import factories


@pytest.fixture
def lin(house):
    fan = factories.make_fan(house.brand.id, house.brand.service.id)
    return factories.make_member(house.brand.id, fan.id)
