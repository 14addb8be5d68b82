"""Lin, to whom something of every kind has happened."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.catalog.models import Product
from app.core import clock, db, events
from app.core.db import session
from app.coupons import service as coupons
from app.members import queries as members
from app.members import service as people
from app.members.models import Channel, Direction, Member, Readers
from app.members.service import contacts, notes, tagging
from app.orders.models import Order, OrderLine
from app.points import service as points
from app.pushes.models import (
    Delivery,
    DeliveryState,
    MassCount,
    Push,
    PushBatch,
    PushRun,
    SkipReason,
)
from app.visits import service as visits
from app.visits.models import VisitKind
from tests import factories

DAY = timedelta(days=1)


@pytest.fixture
def lin(house):
    """A member who has been in 静安寺店 just now; answers her id."""
    fan = factories.make_fan(house.brand.id, house.brand.service.id)
    member = factories.make_member(house.brand.id, fan.id)
    with db.transaction(house.brand.id):
        visits.record(members.fan(fan.id), house.jingan.code, VisitKind.MEMBER, clock.now())
        hers = db.get(Member, member.id)
        hers.name_encrypted = people.seal_name("周女士")
        hers.main_store_id = house.jingan.id
        people.keep_tokens(hers)
    return member.id


@pytest.fixture
def history(house, lin):
    """Something of every kind, over thirty days."""
    now = clock.now()
    with db.transaction(house.brand.id):
        fan_id = members.fans_of(lin)[0].id
        _buys(house, lin, now)
        points.earn(lin, amount=268, kind="order", reference="order:1")
        _uses_a_sample(house, lin)
        _is_pushed_to(house, fan_id, now)
        _is_called(lin, now)
        notes.write_note(lin, author_id=house.wei.id, text="怕晒", readers=Readers.EVERYONE)
        tagging.put_on(lin, "爱买礼盒", staff_id=house.mei.id)
        people.tag_fans([fan_id], "来源", "门店扫码", "rule")
        said = {"menu_clicked": {"key": "护肤"}, "message_received": {"kind": "text"}}
        for name, facts in said.items():
            events.record(f"wechat.{name}", fan_id=fan_id, member_id=lin, at=now - DAY, **facts)
    return lin


def _buys(house, lin, now):
    product = Product(sku="X1", name="修护面霜 50g", is_listed=True)
    session.add(product)
    session.flush()
    for place, (days, paid) in enumerate(((40, 10000), (30, 26800), (10, 5000), (5, -5000))):
        order = Order(
            source="till",
            order_no=f"N{place}",
            member_id=lin,
            store_id=house.jingan.id,
            paid_at=now - days * DAY,
            paid_fen=paid,
            list_fen=paid,
            origin="pos",
        )
        session.add(order)
        session.flush()
        line = {"product_id": product.id, "quantity": 1, "paid_fen": paid, "list_fen": paid}
        session.add(OrderLine(order_id=order.id, line_no=1, **line))


def _uses_a_sample(house, lin):
    (sample,) = coupons.batches(["essence5ml"])
    coupons.stock_samples(sample.id, {house.jingan.id: 5})
    coupon = coupons.issue(sample, lin, "welcome")
    given = {"store_id": house.jingan.id, "staff_id": house.wei.id}
    coupons.hand_sample(coupon.id, key="hand-1", **given)


def _is_pushed_to(house, fan_id, now):
    for days, name, reason in ((20, "会员日", None), (15, "周末到店礼", SkipReason.MONTHLY_CAP)):
        push = Push(name=name, account_id=house.brand.service.id, created_at=now)
        session.add(push)
        session.flush()
        run = PushRun(push_id=push.id, period="once", due_at=now - days * DAY, text="")
        session.add(run)
        session.flush()
        batch = None if reason else _batch(house, run.id, now - days * DAY)
        state = DeliveryState.SKIPPED if reason else DeliveryState.SENT
        session.add(
            Delivery(run_id=run.id, fan_id=fan_id, state=state, reason=reason, batch_id=batch)
        )
    session.add(MassCount(fan_id=fan_id, month=f"{clock.local(now):%Y-%m}", count=2))


def _batch(house, run_id, at) -> int:
    batch = PushBatch(
        run_id=run_id,
        account_id=house.brand.service.id,
        key=f"k{run_id}",
        state=DeliveryState.SENT,
        first_try_at=at,
        lease_until=at,
        lease_token="t",
        month=f"{clock.local(at):%Y-%m}",
    )
    session.add(batch)
    session.flush()
    return batch.id


def _is_called(lin, now):
    contacts.record(
        contacts.Told(
            source="callcentre",
            key="C-1",
            member_id=lin,
            channel=Channel.CALL,
            direction=Direction.IN,
            at=now - 12 * DAY,
            agent="07",
            duration_seconds=192,
            text="问面霜退货期限",
        )
    )
