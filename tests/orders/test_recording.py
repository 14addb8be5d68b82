"""A sale is written down once, however often and in whatever order its till tells of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.catalog.models import Product
from app.core import db
from app.core.db import session
from app.core.events import Event
from app.orders import service as orders
from app.orders.models import (
    Order,
    OrderCorrection,
    OrderLine,
    OrderPayment,
    OrderReturn,
    OrderState,
    PaymentMethod,
    ReturnKind,
    ReturnState,
)
from app.orders.service import BroughtBack, Payment, ToldLine
from tests.orders.conftest import CREAM, LINES, SERUM


@pytest.fixture
def look(house):
    """Read in a transaction of its own."""

    def read(wanted):
        with db.transaction(house.brand.id):
            return list(session.scalars(wanted))

    return read


def test_a_sale_is_kept_with_its_lines_payments_and_guide(shop, house, look):
    done = shop.sells()

    assert done.is_new
    assert (done.order.paid_fen, done.order.list_fen) == (58_900, 64_700)
    assert done.order.staff_id == house.wei.id
    assert [line.paid_fen for line in look(select(OrderLine))] == [40_000, 18_900]
    assert [(p.method, p.fen) for p in look(select(OrderPayment))] == [("wechat", 58_900)]
    assert [event.data["paid_fen"] for event in look(paid_events())] == [58_900]


def paid_events():
    return select(Event).filter_by(name="order.paid")


def test_the_same_sale_told_again_is_the_first_also_with_its_lines_turned_round(shop, look):
    first = shop.sells()

    again = shop.sells(lines=LINES[::-1])

    assert (again.is_new, again.order.id) == (False, first.order.id)
    assert len(look(select(Order))) == len(look(paid_events())) == 1


def test_the_same_number_with_another_amount_is_refused_and_changes_nothing(shop, look):
    shop.sells()

    with pytest.raises(orders.OtherOrder) as refusal:
        shop.sells(lines=LINES[:1], payments=())

    assert refusal.value.status == 422
    assert [order.paid_fen for order in look(select(Order))] == [58_900]


def test_payments_that_do_not_add_up_are_refused(shop, look):
    with pytest.raises(orders.Unbalanced):
        shop.sells(payments=(Payment(PaymentMethod.CASH, 58_800),))

    assert look(select(Order)) == []


def test_a_product_that_nobody_knows_is_taken_and_flagged(shop, look):
    done = shop.sells()

    assert done.strangers == [CREAM, SERUM]
    assert {product.sku for product in look(select(Product).filter_by(is_listed=False))} == {
        CREAM,
        SERUM,
    }


def test_part_of_a_line_comes_back_with_its_share_of_the_money(shop, look):
    shop.sells()

    done = shop.takes_back(lines=(BroughtBack(1, 1),))

    assert [(each.line_no, each.fen) for each in done.taken] == [(1, 20_000)]
    assert (done.order.returned_fen, done.order.state) == (20_000, OrderState.PARTLY_RETURNED)


def test_all_that_is_left_comes_back_to_the_fen(shop, look):
    shop.sells(lines=(ToldLine(1, CREAM, 3, 10_000, 10_000),), payments=())
    for number in range(2):
        shop.takes_back(f"R{number}", lines=(BroughtBack(1, 1),))

    done = shop.takes_back("R9")

    assert [row.refund_fen for row in look(select(OrderReturn).order_by(OrderReturn.id))] == [
        3_333,
        3_333,
        3_334,
    ]
    assert done.order.state == OrderState.RETURNED


def test_more_than_was_sold_never_comes_back(shop, look):
    shop.sells()
    shop.takes_back(lines=(BroughtBack(1, 2),))

    with pytest.raises(orders.ReturnsTooMuch):
        shop.takes_back("R2", lines=(BroughtBack(1, 1),))
    with pytest.raises(orders.ReturnsTooMuch):
        shop.takes_back("R3", lines=(BroughtBack(2, 1, fen=18_901),))

    assert [order.returned_fen for order in look(select(Order))] == [40_000]


def test_the_same_return_told_again_is_the_first_and_another_one_is_refused(shop, look):
    shop.sells()
    first = shop.takes_back(lines=(BroughtBack(1, 1),))

    again = shop.takes_back(lines=(BroughtBack(1, 1),))
    with pytest.raises(orders.OtherReturn):
        shop.takes_back(lines=(BroughtBack(1, 2),))

    assert (again.is_new, again.row.id) == (False, first.row.id)
    assert [order.returned_fen for order in look(select(Order))] == [20_000]


def test_a_return_that_comes_before_its_sale_waits_and_is_applied_with_it(shop, look):
    early = shop.takes_back(lines=(BroughtBack(2, 1),))

    done = shop.sells()

    assert early.order is None
    assert [each.row.return_no for each in done.returns] == ["R1"]
    assert done.order.returned_fen == 18_900
    assert [row.state for row in look(select(OrderReturn))] == [ReturnState.APPLIED]


def test_a_waiting_return_of_more_than_was_sold_does_not_hinder_the_sale(shop, look):
    shop.takes_back(lines=(BroughtBack(2, 5),))
    shop.takes_back("R2", lines=(BroughtBack(1, 1),))

    done = shop.sells()

    assert (done.is_new, done.order.returned_fen) == (True, 20_000)
    states = look(select(OrderReturn.state).order_by(OrderReturn.id))
    assert states == [ReturnState.REFUSED, ReturnState.APPLIED]


def test_a_cancelled_sale_is_taken_back_whole_and_says_so(shop, look):
    shop.sells()

    done = shop.takes_back("cancel:T1", kind=ReturnKind.CANCEL)

    assert (done.order.state, done.order.returned_fen) == (OrderState.CANCELLED, 58_900)
    assert len(look(select(Event).filter_by(name="order.cancelled"))) == 1


def test_a_correction_replaces_the_order_and_keeps_what_it_was(shop, look):
    shop.sells(member_id=None)
    right = (ToldLine(1, CREAM, 1, 20_000, 22_900),)

    done = shop.corrects(1, lines=right, payments=())

    assert (done.order.paid_fen, done.order.member_id) == (20_000, shop.lin.id)
    kept = look(select(OrderCorrection))
    assert [(row.before["paid_fen"], row.after["paid_fen"]) for row in kept] == [(58_900, 20_000)]


def test_an_older_correction_that_comes_late_changes_nothing(shop, look):
    shop.sells()
    shop.corrects(2, lines=LINES[:1], payments=())

    late = shop.corrects(1, lines=LINES[1:], payments=())

    assert not late.is_new
    assert [order.paid_fen for order in look(select(Order))] == [40_000]


def test_an_order_with_returns_is_not_corrected_any_more(shop):
    shop.sells()
    shop.takes_back(lines=(BroughtBack(1, 1),))

    with pytest.raises(orders.TooMuchIsBack):
        shop.corrects(1, lines=LINES[:1], payments=())


def test_an_order_of_last_month_that_comes_today_stands_in_last_month(shop):
    at = shop.at - timedelta(days=40)

    done = shop.sells(paid_at=at)

    assert done.order.paid_at == at
    assert done.order.recorded_at > at


def test_only_whole_orders_stand_behind_the_counts(shop, house):
    shop.sells()

    with db.transaction(house.brand.id):
        lines = session.scalar(select(func.sum(OrderLine.paid_fen)))
        assert lines == session.scalar(select(func.sum(Order.paid_fen)))
