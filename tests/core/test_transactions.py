"""One request is one transaction, and what follows a commit waits for it."""

import pytest
from sqlalchemy import func, select

from app.core import db, events
from app.core.db import NestedTransaction, NoTransaction, session
from app.core.events import Event
from app.stores.models import Region
from tests import factories


@pytest.fixture
def brand(app):
    return factories.make_brand()


def test_an_error_undoes_all_of_it_and_what_was_to_follow(brand) -> None:
    followed = []

    def stop_half_way() -> None:
        with db.transaction(brand.id):
            session.add(Region(name="东"))
            db.after_commit(lambda: followed.append("rang"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stop_half_way()

    with db.transaction(brand.id):
        assert session.scalar(select(func.count()).select_from(Region)) == 0
    assert followed == []


def test_a_bell_rings_only_after_the_commit(brand) -> None:
    order = []

    with db.transaction(brand.id):
        db.after_commit(lambda: order.append("rang"))
        order.append("worked")

    assert order == ["worked", "rang"]


def test_transactions_do_not_nest(brand) -> None:
    with db.transaction(brand.id), pytest.raises(NestedTransaction), db.transaction(brand.id):
        pass


def test_a_query_outside_a_transaction_is_refused(app) -> None:
    with pytest.raises(NoTransaction):
        session.scalars(select(Region))


def test_the_same_event_twice_is_recorded_once(brand) -> None:
    for _ in range(3):
        with db.transaction(brand.id):
            events.record("member.joined", dedupe_key="joined:1", was_imported=False)

    with db.transaction(brand.id):
        assert session.scalar(select(func.count()).select_from(Event)) == 1
