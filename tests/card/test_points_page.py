"""积分明细 in the mini-program: what she reads adds up to the figure above it."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest

from app.core import clock, db
from app.orders import service as orders
from app.orders.service import BroughtBack, Told, ToldLine, ToldReturn
from app.points import policy as policies
from app.points import service as points
from app.points.policy import Policy
from tests.card.phone import KNOWN_PHONE, Phone
from tests.card.test_joining import import_member

pytestmark = [pytest.mark.browser, pytest.mark.flow]
SOON = timedelta(minutes=30)


class Life:
    """What Lin bought, spent and brought back, and when."""

    def __init__(self, house) -> None:
        self.house = house
        with self.days_ago(200):
            policies.change(Policy(return_days=7, lapse_months=3))
        clock.move(timedelta(days=-200))
        self.member_id = import_member(house.brand.id, KNOWN_PHONE, earned=778)
        clock.move(timedelta())

    @contextmanager
    def days_ago(self, days: int):
        clock.move(timedelta(days=-days))
        with db.transaction(self.house.brand.id):
            yield
        clock.move(timedelta())

    def buys(self, order_no: str, yuan: int, *, days_ago: int) -> int:
        line = ToldLine(1, "CREAM50", 1, yuan * 100, yuan * 100)
        with self.days_ago(days_ago):
            store_id, now = self.house.jingan.id, clock.now()
            told = Told(order_no, store_id, now, (line,), member_id=self.member_id)
            return orders.record(told).order.id

    def brings_back(self, order_no: str, yuan: int, *, days_ago: int) -> None:
        with self.days_ago(days_ago):
            back = (BroughtBack(1, 1, fen=yuan * 100),)
            told = ToldReturn(f"R-{order_no}", order_no, self.house.jingan.id, clock.now(), back)
            orders.bring_back(told)

    def pays_with(self, amount: int, order_id: int, *, days_ago: int) -> None:
        with self.days_ago(days_ago):
            key = f"till:{order_id}"
            points.hold(self.member_id, amount=amount, key=key, until=clock.now() + SOON)
            points.settle_hold(key, order_id=order_id)


@pytest.fixture
def life(own_database, built_app, house) -> Life:
    return Life(house)


def number(words: str) -> int:
    """「得 9,318」, 「−1,204」: the number, and its sign where it has one."""
    digits = "".join(sign for sign in words if sign.isdigit())
    return -int(digits) if "−" in words else int(digits)


def figure(phone: Phone) -> int:
    return number(phone.page.locator(".figure").inner_text())


def sum_of_terms(phone: Phone) -> int:
    return sum(number(term) for term in phone.page.locator(".term").all_inner_texts())


def sum_of_rows(phone: Phone) -> int:
    """Of what changed what she can use; what waits for its day is grey."""
    rows = phone.page.locator(".amounts > view:first-child:not(.waiting)")
    return sum(number(row) for row in rows.all_inner_texts())


def open_points(phone: Phone) -> None:
    phone.join()
    phone.tap("积分明细")
    phone.see("得 ")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_she_reads_adds_up_to_the_figure_above(open_phone, life, scheme):
    life.buys("20260929-0101", 2_000, days_ago=60)
    paid_with_points = life.buys("20261029-0207", 150, days_ago=30)
    life.pays_with(640, paid_with_points, days_ago=30)
    life.buys("20261108-0019", 500, days_ago=20)
    life.brings_back("20261108-0019", 200, days_ago=11)
    life.buys("20261126-0031", 268, days_ago=2)
    phone = open_phone(scheme)

    open_points(phone)

    assert figure(phone) == 2_000 + 150 + 500 - 640 - 200
    assert figure(phone) == sum_of_terms(phone) == sum_of_rows(phone)
    terms = phone.page.locator(".term").all_inner_texts()
    assert terms == ["= 得 3,428", "− 用 640", "− 退货扣回 200", "− 过期 778"]
    phone.see("待到账 268")
    phone.see("将过期")
    returned = phone.page.get_by_role("listitem").filter(has_text="退货扣回").inner_text()
    assert "静安寺店" in returned
    assert "单号 20261108-0019" in returned
    phone.is_clean()


def test_points_that_she_owes_are_explained(open_phone, life):
    order_id = life.buys("20261001-0001", 300, days_ago=40)
    life.pays_with(300, order_id, days_ago=20)
    life.brings_back("20261001-0001", 120, days_ago=10)
    phone = open_phone()

    open_points(phone)

    assert figure(phone) == -120
    assert figure(phone) == sum_of_terms(phone) == sum_of_rows(phone)
    phone.see("可用 0，欠 120：退货时这些积分已经用掉")
    phone.is_clean()


def test_older_movements_come_as_she_reaches_the_bottom(open_phone, life):
    for order in range(40):
        life.buys(f"T{order}", 10, days_ago=80 - order)
    phone = open_phone()
    open_points(phone)
    assert sum_of_rows(phone) != figure(phone)

    for _ in range(3):
        phone.page.mouse.wheel(0, 6_000)
        phone.page.wait_for_timeout(400)

    phone.see("都在这里了，逐笔相加就是上面的数")
    assert figure(phone) == sum_of_rows(phone) == 400


def test_who_has_no_points_is_told_how_they_come(open_phone):
    phone = open_phone()
    open_points(phone)
    phone.see("还没有积分。")
    phone.is_clean()


def test_a_lost_answer_at_the_bottom_keeps_what_is_there(open_phone, life):
    for order in range(40):
        life.buys(f"T{order}", 10, days_ago=80 - order)
    phone = open_phone()
    open_points(phone)
    before = phone.page.get_by_role("listitem").count()
    phone.page.route("**/api/v1/points?before=*", lambda route: route.abort())
    phone.page.mouse.wheel(0, 6_000)
    phone.see("没有连上")
    assert phone.page.get_by_role("listitem").count() == before

    phone.page.unroute("**/api/v1/points?before=*")
    phone.tap("再试一次")
    phone.page.wait_for_timeout(400)
    assert phone.page.get_by_role("listitem").count() > before
