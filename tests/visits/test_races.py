"""Two phones at once, on real commits. Each promise stands beside a control that breaks it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core import clock, db
from app.core.db import session
from app.members import queries as members
from app.visits import queries
from app.visits import service as visits
from app.visits.models import Visit, VisitKind, VisitState
from tests import factories

pytestmark = pytest.mark.race
ROUNDS, GUIDES = 100, 2


@pytest.fixture
def house(own_database):
    return factories.make_house()


@pytest.fixture
def guides(house):
    for number in range(GUIDES):
        factories.make_staff(
            house.brand.id, f"guide{number}", name=f"导购{number}", store_ids=[house.jingan.id]
        )
    return [factories.actor(factories.sign_in(f"guide{n}")) for n in range(GUIDES)]


def scan(house, openid: str) -> int:
    fan = factories.make_fan(house.brand.id, house.brand.service.id, openid)
    with db.transaction(house.brand.id):
        code = house.jingan.code
        return visits.record(members.fan(fan.id), code, VisitKind.FAN, clock.now()).id


def at_once(acts) -> list[object]:
    """Start all acts in the same moment; answers what each returned or raised."""
    start = threading.Barrier(len(acts))

    def run(act):
        start.wait()
        try:
            return act()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def winners(house, guides, visit_id: int, claim) -> int:
    def by(guide):
        def act():
            with db.transaction(house.brand.id):
                return claim(visit_id, guide)

        return act

    answers = at_once([by(guide) for guide in guides])
    return sum(1 for answer in answers if isinstance(answer, Visit))


def test_of_two_guides_who_claim_her_at_once_one_wins_a_hundred_times_over(house, guides):
    won = [winners(house, guides, scan(house, f"o-{n}"), visits.claim) for n in range(ROUNDS)]

    assert won == [1] * ROUNDS


def test_control_reading_before_writing_lets_several_win(house, guides):
    meeting = threading.Barrier(GUIDES)

    def careless(visit_id: int, guide) -> Visit:
        visit = db.get(Visit, visit_id)
        meeting.wait()
        if visit.state != VisitState.WAITING:
            raise visits.SomeoneWasFaster()
        visit.state, visit.claimed_by_id = VisitState.CLAIMED, guide.staff_id
        session.flush()
        return visit

    assert winners(house, guides, scan(house, "o-lin"), careless) > 1


def test_a_reader_that_asks_for_what_is_new_never_skips_a_visit_that_commits_late(house):
    slow_has_its_seq, quick_may_look = threading.Event(), threading.Event()
    slow, quick = (
        factories.make_fan(house.brand.id, house.brand.service.id, openid)
        for openid in ("o-slow", "o-quick")
    )

    def record_slowly():
        with db.transaction(house.brand.id):
            code = house.jingan.code
            visits.record(members.fan(slow.id), code, VisitKind.FAN, clock.now())
            slow_has_its_seq.set()
            quick_may_look.wait(1)

    def record_quickly():
        slow_has_its_seq.wait(5)
        with db.transaction(house.brand.id):
            code = house.jingan.code
            visits.record(members.fan(quick.id), code, VisitKind.FAN, clock.now())
        with db.transaction(house.brand.id):
            return [seen.visit.fan_id for seen in queries.of_day(house.jingan.id, clock.now())]

    _, seen_by_quick = at_once([record_slowly, record_quickly])

    assert set(seen_by_quick) == {slow.id, quick.id}
