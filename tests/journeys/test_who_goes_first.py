"""The shop before the desk: a scan goes before what merely waits, and nothing waits for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.core import clock, db, events
from app.core.db import session
from app.core.events import HEAD_START, ReactionState, ReactionWork
from app.journeys import reactions, service
from app.journeys.service import HELPINGS
from tests import factories

CROWD = HELPINGS["welcome_member"] + 5


@pytest.fixture
def house(app):
    return factories.make_house()


@pytest.fixture
def crowd(house):
    """More people have joined than one batch holds, and nobody has reacted yet."""
    for number in range(CROWD):
        fan = factories.make_fan(house.brand.id, house.brand.service.id, f"o-{number}")
        factories.make_member(house.brand.id, fan.id, f"138000{number:05d}")


@pytest.fixture
def nobody_first(app):
    """The control: all reactions in the order in which they became due."""
    events.subscribe(reactions.names())
    yield
    events.subscribe(reactions.names(), first=reactions.FIRST)


def lin_scans(house) -> None:
    code = house.jingan.code
    sent_at = int(clock.now().timestamp())
    told = {"account_id": house.brand.service.id, "scene": code.scene, "sent_at": sent_at}
    with db.transaction(house.brand.id):
        events.record_all([events.News("wechat.scanned", clock.now(), told, person="o-lin")])


def react_once(house) -> list[str]:
    """The names of the reactions that one look has carried out, one for each event."""
    with db.transaction(house.brand.id):
        before = waiting()
    service.react_due(reactions.by_name())
    with db.transaction(house.brand.id):
        return [name for key, name in before.items() if key not in waiting()]


def waiting() -> dict[tuple[int, str], str]:
    due = select(ReactionWork).where(ReactionWork.state == ReactionState.DUE)
    return {(row.event_id, row.reaction): row.reaction for row in session.scalars(due)}


def test_a_scan_goes_before_a_crowd_that_has_just_joined(house, crowd):
    lin_scans(house)

    assert react_once(house) == ["scan"]


def test_without_a_head_start_it_would_have_waited(nobody_first, house, crowd):
    lin_scans(house)

    assert set(react_once(house)) == {"welcome_member"}


def test_who_has_waited_longer_than_the_head_start_goes_before_a_scan(house, crowd):
    late = clock.now() - HEAD_START - timedelta(seconds=1)
    with db.transaction(house.brand.id):
        joined = ReactionWork.reaction == "welcome_member"
        session.execute(update(ReactionWork).where(joined).values(due_at=late))
    lin_scans(house)

    assert set(react_once(house)) == {"welcome_member"}


def test_those_who_joined_are_welcomed_in_helpings_and_all_in_the_end(house, crowd):
    helpings = []
    while done := react_once(house):
        helpings.append(done.count("welcome_member"))

    most = HELPINGS["welcome_member"]
    assert [each for each in helpings if each] == [most, CROWD - most]
