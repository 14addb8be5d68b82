"""A call over the real wire: the store's telephone first, hers second, once for each key."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.calls import port
from app.calls import service as calls
from app.calls.models import CallState, MemberCall
from app.core import clock, codes, db
from app.core.db import session
from app.core.events import Event
from app.core.settings import CallProvider, CallSettings
from app.members import queries as members
from app.members import service as people
from app.members.models import ConsentChannel, Member, Purpose
from app.stores.models import Store as Shop
from app.wechat.errors import InsideTransaction
from sandbox.calls import KEY
from tests.tasks.conftest import Store, later, noon  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("noon")
LINE, PHONE = "021-5555 0101", "13800007777"


@pytest.fixture
def bridge(wechat_box, settings) -> CallSettings:
    wechat_box.admin("POST", "/reset")
    found = CallSettings(CallProvider.SANDBOX, f"{wechat_box.url}/calls", KEY)
    port.configure(found)
    yield found
    port.configure(settings.calls)


@pytest.fixture
def store(house, bridge) -> Store:
    with db.transaction(house.brand.id):
        session.get_one(Shop, (house.brand.id, house.jingan.id)).line = LINE
    return Store(house)


@pytest.fixture
def lin(store) -> int:
    from tests import factories

    fan = factories.make_fan(store.brand_id, store.house.brand.service.id, "o-called")
    member_id = factories.make_member(store.brand_id, fan.id, PHONE).id
    told = {"is_given": True, "door": "card", "channel": ConsentChannel.CALL}
    store.do(people.consent, member_id, Purpose.MARKETING, **told)
    return member_id


def call(store, member_id: int, key: str | None = None, login: str = "wei") -> CallState | None:
    """What a tap does; None when it was dealt with before."""
    by = store.actor(login)
    with db.transaction(store.brand_id):
        claim = calls.claim(members.member(member_id), shop(store), by, key or codes.code())
    return calls.ring(claim) if claim else None


def shop(store) -> Shop:
    return session.get_one(Shop, (store.brand_id, store.house.jingan.id))


def reached(wechat_box) -> list[str]:
    """From where calls reached her."""
    person = wechat_box.admin("POST", "/people", {"key": "called", "phone": PHONE})
    told = wechat_box.admin("GET", f"/people/{person['person_id']}/calls")["calls"]
    return [each["first"] for each in told]


def test_the_stores_telephone_rings_first_and_hers_second_once_a_key(store, lin, wechat_box):
    states = [call(store, lin, "the-key-of-one-tap") for _ in range(3)]

    assert states == [CallState.ASKED, None, None]
    assert reached(wechat_box) == [LINE]
    with db.transaction(store.brand_id):
        told = session.scalars(select(Event).filter_by(name="member.called")).one()
        assert (told.member_id, told.data) == (lin, {"staff_id": store.house.wei.id})


def test_without_her_consent_nobody_calls_her(store, lin, wechat_box):
    store.do(people.refuse_marketing, None, lin, "card")

    with pytest.raises(calls.CannotCall, match="没有同意电话联系"):
        call(store, lin)

    assert reached(wechat_box) == []


def test_no_child_is_called(store, lin, wechat_box):
    with db.transaction(store.brand_id):
        db.get(Member, lin).born_on = clock.business_day(clock.now()) - timedelta(days=3650)

    with pytest.raises(calls.CannotCall, match="按规定不打给她"):
        call(store, lin)


def test_nobody_is_called_in_the_evening(store, lin, wechat_box):
    later(hours=8)

    with pytest.raises(calls.CannotCall, match="只在 9:00 到 20:00 打"):
        call(store, lin)


def test_twice_a_day_by_whomever_and_tomorrow_again(store, lin, wechat_box):
    call(store, lin)
    call(store, lin, login="chen")

    with pytest.raises(calls.CannotCall, match="今天已经打给她 2 次"):
        call(store, lin)
    later(days=1)

    assert call(store, lin) == CallState.ASKED
    assert len(reached(wechat_box)) == 3


def test_without_a_telephone_of_the_store_or_a_bridge_the_page_says_so(store, lin, settings):
    with db.transaction(store.brand_id):
        member, here = members.member(lin), shop(store)
        assert calls.why_not(member, here, clock.now()) == ""
        here.line = None
        assert "还没有填电话" in calls.why_not(member, here, clock.now())
        port.configure(CallSettings(CallProvider.OFF))
        assert "还没有开通" in calls.why_not(member, here, clock.now())


@pytest.mark.parametrize(
    ("wrong", "state"),
    [
        ({"key": "another"}, CallState.REFUSED),
        ({"base_url": "http://127.0.0.1:9"}, CallState.UNKNOWN),
    ],
)
def test_what_is_refused_or_in_doubt_is_said_and_not_asked_again(store, lin, bridge, wrong, state):
    port.configure(replace(bridge, **wrong))

    assert call(store, lin, "the-key-of-one-tap") == state
    assert call(store, lin, "the-key-of-one-tap") is None


def test_who_died_while_asking_leaves_a_doubt(store, lin):
    by = store.actor("wei")
    with db.transaction(store.brand_id):
        calls.claim(members.member(lin), shop(store), by, codes.code())
    with db.system_transaction():
        assert calls.doubt_abandoned() == 0
    later(minutes=3)

    with db.system_transaction():
        assert calls.doubt_abandoned() == 1
    with db.transaction(store.brand_id):
        assert session.scalar(select(MemberCall.state)) == CallState.UNKNOWN


def test_no_number_is_kept_with_the_call(store, lin):
    call(store, lin)

    with db.transaction(store.brand_id):
        row = session.execute(select(MemberCall.__table__)).one()
        assert session.scalar(select(func.count()).select_from(MemberCall)) == 1
    assert PHONE[-8:] not in repr(row)
    assert "5555" not in repr(row)


def test_no_bridge_is_asked_inside_a_transaction(bridge):
    with db.transaction(), pytest.raises(InsideTransaction):
        port.bridge(LINE, PHONE, "a-key")


def test_a_claim_shows_no_number(store, lin):
    claim = calls.Claim(1, 1, "key", LINE, PHONE)

    assert PHONE not in repr(claim)
    assert timedelta(minutes=2) == calls.ABANDONED
