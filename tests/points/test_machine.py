"""Whatever order things happen in, the ledger does what pencil and paper do."""

from __future__ import annotations

import pytest

from tests import factories
from tests.points import machine
from tests.points.people import make_members


@pytest.fixture
def brand(own_database) -> int:
    return factories.make_brand().id


def test_in_any_order_the_ledger_does_what_the_model_does(brand) -> None:
    machine.run(brand, make_members(brand, 2), examples=8, steps=40)


def test_control_a_refund_that_is_forgotten_is_found(brand) -> None:
    people = make_members(brand, 2)

    class Forgetful(machine.Machine):
        def expected(self, member: int) -> tuple[int, int, int, int]:
            available, pending, held, owed = super().expected(member)
            taken = sum(o.clawed for o in self.model.orders.values() if o.member == member)
            return available + taken, pending, held, owed

    with pytest.raises(AssertionError):
        machine.run(brand, people, examples=20, steps=40, played=Forgetful, is_explained=False)
