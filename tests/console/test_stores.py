"""门店与二维码: the tree, codes that phones can read, a sheet to print."""

import io
import re

import pytest
import segno
import zxingcpp
from PIL import Image

from app.console import codes
from app.core import db
from app.core.db import session
from app.stores import queries, service
from app.stores.models import CodeKind, QrCode
from tests import factories

SILENT_ONCE = {"path": "/cgi-bin/qrcode/create", "kind": "errcode", "errcode": -1, "times": 1}
MAX_SCENE_URL = "http://weixin.qq.com/q/02aBcDeFgHiJk10000w07Z"


@pytest.fixture
def jingan(house):
    """静安寺店, whose counter code has its address."""
    with db.transaction(house.brand.id):
        service.set_ticket(house.jingan.code.id, ticket="ticket", url=MAX_SCENE_URL)
    return house.jingan


@pytest.fixture
def wechat(house, wechat_box):
    """WeChat in a box, which knows our service account."""
    account = house.brand.service
    wechat_box.admin("DELETE", "/faults")
    wechat_box.admin(
        "PUT",
        f"/accounts/{account.appid}",
        {
            "kind": "service",
            "secret": f"secret-of-{account.appid}",
            "original_id": account.original_id,
            "name": "禾木集",
            "callback_url": "http://127.0.0.1:9/nobody",
            "token": factories.CALLBACK_TOKEN,
            "encoding_aes_key": factories.AES_KEY,
            "mode": "safe",
        },
    )
    return wechat_box


def codes_of(house, store_id: int) -> list[QrCode]:
    with db.transaction(house.brand.id):
        return queries.codes_of(store_id)


def test_the_tree_shows_every_store_with_its_codes(house, mei, jingan):
    page = mei.page("/stores")

    assert "2 家门店 · 永久码 2 / 100,000" in page
    assert re.findall(r'>(\S+店)<span class="count">(\d) 码', page) == [
        ("静安寺店", "1"),
        ("湖滨店", "1"),
    ]


def test_whoever_has_one_store_goes_straight_to_it(house, lan):
    assert lan.get("/stores").location == f"/console/stores/{house.jingan.id}"


def test_a_store_outside_her_scope_does_not_exist_for_a_manager(house, lan):
    for path in (f"/stores/{house.hubin.id}", f"/stores/{house.hubin.id}/sheet"):
        assert lan.get(path).status_code == 404
    assert lan.post(f"/stores/{house.hubin.id}/codes", place="收银台").status_code == 404
    assert len(codes_of(house, house.hubin.id)) == 1


def test_the_code_drawn_is_a_full_qr_code_that_holds_wechats_address(house, mei, jingan):
    page = mei.page(f"/stores/{jingan.id}")
    assert '<span class="code-picture"><svg' in page

    picture = io.BytesIO()
    segno.make_qr(MAX_SCENE_URL, error="m").save(picture, kind="png", scale=4, border=4)
    drawn = codes.picture(MAX_SCENE_URL)
    found = zxingcpp.read_barcodes(Image.open(picture))

    assert [(str(code.format), code.text) for code in found] == [("QR Code", MAX_SCENE_URL)]
    assert str(drawn) in page


def test_even_a_short_address_never_becomes_a_micro_code():
    drawn = codes.picture("W:1")

    size = int(re.search(r'viewBox="0 0 (\d+) \d+"', drawn)[1])
    assert size >= 21 + 2 * codes.QUIET_ZONE


def test_a_place_is_asked_for_before_a_code_is_made(house, mei, jingan):
    response = mei.post(f"/stores/{jingan.id}/codes", place=" ")

    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert 'id="wrong-place"' in page
    assert len(codes_of(house, jingan.id)) == 1


def test_a_guide_of_another_store_gets_no_code_here(house, mei, jingan):
    response = mei.post(f"/stores/{jingan.id}/codes", place="名片", guide=str(house.bo.id))

    assert response.status_code == 404
    assert len(codes_of(house, jingan.id)) == 1


def test_the_sheet_holds_the_codes_that_have_a_picture(house, mei, jingan):
    page = mei.page(f"/stores/{jingan.id}/sheet")

    assert "打印 1 张码" in page
    assert page.count("<figure>") == 1
    assert house.jingan.code.scene in page


def test_a_store_without_codes_says_what_to_do(house, mei, jingan):
    with db.transaction(house.brand.id):
        session.delete(session.get_one(QrCode, (house.brand.id, jingan.code.id)))

    page = mei.page(f"/stores/{jingan.id}")

    assert "这家店还没有码" in page
    assert "静安寺店还没有二维码" in mei.page("/")


def test_a_new_code_of_a_guide_gets_its_address_from_wechat(house, mei, jingan, wechat):
    response = mei.post(f"/stores/{jingan.id}/codes", place="名片", guide=str(house.wei.id))

    made = codes_of(house, jingan.id)[-1]
    assert (made.place, made.staff_id, made.kind) == ("名片", house.wei.id, CodeKind.GUIDE)
    page = mei.client.get(response.location).get_data(as_text=True)
    assert "做好 1 张码" in page
    assert str(codes.picture(made.url)) in page


def test_a_code_that_wechat_did_not_answer_for_is_kept_and_asked_for_again(
    house, mei, jingan, wechat
):
    wechat.admin("POST", "/faults", SILENT_ONCE)

    response = mei.post(f"/stores/{jingan.id}/codes", place="橱窗")

    made = codes_of(house, jingan.id)[-1]
    page = mei.client.get(response.location).get_data(as_text=True)
    assert made.url is None
    assert "还没有图案：微信没有答复" in page

    mei.post(f"/stores/{jingan.id}/codes/{made.id}/address")

    again = codes_of(house, jingan.id)
    assert [code.id for code in again].count(made.id) == 1
    assert again[-1].url is not None
