"""Sessions of the mini-program: a login code exchanged once, then an opaque bearer token."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.brands.models import WechatAccount
from app.card import queries
from app.core import clock, codes, crypto, db
from app.core.db import session
from app.core.errors import AppError, NotFound, NotSignedIn, Unavailable
from app.members import service as members
from app.members.models import Fan, FanSession
from app.wechat import gateway

LASTS = timedelta(days=7)


class SessionEnded(NotSignedIn):
    title = "登录已过期，正在重新打开会员卡"


class UnknownMiniProgram(NotFound):
    code, title = "unknown_mini_program", "这个小程序还没有接到门店系统，请联系店员"


class LoginCodeRefused(AppError):
    code, title = "login_code_refused", "微信登录没有成功，关掉小程序再打开一次"


class WeChatSilent(Unavailable):
    code, title = "wechat_silent", "微信暂时没有回应"


@dataclass(frozen=True)
class Visitor:
    """Who holds the session, loaded before any call to WeChat."""

    brand_id: int
    fan_id: int
    account_id: int
    openid: str = field(repr=False)


@dataclass(frozen=True)
class NewSession:
    """The token is shown once; we keep its hash."""

    token: str
    expires_at: datetime


def sign_in(*, appid: str, code: str) -> NewSession:
    """Exchange a login code; the fan is made at her first visit."""
    account = _mini_program(appid)
    login = _exchange(account.id, code)
    with db.transaction(brand_id=account.brand_id):
        return open_for(members.visit_mini(account.id, login.openid, login.unionid))


def _exchange(account_id: int, code: str) -> gateway.LoginSession:
    try:
        return gateway.code_to_session(account_id, code)
    except gateway.WeChatError as refusal:
        if refusal.action is gateway.Action.ASK_NEW_CODE:
            raise LoginCodeRefused(detail="登录码已用过或过期，没有改动任何东西。") from refusal
        raise WeChatSilent(detail="过一会儿再试一次。") from refusal
    except gateway.NoAnswer as silence:
        raise WeChatSilent(detail="过一会儿再试一次。") from silence


def _mini_program(appid: str) -> WechatAccount:
    with db.transaction():
        account = queries.mini_program(appid)
    if account is None:
        raise UnknownMiniProgram()
    return account


def open_for(fan: Fan) -> NewSession:
    """A session of the card for this fan."""
    token, now = codes.token(), clock.now()
    opened = FanSession(
        token_hash=crypto.fingerprint(token),
        brand_id=fan.brand_id,
        fan_id=fan.id,
        created_at=now,
        expires_at=now + LASTS,
    )
    session.add(opened)
    return NewSession(token, opened.expires_at)


def visitor(token: str) -> Visitor:
    """Who holds this token; her brand is named for the open transaction. Raises SessionEnded."""
    held = session.get(FanSession, crypto.fingerprint(token)) if token else None
    if held is None or held.expires_at <= clock.now():
        raise SessionEnded()
    db.enter_brand(held.brand_id)
    return _visitor(held)


def fan_of(visitor: Visitor) -> Fan:
    """The fan behind the session, in the open transaction."""
    return session.get_one(Fan, (visitor.brand_id, visitor.fan_id))


def _visitor(held: FanSession) -> Visitor:
    fan = db.get(Fan, held.fan_id)
    if fan is None:
        raise SessionEnded()
    return Visitor(fan.brand_id, fan.id, fan.account_id, members.openid_of(fan))
