"""WeChat's own scanner on 核销: its script is allowed there alone, and the page is signed."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace

import pytest

from tests.staff.test_wechat_login import tell_wechat
from tests.wechat.test_endpoints import ticket_of

WECHAT = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.47"}
SCRIPT = "script-src 'self' https://res.wx.qq.com"


def policy_of(answer) -> str:
    return answer.headers["Content-Security-Policy"]


def test_inside_wechat_its_script_may_come_from_one_place(wei):
    answer = wei.client.get("/guide/redeem", headers=WECHAT)

    assert policy_of(answer) == f"{policy_of(wei.get('/guide/redeem'))}; {SCRIPT}"
    assert 'data-signed-by="/guide/jssdk.json"' in answer.get_data(as_text=True)


def test_nowhere_else(wei):
    assert "res.wx.qq.com" not in policy_of(wei.get("/guide/redeem"))
    assert "res.wx.qq.com" not in policy_of(wei.client.get("/guide/me", headers=WECHAT))
    assert "data-signed-by" not in wei.page("/guide/redeem")


@pytest.mark.flow
def test_the_page_is_signed_as_wechat_documents_it(wei, house, wechat_box, built_app):
    wechat_box.admin("POST", "/reset")
    tell_wechat(wechat_box, house.brand)

    signed = wei.get("/guide/jssdk.json?page=/guide/redeem%3Fstore%3D1").get_json()

    public = built_app.config["HUIKE"].public_url.rstrip("/")
    ticket = ticket_of(SimpleNamespace(box=wechat_box, account=house.brand.service))
    text = f"jsapi_ticket={ticket}&noncestr={signed['nonceStr']}&timestamp={signed['timestamp']}"
    text += f"&url={public}/guide/redeem?store=1"
    assert signed["signature"] == hashlib.sha1(text.encode()).hexdigest()
    assert signed["appId"] == house.brand.service.appid
    assert signed["jsApiList"] == ["scanQRCode"]


@pytest.mark.parametrize("page", ["", "/guide/me", "https://elsewhere.example/guide/redeem", "//x"])
def test_no_other_page_is_signed(wei, page):
    assert wei.get(f"/guide/jssdk.json?page={page}").status_code == 422
