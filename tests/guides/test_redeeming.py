"""核销 on the guide's phone: her code, the sum, the best of what she holds, and back within ten
minutes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.coupons.models import Coupon, CouponKind
from app.coupons.rule import Amount, Percent, Rule
from app.members import codes
from tests import factories
from tests.pos.tills import code_of, give

THIRTY = Rule(Amount(3_000), min_spend_fen=19_900)


@pytest.fixture
def lin(house):
    fan = factories.make_fan(house.brand.id, house.brand.service.id)
    return factories.make_member(house.brand.id, fan.id)


@pytest.fixture
def coupon(house, lin) -> int:
    return give(house, lin, THIRTY, value_fen=3_000, min_spend_fen=19_900)


@pytest.fixture
def counter(wei, house, lin):
    """Wei has scanned Lin's code."""
    answer = wei.post("/guide/redeem", code=code_of(house, lin))
    assert answer.status_code == 303
    return answer.location


def fields(page: str) -> dict[str, list[str]]:
    """What the form at the foot of the page would send."""
    form = re.search(r'<form class="do" method="post".*?</form>', page, re.S)[0]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form):
        found.setdefault(name, []).append(value)
    return found


def used(house, coupon_id: int) -> int:
    with db.transaction(house.brand.id):
        return session.scalars(select(Coupon.used).filter_by(id=coupon_id)).one()


def test_her_code_opens_the_counter_with_what_she_holds(wei, counter, coupon, lin):
    page = wei.page(f"{counter}?amount=418.00&sku=")

    assert "会员码有效" in page
    assert "138****5678" in page
    assert "核销 1 张券，收 ¥388.00" in page


def test_the_digits_may_be_typed_with_gaps(wei, house, lin):
    with db.transaction(house.brand.id):
        digits = codes.of_member(lin.id, clock.now()).digits
    spaced = " ".join(digits[place : place + 4] for place in range(0, 16, 4))

    assert wei.post("/guide/redeem", code=spaced).status_code == 303


def test_an_old_code_says_what_she_should_do(wei, house, lin):
    code = code_of(house, lin)
    clock.move(timedelta(minutes=3))

    answer = wei.post("/guide/redeem", code=code)

    assert answer.status_code == 409
    assert "会员码过期了，请她下拉刷新会员卡" in answer.get_data(as_text=True)


def test_what_is_confirmed_is_used_once_however_often_it_is_tapped(wei, house, counter, coupon):
    sent = fields(wei.page(f"{counter}?amount=418.00&sku="))

    answers = [wei.post(counter, **sent) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert used(house, coupon) == 1
    assert "省 <b" in wei.page(answers[0].location)


def test_it_can_be_taken_back_for_ten_minutes(wei, house, counter, coupon):
    done = wei.post(counter, **fields(wei.page(f"{counter}?amount=418&sku="))).location
    use = done.rpartition("use=")[2]

    wei.post(f"{counter}/undo", use=use)

    assert used(house, coupon) == 0
    assert "撤回了" in wei.page(done)


def test_after_ten_minutes_it_stays(wei, house, counter, coupon):
    done = wei.post(counter, **fields(wei.page(f"{counter}?amount=418&sku="))).location
    clock.move(timedelta(minutes=11))

    answer = wei.post(f"{counter}/undo", use=done.rpartition("use=")[2])

    assert answer.status_code == 409
    assert used(house, coupon) == 1


def test_the_guide_may_leave_a_coupon_out(wei, house, lin, coupon, counter):
    cheaper = give(house, lin, Rule(Percent(1_000)), CouponKind.PERCENT)

    page = wei.page(f"{counter}?amount=418&sku=&chosen=1&coupon={cheaper}")

    assert fields(page)["coupon"] == [str(cheaper)]
    assert "9 折" in page
    assert "没有选" in page


def test_what_cannot_be_used_stands_there_with_its_reason(wei, house, lin, counter):
    give(house, lin, Rule(Amount(5_000), min_spend_fen=99_900))

    page = wei.page(f"{counter}?amount=418&sku=")

    assert "适用商品未满门槛，还差 ¥581" in page
    assert "没有可用的券" in page


def test_a_price_that_changed_meanwhile_is_shown_again(wei, house, lin, counter, coupon):
    sent = fields(wei.page(f"{counter}?amount=418&sku="))
    give(house, lin, Rule(Amount(10_000)))
    del sent["chosen"]

    answer = wei.post(counter, **sent)

    assert answer.status_code == 409
    assert "应收和刚才报的不一样" in answer.get_data(as_text=True)
    assert used(house, coupon) == 0


def test_an_amount_that_is_none_is_said_at_its_field(wei, counter, coupon):
    answer = wei.get(f"{counter}?amount=abc&sku=")

    assert answer.status_code == 422
    assert "金额写成 418.00 这样" in answer.get_data(as_text=True)


def test_another_guides_store_does_not_know_her(bo, counter):
    assert bo.get(counter).status_code == 404


def test_only_the_page_that_scans_may_use_the_camera(wei, counter):
    scanning = wei.get("/guide/redeem").headers["Permissions-Policy"]

    assert "camera=(self)" in scanning
    assert "camera=()" in wei.get(counter).headers["Permissions-Policy"]
