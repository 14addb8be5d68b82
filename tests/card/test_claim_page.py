"""领券 in the mini-program: a link or a QR code lands on the coupon, and one tap takes it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.core import db
from app.core.db import session
from app.coupons import service as coupons
from app.coupons.models import Coupon
from app.coupons.refusals import SHOPPER, Reason
from tests.card.phone import Phone
from tests.coupons.conftest import make_batch

pytestmark = [pytest.mark.browser, pytest.mark.flow]


def count_coupons(house, batch_id: int) -> int:
    with db.transaction(house.brand.id):
        of_batch = select(func.count()).select_from(Coupon).filter_by(batch_id=batch_id)
        return session.scalar(of_batch)


def scan(phone: Phone, code: str, said: str = "code") -> None:
    """The link's QR code opens the mini-program on its page."""
    phone.page.evaluate(f"location.hash = 'pages/claim/claim?{said}={code}'")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_stranger_joins_first_and_comes_back_to_her_coupon(open_phone, house, scheme):
    batch = make_batch(house.brand.id)
    phone = open_phone(scheme)
    link = f"https%3A%2F%2Fhuike.example.com%2Fh5%2Fhemuji%2Fclaim%2F{batch.claim_code}"

    scan(phone, link, "q")
    phone.see("送您一张券")
    phone.see("满减券")
    phone.see("各门店都能用")
    phone.is_clean()
    phone.tap("先入会，再领取")
    phone.agree_and_ask_for_phone()
    phone.tap("允许", exact=True)
    phone.tap("领取", exact=True)
    phone.see("领到了，放进您的券里了")
    phone.is_clean()
    phone.tap("看我的优惠券")
    phone.see("满减券")

    assert count_coupons(house, batch.id) == 1


def test_who_has_it_already_is_shown_hers(open_phone, house):
    batch = make_batch(house.brand.id)
    phone = open_phone()
    phone.join()
    scan(phone, batch.claim_code.lower())
    phone.tap("领取", exact=True)
    phone.see("领到了，放进您的券里了")

    phone.page.reload()
    phone.see("这张您已经领过")

    assert phone.page.get_by_role("button", name="领取", exact=True).count() == 0
    assert count_coupons(house, batch.id) == 1


def test_what_is_gone_is_told_in_her_sentence_before_she_taps(open_phone, house):
    batch = make_batch(house.brand.id, stock=0)
    phone = open_phone()
    phone.join()

    scan(phone, batch.claim_code)

    phone.see(SHOPPER[Reason.GONE])
    assert phone.page.get_by_role("button", name="领取", exact=True).count() == 0
    phone.is_clean()


def test_the_last_one_may_go_while_she_looks(open_phone, house):
    batch = make_batch(house.brand.id)
    phone = open_phone()
    phone.join()
    scan(phone, batch.claim_code)
    phone.see("送您一张券")
    with db.transaction(house.brand.id):
        coupons.set_stock(batch.id, 0, by="mei")

    phone.tap("领取", exact=True)

    phone.see(SHOPPER[Reason.GONE])
    phone.is_clean()


def test_a_link_that_nobody_knows_says_so(open_phone):
    phone = open_phone()
    scan(phone, "2222333344445555")
    phone.see(SHOPPER[Reason.CODE_UNKNOWN])
    phone.is_clean()


def test_a_printed_code_typed_by_hand_is_hers(open_phone, house):
    batch = make_batch(house.brand.id, claim_code=None)
    with db.transaction(house.brand.id):
        [code] = coupons.print_codes(batch.id, 1, by="mei")
    phone = open_phone()
    phone.join()
    phone.tap("优惠券")
    field = phone.page.get_by_label("券码")

    field.fill("2222 3333 4444 5555")
    phone.tap("领取", exact=True)
    phone.see(SHOPPER[Reason.CODE_UNKNOWN])
    phone.is_clean()
    field.fill(f"{code[:4]} {code[4:8]} {code[8:12]} {code[12:]}".lower())
    phone.tap("领取", exact=True)
    phone.see("领到了，在「能用」里")
    phone.see("满减券")
    phone.is_clean()

    assert count_coupons(house, batch.id) == 1
