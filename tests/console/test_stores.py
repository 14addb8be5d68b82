"""门店与二维码: the tree, codes that phones can read, a sheet to print."""

import io
import re
from datetime import timedelta

import pytest
import segno
import zxingcpp
from PIL import Image

from app.console.pages import sheets
from app.core import clock, db
from app.core.db import session
from app.stores import pictures, queries, service
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

    assert "2 家门店 · 永久码 1 / 100,000" in page  # WeChat has made one of them
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
    drawn = pictures.picture(MAX_SCENE_URL)
    found = zxingcpp.read_barcodes(Image.open(picture))

    assert [(str(code.format), code.text) for code in found] == [("QR Code", MAX_SCENE_URL)]
    assert str(drawn) in page


def test_even_a_short_address_never_becomes_a_micro_code():
    drawn = pictures.picture("W:1")

    size = int(re.search(r'viewBox="0 0 (\d+) \d+"', drawn)[1])
    assert size >= 21 + 2 * pictures.QUIET_ZONE


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
    assert str(pictures.picture(made.url)) in page


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


def test_a_posters_code_is_temporary_and_costs_no_permanent_one(house, mei, jingan, wechat):
    mei.post(f"/stores/{jingan.id}/codes", place="双旦海报", guide="poster")

    made = codes_of(house, jingan.id)[-1]
    life = made.expires_at - clock.now()
    assert made.kind == CodeKind.POSTER
    assert timedelta(days=29) < life < timedelta(days=30)
    assert wechat.log(what="qrcode/create")[-1]["errcode"] == 0
    assert "永久码 1 / 100,000" in mei.page("/stores")


def test_a_poster_that_ran_out_is_not_printed_and_can_be_renewed(house, mei, jingan, wechat):
    mei.post(f"/stores/{jingan.id}/codes", place="双旦海报", guide="poster")
    poster = codes_of(house, jingan.id)[-1]
    clock.move(timedelta(days=31))
    mei = desk_again(mei)

    assert poster.scene not in mei.page(f"/stores/{jingan.id}/sheet")
    assert "30 天到期了" in mei.page(f"/stores/{jingan.id}")

    wechat.move_clock(timedelta(days=31).total_seconds())
    mei.post(f"/stores/{jingan.id}/codes/{poster.id}/address")
    wechat.move_clock(0)

    assert poster.scene in mei.page(f"/stores/{jingan.id}/sheet")


def desk_again(mei):
    """Signed in anew: the session of a month ago is over."""
    return type(mei)(mei.client, "mei")


def test_a_region_says_how_many_of_its_stores_can_be_printed(house, mei, jingan):
    page = mei.page("/regions/0")

    assert "2 家 = 有码 1 + 还没有 1" in page
    assert "做好 1 张码并打印" in page


def test_what_a_region_lacks_is_made_and_then_printed_in_one_go(house, mei, jingan, wechat):
    bare = factories.make_store(house.brand.id, "外滩店", account_id=house.brand.service.id)
    with db.transaction(house.brand.id):
        session.delete(session.get_one(QrCode, (house.brand.id, bare.code.id)))

    mei.post("/regions/0/codes")

    assert "打印全部码页" in mei.page("/regions/0")
    sheet = mei.page("/regions/0/sheet")
    assert "打印 3 张码" in sheet
    assert re.findall(r"<figcaption>(\S+?店)", sheet) == ["静安寺店", "湖滨店", "外滩店"]
    assert sheet.count("微信扫码入会") == 3


def test_making_goes_on_by_itself_and_ends_at_the_sheet(house, mei, jingan, wechat):
    many = range(sheets.AT_ONCE + 1)
    for number in many:
        factories.make_store(house.brand.id, f"{number} 号店", account_id=house.brand.service.id)

    asked = mei.ask("/regions/0/codes")
    assert f"{len(many) + 2} 家 = 有码 11 + 还没有 2" in asked.get_data(as_text=True)
    assert 'hx-trigger="load"' in asked.get_data(as_text=True)

    assert mei.ask("/regions/0/codes").headers["HX-Redirect"] == "/console/regions/0/sheet"


def test_when_wechat_stops_what_was_made_stays(house, mei, jingan, wechat):
    used_up = {"path": "/cgi-bin/qrcode/create", "kind": "errcode", "errcode": 45029}
    wechat.admin("POST", "/faults", used_up)

    answer = mei.ask("/regions/0/codes").get_data(as_text=True)

    assert "100,000 张永久码用完了" in answer
    assert "有码 1 + 还没有 1" in answer
    assert "hx-trigger" not in answer


def test_a_manager_prints_her_own_stores_of_the_region_alone(house, lan, jingan):
    assert "打印 1 张码" in lan.page("/regions/0/sheet")
    assert "湖滨店" not in lan.page("/regions/0/sheet")
    assert lan.get("/regions/999").status_code == 404


def test_a_store_is_added_with_a_region_of_its_own_and_shows_in_the_tree(house, mei):
    answer = mei.post("/stores/new", name="徐家汇店", code="S-900", region="new", new_region="上海")

    page = mei.client.get(answer.location).get_data(as_text=True)
    assert "加好 徐家汇店" in page
    assert '<p class="crumb"><a href="/console/stores">门店与二维码</a> / 上海</p>' in page
    assert re.findall(r'>(\S+店)<span class="count">', page)[0] == "徐家汇店"


def test_two_stores_cannot_have_one_number_at_the_till(house, mei):
    taken = house.jingan.store.code

    answer = mei.post("/stores/new", name="又一店", code=taken, region="new", new_region="空区")

    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "已有一家门店用这个收银编号" in page
    assert 'value="又一店"' in page, "what was typed stays"
    with db.transaction(house.brand.id):
        assert queries.regions() == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "填门店名"),
        ({"code": ""}, "填收银系统里的编号"),
        ({"region": "999"}, "没有这个大区"),
        ({"region": "new"}, "填新大区的名字"),
        ({"name": "店" * 65}, "最多 64 个字"),
    ],
)
def test_a_form_that_does_not_fit_says_where(house, mei, wrong, said):
    answer = mei.post("/stores/new", **{"name": "徐家汇店", "code": "S-900", "region": ""} | wrong)

    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)


def test_a_renamed_store_keeps_its_number_and_its_orders(house, mei, jingan):
    answer = mei.post(f"/stores/{jingan.id}/edit", name="静安寺旗舰店", code="S-other", region="")

    page = mei.client.get(answer.location).get_data(as_text=True)
    assert "改好了，现在叫 静安寺旗舰店" in page
    with db.transaction(house.brand.id):
        assert service.get(jingan.id).code == house.jingan.store.code


def test_only_headquarters_may_add_or_rename_a_store(house, lan, jingan):
    assert lan.get("/stores/new").status_code == 403
    assert lan.post(f"/stores/{jingan.id}/edit", name="我的店").status_code == 403
    assert "改名或换大区" not in lan.page(f"/stores/{jingan.id}")


def test_a_retired_code_is_brought_back_from_the_store_s_page(mei, house):
    where = f"/stores/{house.jingan.id}"
    path = f"{where}/codes/{house.jingan.code.id}/retire"

    mei.post(path)
    gone = mei.page(where)
    mei.post(path, restore="1")
    back = mei.page(where)

    assert "停用的" in gone
    assert "重新用<span" in gone
    assert f'{path}">停用' not in gone
    assert "重新用<span" not in back
    assert f'{path}">停用' in back


def test_a_store_has_a_telephone_of_its_own_that_can_be_dialled(house, mei, jingan):
    kept = mei.post(f"/stores/{jingan.id}/edit", name="静安寺店", region="", line="021-5555 0101")
    wrong = mei.post(f"/stores/{jingan.id}/edit", name="静安寺店", region="", line="问店长")

    assert (kept.status_code, wrong.status_code) == (302, 422)
    assert "填座机或手机号" in wrong.get_data(as_text=True)
    with db.transaction(house.brand.id):
        assert service.get(jingan.id).line == "021-5555 0101"
