"""A thousand random sales of one month, with returns, scans, owners and promoters."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from app.core import db
from app.core.db import session
from app.members.models import Fan, Member
from app.orders.models import Order, OrderState
from app.owners.models import MemberOwner
from app.visits.models import Outcome, Visit, VisitKind, VisitState

OCTOBER = "2026-10"
FIRST = datetime(2026, 10, 1, 3, tzinfo=UTC)
SALES = 1_000


def fill(house, seed: int, guides: list[int], count: int = SALES) -> None:
    """Sales of both stores to eighty members and to nobody known; a quarter came back in part."""
    draw = random.Random(seed)
    with db.transaction(house.brand.id):
        people = [_person(house, number, draw, guides) for number in range(80)]
        session.flush()
        for number in range(count):
            session.add(_order(house, number, draw, people, guides))


def _person(house, number: int, draw: random.Random, guides: list[int]) -> tuple[int, int]:
    member = Member(
        number=f"C{number:04d}",
        origin="import",
        joined_on=FIRST.date(),
        created_at=FIRST + timedelta(days=1),
    )
    session.add(member)
    session.flush()
    fan = _fan(house, number, member.id, draw)
    session.add(fan)
    session.flush()
    if draw.random() < 0.5:
        session.add(_owner(house, member.id, draw, guides))
    for _ in range(draw.randrange(4)):
        session.add(_visit(house, fan.id, draw, guides))
    return member.id, fan.id


def _fan(house, number: int, member_id: int, draw: random.Random) -> Fan:
    return Fan(
        account_id=house.brand.service.id,
        openid_encrypted="sealed",
        openid_index=f"{number:064d}",
        member_id=member_id,
        created_at=FIRST,
    )


def _owner(house, member_id: int, draw: random.Random, guides: list[int]) -> MemberOwner:
    return MemberOwner(
        member_id=member_id,
        staff_id=draw.choice(guides),
        store_id=house.jingan.id,
        since=_moment(draw),
        why="scan",
    )


def _visit(house, fan_id: int, draw: random.Random, guides: list[int]) -> Visit:
    at, store = _moment(draw), draw.choice([house.jingan, house.hubin])
    guide = draw.choice(guides)
    with session.no_autoflush:
        store_seq = _next()
    return Visit(
        store_id=store.id,
        fan_id=fan_id,
        qr_code_id=store.code.id,
        kind=VisitKind.MEMBER,
        scanned_at=at,
        first_scanned_at=at,
        recorded_at=at,
        seq=store_seq,
        state=VisitState.DONE,
        outcome=Outcome.BOUGHT,
        claimed_by_id=guide,
        served_by_id=guide,
        served_at=at,
        served_outcome=Outcome.BOUGHT,
        greeted_at=at,
    )


_seq = iter(range(1, 10**9))


def _next() -> int:
    return next(_seq)


def _order(house, number: int, draw: random.Random, people, guides: list[int]) -> Order:
    paid = draw.randrange(1, 90_000)
    back = draw.choice([0, 0, 0, draw.randrange(paid + 1)])
    return Order(
        source="pos",
        order_no=f"R{number}",
        member_id=draw.choice([None, *(member_id for member_id, _ in people)]),
        store_id=draw.choice([house.jingan.id, house.hubin.id]),
        staff_id=draw.choice([None, None, *guides]),
        paid_at=_moment(draw),
        paid_fen=paid,
        list_fen=paid,
        returned_fen=back,
        state=OrderState.PARTLY_RETURNED if back else OrderState.PAID,
        origin="pos",
    )


def _moment(draw: random.Random) -> datetime:
    return FIRST + timedelta(minutes=draw.randrange(28 * 24 * 60))
