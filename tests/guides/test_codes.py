"""A guide's own codes: one for each purpose, her poster, what came through them."""

from __future__ import annotations

import io
import shutil
from datetime import timedelta

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import sync_playwright
from sqlalchemy import func, insert, select

from app.core import clock, db
from app.core.db import session
from app.coupons import service as coupons
from app.coupons.models import CouponBatch
from app.journeys.models import Welcome
from app.members import promoters
from app.members.models import Fan
from app.stores import making, queries
from app.stores import service as stores
from app.stores.models import CodeKind, CodePurpose, QrCode
from tests import factories
from tests.guides.conftest import scan
from tests.members.test_promoters import scan as wechat_tells

ADDRESS = "http://weixin.qq.com/q/02aBcDeFgHiJk10000w07Z"


@pytest.fixture
def wechat(house, wechat_box):
    """WeChat in a box, which knows our service account."""
    account = house.brand.service
    wechat_box.admin("DELETE", "/faults")
    told = {
        "kind": "service",
        "secret": f"secret-of-{account.appid}",
        "original_id": account.original_id,
        "name": "禾木集",
        "callback_url": "http://127.0.0.1:9/nobody",
        "token": factories.CALLBACK_TOKEN,
        "encoding_aes_key": factories.AES_KEY,
        "mode": "safe",
    }
    wechat_box.admin("PUT", f"/accounts/{account.appid}", told)
    return wechat_box


def own_code(house, purpose=CodePurpose.FOLLOW, claim_code=None, guide=None) -> QrCode:
    guide = guide or house.wei
    with db.transaction(house.brand.id):
        code = stores.add_code(
            account_id=house.brand.service.id,
            store_id=house.jingan.id,
            kind=CodeKind.GUIDE,
            place="名片",
            staff_id=guide.id,
            purpose=purpose,
            claim_code=claim_code,
        )
        stores.set_ticket(code.id, ticket="ticket", url=ADDRESS)
        return code


def codes_of_wei(house) -> list[QrCode]:
    with db.transaction(house.brand.id):
        return queries.codes_of_guide(house.wei.id, house.jingan.id)


def test_she_makes_a_code_for_each_purpose_and_each_once(house, wei, wechat):
    for _ in range(2):
        for purpose in ("follow", "join"):
            assert wei.post("/guide/codes", purpose=purpose).status_code == 303

    assert [code.purpose for code in codes_of_wei(house)] == ["follow", "join"]
    assert all(code.url for code in codes_of_wei(house))
    page = wei.page("/guide/me/posters")
    assert "关注码" in page
    assert "入会码" in page
    assert "存到相册" in page


def test_a_code_for_a_coupon_is_made_only_of_one_that_may_be_claimed(house, wei, wechat):
    with db.transaction(house.brand.id):
        [batch] = coupons.batches(["welcome20"])
        batch_id = batch.id

    refused = wei.post("/guide/codes", purpose="coupon", batch=batch_id)
    with db.transaction(house.brand.id):
        db.get(CouponBatch, batch_id).claim_code = "CLAIM123"
    made = wei.post("/guide/codes", purpose="coupon", batch=batch_id)

    assert (refused.status_code, made.status_code) == (422, 303)
    [code] = codes_of_wei(house)
    assert (code.purpose, code.claim_code) == ("coupon", "CLAIM123")


@pytest.mark.browser
def test_the_poster_has_her_name_and_a_code_that_phones_read(house, wei, chromium):
    code = own_code(house)

    answer = wei.get(f"/guide/codes/{code.id}/poster.svg")

    assert answer.mimetype == "image/svg+xml"
    drawn = answer.get_data(as_text=True)
    assert "小魏" in drawn
    assert "静安寺店" in drawn
    assert "禾木集" in drawn
    assert [read.text for read in zxingcpp.read_barcodes(_seen(chromium, answer.data))] == [ADDRESS]


@pytest.fixture
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        yield browser
        browser.close()


def _seen(chromium, svg: bytes) -> Image.Image:
    """The poster as a phone shows it."""
    page = chromium.new_page(viewport={"width": 750, "height": 1000})
    page.set_content(f'<body style="margin:0">{svg.decode()}</body>')
    return Image.open(io.BytesIO(page.screenshot()))


def test_a_code_of_another_store_answers_as_one_that_does_not_exist(house, bo):
    code = own_code(house)

    foreign = bo.get(f"/guide/codes/{code.id}/poster.svg")

    assert foreign.status_code == bo.get("/guide/codes/999999/poster.svg").status_code == 404


def test_her_page_counts_what_came_through_and_flags_a_quiet_code(house, wei):
    code, quiet = own_code(house), own_code(house, CodePurpose.JOIN)
    with db.transaction(house.brand.id):
        db.get(QrCode, quiet.id).created_at = clock.now() - timedelta(days=61)
    wechat_tells(house, code)
    wechat_tells(house, code, "o-other")

    page = wei.page("/guide/me/posters")

    assert "30 天扫码 2 · 新关注 0 · 入会 0" in page
    assert page.count("60 天没有人扫了") == 1


def test_scanning_her_code_is_a_visit_and_her_merit_and_is_answered_by_its_purpose(house):
    code = own_code(house, CodePurpose.COUPON, "CLAIM123")

    fan_id = wechat_tells(house, code)

    with db.transaction(house.brand.id):
        assert session.scalar(select(Fan.guide_code_id).filter_by(id=fan_id)) == code.id
        [welcome] = session.scalars(select(Welcome)).all()
        assert (welcome.store_id, welcome.code_id) == (house.jingan.id, code.id)


def test_a_retired_code_is_the_stores_alone(house):
    code = own_code(house)
    with db.transaction(house.brand.id):
        stores.retire_code(code.id)

    fan_id = wechat_tells(house, code)
    member = factories.make_member(house.brand.id, fan_id)

    with db.transaction(house.brand.id):
        assert promoters.promoters_of([member.id]) == {}
        assert queries.codes_of_guide(house.wei.id, house.jingan.id) == []


def test_the_last_of_the_hundred_thousand_is_the_last(house, wei, wechat):
    with db.transaction(house.brand.id):
        row = {
            "brand_id": house.brand.id,
            "account_id": house.brand.service.id,
            "store_id": house.jingan.id,
            "kind": "store",
            "purpose": "follow",
            "place": "柜台",
            "url": ADDRESS,
            "created_at": clock.now(),
        }
        have = queries.asked_for(house.brand.service.id)
        many = [row | {"scene": f"x{n}"} for n in range(have, making.MOST_PERMANENT - 1)]
        session.execute(insert(QrCode), many)

    last = wei.post("/guide/codes", purpose="follow")
    one_more = wei.post("/guide/codes", purpose="join")

    assert (last.status_code, one_more.status_code) == (303, 409)
    assert "100,000 张永久码用完了" in one_more.get_data(as_text=True)
    with db.transaction(house.brand.id):
        assert session.scalar(select(func.count()).select_from(QrCode)) == 100_000


def test_the_visit_of_a_store_code_is_nobodys(house):
    visit = scan(house)

    with db.transaction(house.brand.id):
        assert session.scalar(select(Fan.guide_code_id).filter_by(id=visit.fan_id)) is None
