"""What the card page and the coupons page are told."""

import base64
import io
from datetime import timedelta

import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import select

from app.benefits import service as benefits
from app.core import clock, db
from app.core.db import session
from app.coupons import service as coupons
from app.coupons.models import Coupon
from app.members import codes, signed_codes
from app.members.models import Fan
from app.points import service as points
from app.stores import service as stores
from app.visits.models import Visit, VisitKind


@pytest.fixture
def member(lin, house):
    """Lin has joined and holds what joining gives."""
    lin.join()
    with db.transaction(house.brand.id):
        lin.member_id = session.scalars(select(Fan.member_id)).one()
        points.set_tier(lin.member_id, 864_200 // 2)
        benefits.give_joining_gifts(house.brand.brand, lin.member_id)
    return lin


def scan(house, place):
    """Lin scans a store's code."""
    with db.transaction(house.brand.id):
        fan = session.scalars(select(Fan)).one()
        visit = Visit(
            store_id=place.id,
            fan_id=fan.id,
            qr_code_id=place.code.id,
            kind=VisitKind.MEMBER,
            scanned_at=clock.now(),
            first_scanned_at=clock.now(),
            recorded_at=clock.now(),
            seq=stores.next_board_seq(place.id),
        )
        session.add(visit)


def test_without_a_card_she_sees_the_outline_and_what_joining_gives(lin, house):
    card = lin.get(f"/card?store={house.jingan.store.code}").json

    assert (card["member"], card["code"], card["coupon_count"]) == (None, None, 0)
    assert card["store"]["name"] == "静安寺店"
    assert [line["title"] for line in card["store"]["benefits"]] == [
        "满 99 可用",
        "修护精华 5ml 小样一份",
    ]


def test_the_card_wears_the_brands_colours(lin):
    brand = lin.get("/card").json["brand"]
    assert (brand["name"], brand["light"]["brand"]) == ("禾木集", "#7f3344")
    assert brand["dark"]["brand"] != brand["light"]["brand"]


def test_a_member_sees_her_tier_and_what_is_missing(member):
    shown = member.get("/card").json["member"]

    assert (shown["tier"], shown["growth"]) == ("金穗", 4321)
    assert shown["next_tier"] == {"name": "木心", "missing_fen": 67_900, "progress_percent": 86}


def test_the_code_on_the_card_is_hers_for_a_minute(member, house):
    code = member.get("/card").json["code"]

    with db.transaction(house.brand.id):
        assert codes.member_id(code["digits"], clock.now()) == member.member_id
        with pytest.raises(codes.CodeEnded):
            codes.member_id(code["digits"], clock.now() + timedelta(minutes=3))
    assert 0 <= code["seconds_left"] <= 60


def test_the_bar_code_holds_the_digits_and_the_qr_code_the_same_signed(member, house):
    code = member.get("/card").json["code"]
    found = {}
    kinds = {"qr": zxingcpp.BarcodeFormat.QRCode, "barcode": zxingcpp.BarcodeFormat.Code128}
    for name, kind in kinds.items():
        picture = Image.open(io.BytesIO(base64.b64decode(code[name].partition(",")[2])))
        (read,) = zxingcpp.read_barcodes(picture, formats=kind)
        found[name] = read.text

    assert found["barcode"] == code["digits"]
    with db.transaction(house.brand.id):
        hers = codes.member_id(code["digits"], clock.now())
        assert signed_codes.read(found["qr"])[0] == hers


def test_the_store_is_where_she_scanned_today_not_an_old_link(member, house):
    scan(house, house.hubin)
    store = member.get(f"/card?store={house.jingan.store.code}").json["store"]
    assert store["name"] == "湖滨店"


def test_yesterdays_scan_does_not_say_where_she_is(member, house):
    scan(house, house.hubin)
    clock.move(timedelta(days=1))
    assert member.get("/card").json["store"] is None


def test_the_card_shows_what_the_guide_and_the_till_are_told(member, house):
    store = member.get(f"/card?store={house.jingan.store.code}").json["store"]

    with db.transaction(house.brand.id):
        held = benefits.benefits(member.member_id, house.jingan.id, clock.now())
    assert [line["id"] for line in store["benefits"]] == [str(b.coupon_id) for b in held.usable]
    assert [line["title"] for line in store["benefits"]] == [b.condition for b in held.usable]


def test_a_sample_the_store_has_run_out_of_is_not_promised(member, house):
    with db.transaction(house.brand.id):
        db.session.connection().exec_driver_sql("UPDATE store_samples SET left_count = 0")
    store = member.get(f"/card?store={house.jingan.store.code}").json["store"]
    assert [line["kind"] for line in store["benefits"]] == ["amount"]


def test_the_tabs_add_up_to_what_she_holds(member, house):
    with db.transaction(house.brand.id):
        (batch,) = coupons.batches(["welcome20"])
        ended, later = (coupons.issue(batch, member.member_id, why) for why in ("old", "soon"))
        used = coupons.issue(batch, member.member_id, "gone")
        coupons.redeem(used.id, key="till-1", store_id=house.jingan.id, discount_fen=2_000)
        ended.valid_from -= timedelta(days=60)
        ended.valid_until = clock.now() - timedelta(days=1)
        later.valid_from += timedelta(days=5)

    answers = {
        state: member.get(f"/coupons?state={state}").json
        for state in ("usable", "later", "used", "expired")
    }

    counts = answers["usable"]["counts"]
    assert counts == {"usable": 2, "later": 1, "used": 1, "expired": 1}
    assert {state: len(answer["items"]) for state, answer in answers.items()} == counts
    assert "起才能用" in answers["later"]["items"][0]["why"]
    assert answers["used"]["items"][0]["note"].endswith("在静安寺店用掉，省 ¥20")
    assert member.get("/card").json["coupon_count"] == counts["usable"]


def test_the_coupon_that_ends_first_stands_first(member, house):
    with db.transaction(house.brand.id):
        (batch,) = coupons.batches(["welcome20"])
        urgent = coupons.issue(batch, member.member_id, "urgent")
        urgent.valid_until = clock.now() + timedelta(days=8)

    first = member.get("/coupons").json["items"][0]

    assert (first["id"], first["days_left"]) == (urgent.id, 8)


def test_old_coupons_come_in_pages(member, house):
    with db.transaction(house.brand.id):
        (batch,) = coupons.batches(["welcome20"])
        for number in range(25):
            coupon = coupons.issue(batch, member.member_id, f"old-{number}")
            coupon.valid_from -= timedelta(days=60)
            coupon.valid_until = clock.now() - timedelta(days=1)

    first = member.get("/coupons?state=expired").json
    second = member.get(f"/coupons?state=expired&after={first['next']}").json

    assert (len(first["items"]), len(second["items"]), second["next"]) == (20, 5, None)
    shown = [item["id"] for item in first["items"] + second["items"]]
    with db.transaction(house.brand.id):
        ended = select(Coupon.id).where(Coupon.valid_until <= clock.now())
        assert sorted(shown) == sorted(session.scalars(ended))


def test_the_welcome_tells_the_gifts_and_the_text(lin, house):
    welcome = lin.get(f"/welcome?store={house.jingan.store.code}").json

    assert [(line["face"], line["title"]) for line in welcome["benefits"]] == [
        ("¥20", "满 99 可用，今天就能用"),
        ("", "修护精华 5ml 小样一份"),
        ("积分", "每消费 ¥1 得 1 分"),
    ]
    assert welcome["store"]["name"] == "静安寺店"
    assert welcome["agreement"]["version"] == "2026-11"


def test_an_unknown_store_in_a_link_does_no_harm(lin):
    assert lin.get("/welcome?store=nowhere").json["store"] is None
    assert lin.get("/card?store=nowhere").json["store"] is None
