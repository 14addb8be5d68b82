"""What a guide may offer Lin, and the sentence that says why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from app.catalog import shelves
from app.catalog.models import Product
from app.core import clock, db
from app.insights import bulk, service
from app.insights.models import WHOLE_BRAND, Basis
from app.insights.queries import Habit
from app.members.models import Member
from tests import factories
from tests.guides.conftest import Phone
from tests.insights.baskets import member, order, orders, product

TODAY = date(2026, 11, 28)


def habit(product: str, *ago: int) -> Habit:
    """Bought so many days ago, the last first."""
    days = [TODAY - timedelta(days=n) for n in ago]
    return Habit(product, len(days), days[-1], days[0])


def test_the_day_her_own_cycle_is_over_she_is_reminded():
    """Three days in 56: one every 28."""
    assert service.due_again([habit("面霜", 28, 56, 84)], TODAY)
    assert service.due_again([habit("面霜", 27, 56, 83)], TODAY) is None


def test_a_cycle_that_is_no_whole_number_is_compared_exactly():
    """(last - first) / (days - 1) = 27.5: not over after 27 days, over after 28."""
    assert service.due_again([habit("面霜", 27, 50, 82)], TODAY) is None
    assert service.due_again([habit("面霜", 28, 50, 83)], TODAY)


def test_two_days_are_no_habit():
    assert service.due_again([habit("面霜", 28, 56)], TODAY) is None


def test_the_firmest_habit_goes_first_but_not_one_she_gave_up():
    firm, given_up = habit("面霜", 10, 20, 30), habit("精华", 60, 70, 80, 90)

    assert service.due_again([given_up, firm], TODAY) == firm
    assert service.due_again([given_up], TODAY) == given_up


# From orders


@pytest.fixture
def lin(house):
    """Lin bought cream on three days, 28 days apart, the last 31 days ago."""
    now = clock.now()
    with db.transaction(house.brand.id):
        lin, cream = member(), product("面霜")
        for ago in (87, 59, 31):
            order(house.jingan.id, [cream], member_id=lin, at=now - timedelta(days=ago))
    house.lin, house.cream = lin, cream
    return house


def count(house) -> None:
    with db.transaction(house.brand.id):
        bulk.plan(clock.now())
        for basis, store_id in (
            (Basis.ORDERS, WHOLE_BRAND),
            (Basis.ORDERS, house.jingan.id),
            (Basis.MEMBERS, WHOLE_BRAND),
        ):
            bulk.recount(basis, store_id)


def reasons(house) -> list[str]:
    with db.transaction(house.brand.id):
        return [offer.reason for offer in service.offers(house.lin, house.jingan.id)]


def test_somebody_who_never_bought_is_offered_nothing(house):
    with db.transaction(house.brand.id):
        assert service.offers(member(), house.jingan.id) == []


def test_before_anything_was_counted_there_is_her_own_cycle_still(lin):
    assert reasons(lin) == ["她约每 28 天买一次 面霜，上次是 31 天前"]


def test_two_receipts_of_one_day_are_one_day(house):
    with db.transaction(house.brand.id):
        house.lin, cream = member(), product("面霜")
        for ago in (60, 30, 30):
            at = clock.now() - timedelta(days=ago)
            order(house.jingan.id, [cream], member_id=house.lin, at=at)

    assert reasons(house) == []


def test_what_goes_with_it_in_this_store_is_said_beside_how_common_it_is(lin):
    """Cream: 3 of hers and 17; serum in 10 of those, and in none of the other 20 orders."""
    with db.transaction(lin.brand.id):
        serum, mask = product("精华"), product("面膜")
        orders(10, lin.jingan.id, lin.cream, serum)
        orders(7, lin.jingan.id, lin.cream)
        orders(20, lin.jingan.id, mask)
    count(lin)

    assert reasons(lin)[1] == "买 面霜 的单里，每 100 单有 50 单也有 精华，平时是 25 单"


def test_a_store_without_counts_of_its_own_uses_the_brands(lin):
    with db.transaction(lin.brand.id):
        orders(10, lin.hubin.id, lin.cream, product("精华"))
        orders(20, lin.hubin.id, product("面膜"))
    count(lin)

    assert "精华" in reasons(lin)[1]


def test_what_is_in_every_basket_anyway_does_not_go_with_anything(lin):
    """Bags are in half of the orders with cream and in half of all: no more than chance."""
    with db.transaction(lin.brand.id):
        bag = product("购物袋")
        orders(17, lin.jingan.id, lin.cream, bag)
        orders(20, lin.jingan.id, bag)
    count(lin)

    assert len(reasons(lin)) == 1


def bought(house, count: int, *products: int) -> None:
    """So many members with one order each."""
    for _ in range(count):
        order(house.hubin.id, products, member_id=member())


def test_what_people_like_her_buy_is_said_beside_how_many_buy_it_anyway(lin):
    """19 others have cream; 12 of them toner; nobody else has it. Lin makes 20 of 48."""
    with db.transaction(lin.brand.id):
        toner = product("爽肤水")
        for _ in range(12):
            her = member()
            order(lin.hubin.id, [lin.cream], member_id=her)
            order(lin.hubin.id, [toner], member_id=her)
        bought(lin, 7, lin.cream)
        bought(lin, 28, product("面膜"))
    count(lin)

    assert reasons(lin)[1:] == ["买过 面霜 的会员里，每 100 人有 60 人也买 爽肤水，平时是 25 人"]


def test_what_she_has_already_is_not_next(lin):
    with db.transaction(lin.brand.id):
        toner = product("爽肤水")
        bought(lin, 12, lin.cream, toner)
        bought(lin, 20, product("面膜"))
        order(lin.jingan.id, [toner], member_id=lin.lin)
    count(lin)

    assert not any(reason.startswith("买过") for reason in reasons(lin))


def test_a_product_is_offered_once(lin):
    """Serum goes with cream in orders and among members: one line, not two."""
    with db.transaction(lin.brand.id):
        bought(lin, 12, lin.cream, product("精华"))
        bought(lin, 20, product("面膜"))
    count(lin)

    with db.transaction(lin.brand.id):
        offered = [offer.product for offer in service.offers(lin.lin, lin.jingan.id)]
    assert offered == ["面霜", "精华"]


# On the sheet


def sheet(built_app, house, store_id: int | None) -> str:
    with db.transaction(house.brand.id):
        db.get(Member, house.lin).main_store_id = store_id
    return Phone(built_app.test_client(), "wei").page(f"/guide/members/{house.lin}")


def test_her_guide_sees_it_on_the_sheet(built_app, lin):
    page = sheet(built_app, lin, lin.jingan.id)

    assert "她约每 28 天买一次 面霜，上次是 31 天前" in page.partition("可以推荐")[2]


def tell(house, **figures) -> None:
    """What the ERP says of her cream in this store."""
    with db.transaction(house.brand.id):
        sku = db.get(Product, house.cream).sku
        told = shelves.Told(sku, figures.get("on_hand"), figures.get("price_fen"))
        shelves.tell(house.jingan.id, [told], clock.now())


def test_price_and_stock_stand_beside_it_where_they_are_known(built_app, lin):
    tell(lin, on_hand=12, price_fen=22_900)

    page = sheet(built_app, lin, lin.jingan.id).partition("可以推荐")[2]

    assert "¥229.00" in page
    assert "上次是 31 天前。本店有货 12" in page


def test_of_several_sizes_the_cheapest_is_named_as_the_least(built_app, lin):
    tell(lin, price_fen=22_900)
    with db.transaction(lin.brand.id):
        large = db.get(Product, product("面霜"))
        large.price_fen, large.priced_at = 39_900, clock.now()

    assert "¥229.00 起" in sheet(built_app, lin, lin.jingan.id)


def test_what_is_known_to_be_out_here_is_not_offered(lin):
    tell(lin, on_hand=0)

    assert reasons(lin) == []


def test_nothing_to_say_is_no_panel(built_app, house):
    with db.transaction(house.brand.id):
        house.lin = member()

    assert "可以推荐" not in sheet(built_app, house, house.jingan.id)


def test_it_tells_nothing_of_another_stores_member(built_app, lin):
    from tests.guides.conftest import join, scan

    lin.lin = join(lin, scan(lin).fan_id).id
    with db.transaction(lin.brand.id):
        for ago in (87, 59, 31):
            at = clock.now() - timedelta(days=ago)
            order(lin.hubin.id, [lin.cream], member_id=lin.lin, at=at)

    assert "可以推荐" not in sheet(built_app, lin, lin.hubin.id)
    assert "可以推荐" in sheet(built_app, lin, lin.jingan.id)


def test_it_takes_four_queries_however_much_she_bought(lin):
    few = queries_for(lin)
    with db.transaction(lin.brand.id):
        many = [product(f"商品{n}") for n in range(40)]
        orders(10, lin.jingan.id, lin.cream, *many[:3])
        orders(30, lin.jingan.id, *many[3:6])
        for ago in range(1, 10):
            order(lin.jingan.id, many, member_id=lin.lin, at=clock.now() - timedelta(days=ago))
    count(lin)

    assert (few, queries_for(lin)) == (4, 4)


def queries_for(house) -> int:
    with db.transaction(house.brand.id):
        _at_hand = factories.brands.get(house.brand.id)  # as the sheet has it
        with counted_statements() as seen:
            service.offers(house.lin, house.jingan.id)
    return len(seen)


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection, _cursor, statement: str, *_) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)
