"""优惠券: a batch is made, given, counted, stopped and revoked from the console."""

from __future__ import annotations

import io
import re

import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import select

from app.core import clock, db
from app.core.audit import AuditRow
from app.core.db import session
from app.coupons import jobs
from app.coupons import service as coupons
from app.coupons.models import Coupon, CouponBatch, CouponCode
from app.members import service as members
from app.members.models import Tag
from tests.coupons.crowd import make_members

FORM = {
    "name": "春季护肤券",
    "kind": "amount",
    "value": "30",
    "min_spend": "199",
    "categories": "护肤",
    "validity": "days",
    "days": "30",
    "stock": "100",
    "per_person": "1",
    "budget": "2000",
    "may_claim": "1",
}


@pytest.fixture
def brand(house) -> int:
    return house.brand.id


def newest(brand: int) -> CouponBatch:
    with db.transaction(brand):
        return session.scalars(select(CouponBatch).order_by(CouponBatch.id.desc())).first()


def acts(brand: int) -> list[str]:
    with db.transaction(brand):
        return list(session.scalars(select(AuditRow.act).order_by(AuditRow.seq)))


@pytest.fixture
def batch(brand, mei) -> CouponBatch:
    mei.post("/coupons/new", **FORM)
    return newest(brand)


def test_a_batch_is_made_and_its_rule_is_a_sentence(brand, mei, batch) -> None:
    page = mei.page(f"/coupons/{batch.id}")

    assert "满 199 减 30，护肤，领后 30 天" in page
    assert "还没有发出" in page
    assert (batch.stock, batch.per_person, batch.value_fen) == (100, 1, 3000)
    assert batch.claim_code in page
    assert "coupon.batch_made" in acts(brand)


def test_the_sentence_follows_the_form(mei) -> None:
    said = mei.post("/coupons/sentence", **FORM | {"kind": "percent", "value": "8.5", "cap": "50"})

    assert "满 199 打 8.5 折，最多减 50，护肤，领后 30 天" in said.get_data(as_text=True)


@pytest.mark.parametrize(
    ("kind", "given", "sentence"),
    [
        ("percent", {"value": "9"}, "打 9 折"),
        ("free", {"quantity": "2"}, "免费兑 2 件"),
        ("exchange", {"value": "9.9"}, "9.9 元换购 1 件"),
        ("gift", {"thing": "旅行装"}, "送旅行装 1 件"),
        ("sample", {"thing": "修护精华"}, "领修护精华小样"),
        ("shipping", {}, "免运费"),
        ("pack", {"thing": "回归礼包", "parts": "welcome20*2"}, "送回归礼包 1 件"),
    ],
)
def test_every_kind_can_be_made(brand, mei, kind, given, sentence) -> None:
    plain = {"name": "一批", "stock": "9", "days": "7", "kind": kind}
    answer = mei.post("/coupons/new", **plain | given)

    assert answer.status_code == 302, re.findall(r"invalid-feedback[^>]*>([^<]+)", answer.text)
    assert newest(brand).kind == kind
    assert sentence in mei.page(f"/coupons/{newest(brand).id}")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "填券名"),
        ("value", "三十", "填金额"),
        ("stock", "0", "填总数"),
        ("days", "x", "填 1 到 3650 天"),
        ("per_day", "-1", "填 1 以上的整数"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_stays(
    mei, field, value, said
) -> None:
    answer = mei.post("/coupons/new", **FORM | {field: value})

    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="199"' in answer.text


def test_a_pack_of_what_is_not_there_is_refused(mei) -> None:
    given = FORM | {"kind": "pack", "thing": "礼包", "parts": "nothing"}

    assert "没有这批券：nothing" in mei.post("/coupons/new", **given).text


def test_the_list_shows_live_stock_and_the_funnel(brand, mei, batch) -> None:
    one, other = make_members(brand, 2)
    with db.transaction(brand):
        used, _held = coupons.claim(batch.id, one), coupons.claim(batch.id, other)
        coupons.redeem(used.id, key="till", discount_fen=3000)

    page = mei.page("/coupons")
    row = page[page.index("春季护肤券") :]

    assert "2 / 100" in row
    assert "¥30 / ¥2,000" in row
    assert mei.page(f"/coupons/{batch.id}").count("抵扣 ¥30") == 1


def test_giving_it_to_a_tag_tells_first_to_how_many(brand, mei, batch) -> None:
    people = make_members(brand, 3)
    with db.transaction(brand):
        for member_id in people:
            members.tag_member(member_id, "活动", "春季", "rule")
        tag_id = session.scalars(select(Tag.id).filter_by(name="春季")).one()

    before = mei.page(f"/coupons/{batch.id}/reach?tag={tag_id}")
    mei.post(f"/coupons/{batch.id}/grant", tag=str(tag_id))
    jobs.work()
    page = mei.page(f"/coupons/{batch.id}")

    assert "会发 <b>3</b> 张" in before
    assert "已发完" in page
    assert newest(brand).issued == 3


def test_a_coupon_s_history_says_who_where_and_when(brand, mei, house, batch) -> None:
    [member_id] = make_members(brand, 1)
    with db.transaction(brand):
        coupon = coupons.claim(batch.id, member_id)
        store_id, staff_id = house.jingan.id, house.wei.id
        coupons.redeem(coupon.id, key="tap", store_id=store_id, staff_id=staff_id)

    page = mei.page(f"/coupons/one/{coupon.id}")

    assert "发出 → 核销" in page
    assert "小魏" in page
    assert "静安寺店" in page
    assert "本人" in page


def test_stopping_and_revoking_take_effect_at_once_and_are_audited(brand, mei, batch) -> None:
    [member_id] = make_members(brand, 1)
    with db.transaction(brand):
        coupon = coupons.claim(batch.id, member_id)
    mei.post(f"/coupons/{batch.id}/stop")
    mei.post(f"/coupons/{batch.id}/revoke")

    assert "已作废" in mei.page(f"/coupons/{batch.id}")
    with db.transaction(brand), pytest.raises(coupons.Refused):
        coupons.redeem(coupon.id, key="late")
    assert acts(brand)[-2:] == ["coupon.batch_stopped", "coupon.batch_revoked"]


def test_one_coupon_is_revoked(brand, mei, batch) -> None:
    [member_id] = make_members(brand, 1)
    with db.transaction(brand):
        coupon = coupons.claim(batch.id, member_id)

    mei.post(f"/coupons/one/{coupon.id}/revoke")

    with db.transaction(brand):
        assert session.get_one(Coupon, (brand, coupon.id)).revoked_at <= clock.now()


def test_a_stock_below_what_is_out_is_refused_with_the_number(brand, mei, batch) -> None:
    people = make_members(brand, 2)
    with db.transaction(brand):
        for member_id in people:
            coupons.claim(batch.id, member_id)

    answer = mei.post(f"/coupons/{batch.id}", stock="1")

    assert answer.status_code == 409
    assert "已发出 2 张，总数不能更少" in answer.text


def test_limits_are_changed_from_now_on(brand, mei, batch) -> None:
    mei.post(f"/coupons/{batch.id}", stock="200", per_person="3", budget="2000")

    changed = newest(brand)
    assert (changed.stock, changed.per_person, changed.claim_code) == (200, 3, None)
    assert "coupon.batch_changed" in acts(brand)


def test_a_store_has_no_page_for_coupons(lan) -> None:
    assert lan.get("/coupons").status_code == 403


def codes_on(page: str) -> list[str]:
    """The codes of a sheet, as somebody would type them."""
    return [words.replace(" ", "") for words in re.findall(r'sheet-code">([^<]+)<', page)]


def test_the_claim_links_code_is_drawn_printed_and_downloaded(mei, batch) -> None:
    link = f"/h5/hemuji/claim/{batch.claim_code}"

    assert link in mei.page(f"/coupons/{batch.id}")
    assert codes_on(mei.page(f"/coupons/{batch.id}/poster")) == [batch.claim_code]
    picture = mei.get(f"/coupons/{batch.id}/claim.png")
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.data)))
    assert read.text.endswith(link)
    assert "attachment" in picture.headers["Content-Disposition"]


def test_the_links_page_outside_wechat_says_where_to_go(app, batch) -> None:
    client = app.test_client()

    page = client.get(f"/h5/hemuji/claim/{batch.claim_code}")

    assert page.status_code == 200
    assert batch.claim_code[:4] in page.get_data(as_text=True)
    assert client.get("/h5/hemuji/claim/<script>").status_code == 404


def test_printed_codes_are_shown_once_counted_and_audited(brand, mei, batch) -> None:
    made = codes_on(mei.post(f"/coupons/{batch.id}/codes", count="6", key="one-form").text)

    assert len(set(made)) == 6
    assert "coupon.codes_printed" in acts(brand)
    page = mei.page(f"/coupons/{batch.id}")
    assert "还没人用的 6 个" in page
    assert not any(code in page for code in made)
    with db.transaction(brand):
        kept = session.scalars(select(CouponCode.code_hash)).all()
    assert not set(kept) & set(made)


def test_the_same_form_sent_again_prints_no_more(brand, mei, batch) -> None:
    mei.post(f"/coupons/{batch.id}/codes", count="6", key="one-form")

    again = mei.post(f"/coupons/{batch.id}/codes", count="6", key="one-form")

    assert again.status_code == 303
    with db.transaction(brand):
        assert coupons.unused(batch.id) == 6


def test_no_more_codes_are_printed_than_there_are_coupons(mei, batch) -> None:
    mei.post(f"/coupons/{batch.id}/codes", count="96", key="first-form")

    refused = mei.post(f"/coupons/{batch.id}/codes", count="5", key="second-form")

    assert refused.status_code == 409
    assert "剩下的券不够这么多码" in refused.text
    assert mei.post(f"/coupons/{batch.id}/codes", count="0", key="third-form").status_code == 422


def test_a_printed_code_gives_one_coupon_to_whoever_comes_first(brand, mei, batch) -> None:
    [code] = codes_on(mei.post(f"/coupons/{batch.id}/codes", count="1", key="one-form").text)
    one, other = make_members(brand, 2)

    with db.transaction(brand):
        first = coupons.claim_code(code, one).id
        assert coupons.claim_code(code.lower(), one).id == first
        with pytest.raises(coupons.Refused):
            coupons.claim_code(code, other)


# Longer days


def test_longer_days_are_counted_before_they_are_given(brand, mei, batch) -> None:
    (member_id,) = make_members(brand, 1)
    with db.transaction(brand):
        coupons.claim(batch.id, member_id)
    page = mei.page(f"/coupons/{batch.id}/days?until=2099-12-31")
    assert "延长 1 张未用的券，到 2099-12-31" in page

    mei.post(f"/coupons/{batch.id}/days", until="2099-12-31")
    jobs.work()

    assert "coupon.days_extended" in acts(brand)
    with db.transaction(brand):
        end = session.scalars(select(Coupon.valid_until)).one()
    assert clock.local(end).isoformat() == "2100-01-01T00:00:00+08:00"
    assert "1 张" in mei.page(f"/coupons/{batch.id}/days")


def test_a_day_that_makes_nothing_longer_says_so(brand, mei, batch) -> None:
    answer = mei.post(f"/coupons/{batch.id}/days", until="2099-12-31")

    assert answer.status_code == 409
    assert "没有一张会因此延长" in answer.get_data(as_text=True)
