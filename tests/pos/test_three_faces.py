"""Card, guide and till show exactly what the one function answers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.benefits import service as benefits
from app.card.service import sessions as card_sessions
from app.core import clock, db
from app.coupons import service as coupons
from app.coupons.models import Coupon, CouponKind
from app.coupons.rule import Amount, Percent, Rule
from tests import factories
from tests.guides.conftest import Phone, scan
from tests.pos.tills import code_of, give, open_till


@pytest.fixture
def shopper(house, lin):
    """Lin has scanned here today and holds one of everything."""
    scan(house, "o-lin")
    give(house, lin, Rule(Amount(3_000), min_spend_fen=19_900), value_fen=3_000)
    give(house, lin, Rule(Percent(2_000, 6_000)), CouponKind.PERCENT)
    give(house, lin, Rule(Amount(500), store_ids=frozenset({house.hubin.id})), value_fen=500)
    give(house, lin, Rule(Amount(700), is_first_purchase=True), value_fen=700)
    used, over = give(house, lin, Rule(Amount(100))), give(house, lin, Rule(Amount(200)))
    with db.transaction(house.brand.id):
        (sample,) = coupons.batches(["essence5ml"])
        coupons.issue(sample, lin.id, "test")
        coupons.redeem(used, key="once", store_id=house.jingan.id, discount_fen=100)
        row = db.get(Coupon, over)
        row.valid_from, row.valid_until = (clock.now() - timedelta(days=n) for n in (9, 1))
    return lin


def truth(house, member):
    with db.transaction(house.brand.id):
        return benefits.benefits(member.id, house.jingan.id, clock.now())


def as_told(found) -> dict[str, list[tuple[int, str | None]]]:
    """Every coupon with her reason, by what it is good for."""
    return {
        name: sorted((one.coupon_id, one.why) for one in getattr(found, name))
        for name in ("usable", "later", "used", "expired")
    }


def of_card(client, house, member) -> dict[str, list[tuple[int, str | None]]]:
    with db.transaction(house.brand.id):
        token = card_sessions.open_for(factories.fan_named("o-lin")).token
    headers = {"Authorization": f"Bearer {token}"}
    return {
        state: sorted(
            (one["id"], one["why"] or None)
            for one in client.get(f"/api/v1/coupons?state={state}", headers=headers).json["items"]
        )
        for state in ("usable", "later", "used", "expired")
    }


def of_till(client, house, mei, member) -> dict[str, list[tuple[int, str | None]]]:
    till = open_till(client, house, mei, house.jingan)
    found = till.scans(code_of(house, member)).json["benefits"]
    return {
        name: sorted((one["coupon_id"], one["why"] and one["why"]["shopper"]) for one in held)
        for name, held in found.items()
        if name in ("usable", "later", "used", "expired")
    }


def test_the_three_answers_agree(client, house, mei, shopper):
    asked = truth(house, shopper)
    said = as_told(asked)

    assert [len(said[name]) for name in ("usable", "later", "used", "expired")] == [4, 1, 1, 1]
    assert of_till(client, house, mei, shopper) == said
    without_used = of_card(client, house, shopper) | {"used": said["used"]}
    assert without_used == said  # in the tab of the used nobody needs to be told that it is


def test_the_guides_sheet_shows_the_same_words(client, house, shopper):
    asked = truth(house, shopper)

    page = Phone(client, "wei").page(f"/guide/members/{shopper.id}")

    usable, _, later = page.partition("还不能用")
    assert all(one.condition in usable for one in asked.usable)
    assert all(one.why in later for one in asked.later)
