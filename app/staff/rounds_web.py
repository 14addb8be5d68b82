"""To WeChat or WeCom and back: the browser is sent there, and who it was is asked between
transactions. For `@steps` views."""

from __future__ import annotations

from typing import cast

from flask import Response, current_app, redirect, request, url_for

from app.brands import service as brands
from app.brands.models import AccountKind
from app.core import db
from app.core.errors import BadInput, Unavailable
from app.core.settings import Settings
from app.staff import web
from app.staff.models import Way
from app.staff.service import bindings
from app.staff.service.bindings import CameBack, Round
from app.wechat import corps, gateway


class Nobody(BadInput):
    code = "nobody_there"
    title = "微信没有说你是谁：快照页请点「使用完整服务」，企业微信请用本企业的成员账号"


class WechatSilent(Unavailable):
    code, title = "wechat_silent", "微信没有回应，过一会儿再试，或用账号和密码登录"


def to_wechat(begun: Round, back: str) -> Response:
    """Send the browser off; `back` is the endpoint of ours that it returns to."""
    settings: Settings = current_app.config["HUIKE"]
    return_to = settings.public_url + url_for(back, way=begun.way)
    response = cast(Response, redirect(_address(begun, return_to), 303))
    web.set_cookie(response, _cookie(), begun.browser, bindings.ROUND_LASTS)
    return response


def _address(begun: Round, return_to: str) -> str:
    if begun.way is Way.WECOM:
        return corps.sign_in_address(begun.brand_id, return_to, begun.state)
    return gateway.sign_in_address(_account_id(begun.brand_id), return_to, begun.state)


def who_came_back(way: Way, staff_id: int | None = None) -> tuple[CameBack, str]:
    """In which brand, and her name there. The round is used up whatever WeChat says.

    Raises NoRound, Nobody, WechatSilent.
    """
    state, browser = request.args.get("state", ""), request.cookies.get(_cookie(), "")
    with db.transaction():
        at = bindings.come_back(way, state, browser, staff_id)
    return at, _name(at, request.args.get("code", ""))


def _name(at: CameBack, code: str) -> str:
    try:
        name = _asked(at, code)
    except gateway.WeChatError:
        raise bindings.NoRound() from None
    except gateway.NoAnswer:
        raise WechatSilent() from None
    if name is None:
        raise Nobody()
    return name


def _asked(at: CameBack, code: str) -> str | None:
    if at.way is Way.WECOM:
        return corps.member_of(at.brand_id, code)
    return gateway.web_visitor(_account_id(at.brand_id), code).openid


def _account_id(brand_id: int) -> int:
    with db.transaction():
        return brands.account(brand_id, AccountKind.SERVICE).id


def _cookie() -> str:
    return f"{web.prefix()}huike_round"
