"""What a guide reads of her member at the counter: whose she is and why, which size she took."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.catalog.models import Product
from app.core import clock, db
from app.core.db import session
from app.members.models import Member
from app.orders.models import Order, OrderLine
from app.owners import service as owners
from app.owners.models import Why
from app.owners.service import Handing
from tests.guides.conftest import join, scan


@pytest.fixture
def lin(house) -> int:
    """She scanned in Wei's store and joined."""
    join(house, scan(house).fan_id)
    with db.transaction(house.brand.id):
        member = session.scalars(select(Member).order_by(Member.id.desc())).first()
        member.main_store_id = house.jingan.id
        return member.id


def test_it_says_whose_customer_she_is_and_why(wei, house, lin):
    with db.transaction(house.brand.id):
        owners.give([Handing(lin, house.wei.id, house.jingan.id, Why.PROMOTER)])

    page = wei.get(f"/guide/members/{lin}").text

    assert "专属导购 小魏 · 她扫这位导购的码来的" in page


def test_nobody_s_customer_has_no_such_line(wei, lin):
    assert "专属导购" not in wei.get(f"/guide/members/{lin}").text


def test_a_purchase_names_the_size_or_shade(wei, house, lin):
    with db.transaction(house.brand.id):
        cream = Product(sku="X1", name="修护面霜", package="50g", is_listed=True)
        order = Order(
            source="till", order_no="N1", member_id=lin, store_id=house.jingan.id,
            paid_at=clock.now(), paid_fen=41_800, list_fen=41_800, origin="pos",
        )  # fmt: skip
        session.add_all([cream, order])
        session.flush()
        session.add(
            OrderLine(
                order_id=order.id, line_no=1, product_id=cream.id, quantity=1,
                list_fen=41_800, paid_fen=41_800,
            )
        )  # fmt: skip

    assert "修护面霜 50g" in wei.get(f"/guide/members/{lin}").text
