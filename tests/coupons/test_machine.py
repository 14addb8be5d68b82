"""Whatever order things happen in, the service does what the model does."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.core.db import session
from app.coupons.models import Redemption
from tests import factories
from tests.coupons import machine
from tests.coupons.crowd import make_members


@pytest.fixture
def brand(own_database) -> int:
    return factories.make_brand().id


def test_in_any_order_the_service_does_what_the_model_does(brand) -> None:
    machine.run(brand, make_members(brand, 4), examples=15, steps=30)


def test_control_a_fen_too_much_for_each_use_is_found(brand) -> None:
    people = make_members(brand, 4)

    class Dear(machine.Machine):
        def _spent(self) -> int:
            paid = select(func.count(Redemption.id)).where(
                Redemption.key.startswith(f"{self.name}:")
            )
            return super()._spent() + session.scalars(paid.filter_by(state="redeemed")).one()

    with pytest.raises(AssertionError):
        machine.run(brand, people, examples=20, steps=30, played=Dear, is_explained=False)
