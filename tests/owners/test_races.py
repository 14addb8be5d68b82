"""Two guides serve her in the same moment. The promise stands beside a control that breaks it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import exc, text

from app.brands import service as brands
from app.core import clock, codes, db
from app.core.db import session
from app.members import queries as members
from app.owners import service as owners
from app.owners.queries import deciding, ruling
from app.owners.rules import Step, Way
from app.owners.service import Handing, assigning
from app.visits import service as visits
from app.visits.models import Outcome, VisitKind
from tests import factories
from tests.owners.test_one_owner import rows
from tests.owners.test_rules import another, publish

pytestmark = pytest.mark.race
ROUNDS = 12
HELD_AS_BEFORE = "SELECT id FROM brands WHERE id = :brand FOR UPDATE"


@pytest.fixture
def race(own_database, shop):
    """An exclusive rule; Wei and Bo, each with a phone in her hand."""
    publish(shop, Step(Way.EXCLUSIVE, 90), Step(Way.LAST_TOUCH, 30))
    shop.hands = [
        (factories.actor(factories.sign_in("wei")), shop.jingan),
        (factories.actor(factories.sign_in("bo")), shop.hubin),
    ]
    return shop


def serve(shop, member, by, store) -> None:
    with db.transaction(shop.brand.id):
        fan = members.fans_of(member.id)[0]
        visit = visits.record(fan, store.code, VisitKind.MEMBER, clock.now())
        visits.claim(visit.id, by)
        visits.finish(visit.id, by, Outcome.SERVED)


def at_once(shop, act) -> None:
    start = Barrier(len(shop.hands))

    def run(hand) -> None:
        start.wait()
        act(*hand)

    with ThreadPoolExecutor(len(shop.hands)) as pool:
        list(pool.map(run, shop.hands))


def test_she_has_one_owner_and_never_had_another(race) -> None:
    for number in range(ROUNDS):
        her = another(race, number)

        def serve_and_react(by, store, her=her) -> None:
            serve(race, her, by, store)
            with db.transaction(race.brand.id):
                owners.assign([her.id])

        at_once(race, serve_and_react)

        assert len(rows(race, her)) == 1


def test_control_deciding_before_the_lock_takes_her_from_whoever_was_first(race) -> None:
    her = another(race, 0)
    wanted = []
    for by, store in race.hands:
        serve(race, her, by, store)
        with db.transaction(race.brand.id):
            [decided] = deciding.changing(ruling.in_force(), [her.id])
            wanted.append(
                Handing(her.id, decided.staff_id, decided.store_id, assigning.WHY[decided.way])
            )

    for each in wanted:
        with db.transaction(race.brand.id):
            owners.give([each])

    assert len(rows(race, her)) == 2


def come(shop) -> object:
    """Somebody new, written while another transaction holds the brand."""
    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(
            factories.make_fan, shop.brand.id, shop.brand.service.id, codes.code()
        )
        return written.exception()


def test_whoever_comes_is_written_while_a_rule_is_being_applied(own_database, shop) -> None:
    with db.transaction(shop.brand.id):
        brands.hold()

        assert come(shop) is None


def test_control_under_a_stronger_lock_she_waits_in_vain(own_database, shop) -> None:
    with db.transaction(shop.brand.id):
        session.execute(text(HELD_AS_BEFORE), {"brand": shop.brand.id})

        assert isinstance(come(shop), exc.OperationalError)
