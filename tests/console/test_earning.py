"""积分规则: what is in force, another book tried on past orders, and then in force."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core import clock, db
from app.journeys import simulation
from app.points import service as points
from app.points.earning import books
from app.points.earning.form import load
from tests import factories
from tests.console.conftest import buy, join, scan

BASE = {"kind": "amount", "fen": 100, "points": 1}
ONE = {"block": "0", "kind-0": "amount", "yuan-0": "1", "points-0": "2"}


@pytest.fixture
def lin(house, noon) -> int:
    member_id = join(house, scan(house, "o-lin", noon), noon)
    buy(house, member_id, noon, 19_950)
    return member_id


def held(house) -> books.Book:
    with db.transaction(house.brand.id):
        return books.in_force(clock.now())


def test_the_page_says_what_is_in_force_and_what_it_gives(mei, lin) -> None:
    page = mei.page("/earning")

    assert "每满 ¥1 得 1 分" in page
    assert "199 分" in page
    assert "还没有自己的规则" in page


def test_a_brand_without_orders_is_told_so(mei) -> None:
    assert "还没有会员订单" in mei.page("/earning")


def test_another_book_is_tried_on_past_orders_before_it_starts(mei, house, lin) -> None:
    page = mei.post("/earning/edit", act="try", **ONE).get_data(as_text=True)

    assert "现在的规则 199 分（¥1.99）" in page
    assert "398 分（¥3.98）" in page
    assert "1 位多得" in page
    assert held(house).version == 0


def test_it_starts_now_and_the_audit_says_so(mei, house, lin) -> None:
    done = mei.post("/earning/edit", act="publish", starts="now", **ONE)

    assert done.status_code == 303
    assert held(house).version == 1
    assert "每满 ¥1 得 2 分" in mei.page("/earning")
    assert "发布积分规则" in mei.page("/audit")


def test_it_starts_on_a_day_and_is_called_off_before(mei, house, lin) -> None:
    day = clock.business_day(clock.now()) + timedelta(days=3)
    mei.post("/earning/edit", act="publish", starts="day", day=day.isoformat(), **ONE)
    assert held(house).version == 0
    page = mei.page("/earning")
    assert "第 1 版" in page
    with db.transaction(house.brand.id):
        starts_at = books.planned()[0].starts_at

    done = mei.post("/earning/call-off", starts_at=starts_at.isoformat())
    assert done.status_code == 303
    clock.move(timedelta(days=4))
    assert [rule.points for rule in held(house).rules] == [1]


@pytest.mark.parametrize("day", ["2020-01-01", "", "soon"])
def test_a_day_that_is_past_or_none_is_refused(mei, house, lin, day) -> None:
    answer = mei.post("/earning/edit", act="publish", starts="day", day=day, **ONE)

    assert answer.status_code == 422
    assert "生效时间已经过去" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "typed"),
    [("yuan-0", "零"), ("yuan-0", "0"), ("points-0", "-1"), ("points-0", "1.5"),
     ("first-0", "morgen"), ("weekdays-0", "9"), ("tier_ids-0", "x"), ("kind-0", "gift")],
)  # fmt: skip
def test_what_is_wrong_is_refused_and_stays_as_it_was_typed(mei, house, field, typed) -> None:
    answer = mei.post("/earning/edit", act="publish", starts="now", **(ONE | {field: typed}))

    assert answer.status_code == 422
    assert "有几处要改" in answer.get_data(as_text=True)
    assert held(house).version == 0


def test_rules_are_added_and_taken_away(mei) -> None:
    more = mei.post("/earning/edit", act="add:bonus", **ONE).get_data(as_text=True)
    assert "2. 满额另得" in more
    less = mei.post("/earning/edit", act="remove:0", **ONE).get_data(as_text=True)
    assert "一条规则也没有" in less


def test_a_guide_s_manager_sees_neither(lan) -> None:
    assert lan.get("/earning").status_code == 403
    assert lan.post("/earning/edit", act="publish", starts="now", **ONE).status_code == 403


def test_a_simulation_gives_what_the_orders_then_earn(house, lin) -> None:
    """The same functions count both: simulate, then sell the same again."""
    rules = load([BASE, BASE | {"points": 3, "weekdays": [1, 2, 3, 4, 5, 6, 7]}])
    with db.transaction(house.brand.id):
        foretold = simulation.simulate(books.in_force(clock.now()).rules, rules)
        books.publish(rules, starts_at=None, actor="梅")
    with db.transaction(house.brand.id):
        got = points.earn_for_order(lin, order_id=9, paid_fen=19_950, at=clock.now())

    assert (foretold.before, foretold.after) == (199, got) == (199, 796)


def test_a_rule_about_goods_is_simulated_by_the_lines(house, lin) -> None:
    from sqlalchemy import select

    from app.catalog.models import Product
    from app.core.db import session
    from app.orders.models import Order, OrderLine

    with db.transaction(house.brand.id):
        cream = Product(sku="A1", name="面霜", category="护肤")
        session.add(cream)
        session.flush()
        order = session.scalars(select(Order)).one()
        session.add(
            OrderLine(
                order_id=order.id,
                line_no=1,
                product_id=cream.id,
                quantity=1,
                paid_fen=5_000,
                list_fen=5_000,
            )
        )
    with db.transaction(house.brand.id):
        foretold = simulation.simulate(load([BASE]), load([BASE | {"categories": ["护肤"]}]))

    assert (foretold.before, foretold.after, foretold.fewer) == (199, 50, 1)


def test_orders_of_nobody_and_of_other_brands_are_left_out(house, lin, noon) -> None:
    buy(house, None, noon, 50_000)
    other = factories.make_brand("other", "别家")
    with db.transaction(other.id):
        assert simulation.simulate(load([BASE]), load([BASE])) is None
    with db.transaction(house.brand.id):
        assert simulation.simulate(load([BASE]), load([BASE])).orders == 1


SHARING = {"block": "0", "kind-0": "act", "act-0": "shared", "points-0": "20", "per_day-0": "3"}


def test_friends_of_a_day_are_limited_in_the_rule_itself(mei, house) -> None:
    mei.post("/earning/edit", act="publish", starts="now", **SHARING)

    assert held(house).rules[0].per_day == 3
    assert "朋友从分享入会得 20 分，每位朋友一次，每天最多 3 次" in mei.page("/earning")
    assert 'name="per_day-0"' in mei.page("/earning/edit")


def test_an_act_of_once_a_member_has_no_limit_of_the_day(mei, house) -> None:
    refused = mei.post("/earning/edit", act="try", **SHARING | {"act-0": "joined"})

    assert refused.status_code == 422
    assert "只有分享可以一天好几次" in refused.get_data(as_text=True)
    assert held(house).version == 0
