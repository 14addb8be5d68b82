"""Many at once: one tap rings once, and nobody is called or written to more often than allowed."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from app.calls import port
from app.calls import service as calls
from app.calls.models import MemberCall
from app.core import clock, codes, db, events
from app.core.db import session
from app.core.settings import CallProvider, CallSettings
from app.members import queries as members
from app.members import service as people
from app.members.models import ConsentChannel, Purpose
from app.stores.models import Store as Shop
from app.tasks.models import TaskMessage
from app.tasks.service import Tap, messages
from tests.tasks.conftest import Store, noon  # noqa: F401 - a fixture
from tests.tasks.test_races import GOOD, at_once

pytestmark = [pytest.mark.race, pytest.mark.usefixtures("noon")]
CROWD = 32


@pytest.fixture
def store(own_database, house, settings) -> Store:
    port.configure(CallSettings(CallProvider.HTTP, "http://127.0.0.1:9", "key"))
    with db.transaction(house.brand.id):
        session.get_one(Shop, (house.brand.id, house.jingan.id)).line = "021-5555 0101"
    yield Store(house)
    port.configure(settings.calls)


@pytest.fixture
def lin(store) -> int:
    """She agrees to be called and has just written to the account."""
    member_id = store.member()
    told = {"is_given": True, "door": "card", "channel": ConsentChannel.CALL}
    store.do(people.consent, member_id, Purpose.MARKETING, **told)
    [fan_id] = store.do(members.fan_ids_of, member_id)
    at = clock.now()
    store.do(events.record, "wechat.message_received", fan_id=fan_id, at=at, kind="text")
    return member_id


def claim(store, member_id: int, by, key: str):
    with db.transaction(store.brand_id):
        shop = session.get_one(Shop, (store.brand_id, store.house.jingan.id))
        return calls.claim(members.member(member_id), shop, by, key)


def count(store, model) -> int:
    with db.transaction(store.brand_id):
        return session.scalar(select(func.count()).select_from(model))


def test_one_tap_sent_many_times_is_one_call(store, lin) -> None:
    wei, key, claims = store.actor("wei"), codes.code(), []

    told = at_once([lambda: claims.append(claim(store, lin, wei, key))] * CROWD)

    assert told == {GOOD: CROWD}
    assert len([one for one in claims if one]) == 1
    assert count(store, MemberCall) == 1


def test_however_many_want_to_call_her_two_do(store, lin) -> None:
    guides = [store.actor("wei"), store.actor("chen")]
    acts = [lambda n=n: claim(store, lin, guides[n % 2], codes.code()) for n in range(CROWD)]

    told = at_once(acts)

    assert told == {GOOD: calls.MOST_TO_HER, "CannotCall": CROWD - calls.MOST_TO_HER}
    assert count(store, MemberCall) == calls.MOST_TO_HER


def test_however_many_write_to_her_three_do(store, lin) -> None:
    guides = [store.actor("wei"), store.actor("chen")]
    taps = [Tap(guides[n % 2], 0, codes.code()) for n in range(CROWD)]

    told = at_once(
        [lambda tap=tap: store.do(messages.claim_to, lin, "到货了", tap) for tap in taps]
    )

    assert told[GOOD] == messages.MOST_UNANSWERED
    assert set(told) == {GOOD, "Unanswered"}
    assert count(store, TaskMessage) == messages.MOST_UNANSWERED


def test_control_who_counts_without_holding_her_calls_too_often(store, lin) -> None:
    wei, seen = store.actor("wei"), threading.Barrier(8)

    def careless() -> None:
        with db.transaction(store.brand_id):
            reason = calls._too_often(lin, wei, clock.now())
            seen.wait()
            if not reason:
                calls._written(lin, store.house.jingan.id, wei, codes.code(), clock.now())

    at_once([careless] * 8)

    assert count(store, MemberCall) > calls.MOST_TO_HER
