"""WeChat's own scanner on 核销: its script, allowed there alone, and the page signed for it."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, current_app, request, url_for
from flask.typing import ResponseReturnValue

from app.brands import service as brands
from app.brands.models import AccountKind
from app.core import db
from app.core.errors import BadInput
from app.core.settings import Settings
from app.core.web import steps
from app.guides.routes.door import bp, guide
from app.wechat import gateway

CAMERA = "camera=(self), microphone=(), geolocation=(), payment=(), usb=()"
FROM = "https://res.wx.qq.com"


@bp.get("/jssdk.json")
@steps
def jssdk() -> ResponseReturnValue:
    """What `wx.config` wants to see on 核销, for its address as the phone shows it. Raises
    NoAccount, WeChatError, NoAnswer: the page lets her type then."""
    page = request.args.get("page", "")
    if urlsplit(page)[:3] != ("", "", url_for("guide.redeem_start")):
        raise BadInput("只给核销页签名")
    brand_id = guide().brand_id
    with db.transaction(brand_id):
        account_id = brands.account(brand_id, AccountKind.SERVICE).id
    settings: Settings = current_app.config["HUIKE"]
    signed = gateway.sign_page(account_id, settings.public_url.rstrip("/") + page)
    return {
        "appId": signed.appid,
        "timestamp": signed.timestamp,
        "nonceStr": signed.nonce,
        "signature": signed.signature,
        "jsApiList": ["scanQRCode"],
    }


def is_in_wechat() -> bool:
    """Whether the page is shown by WeChat's own browser."""
    return "MicroMessenger" in request.headers.get("User-Agent", "")


def may_scan(response: Response) -> Response:
    """This page may use the camera and, inside WeChat, the one script that opens its scanner."""
    response.headers["Permissions-Policy"] = CAMERA
    if is_in_wechat():
        policy = current_app.config["CONTENT_POLICY"]
        response.headers["Content-Security-Policy"] = f"{policy}; script-src 'self' {FROM}"
    return response
