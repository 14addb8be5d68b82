"""Brands and their WeChat accounts. Read before any brand is known: no wall stands here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.brands.models import AccountKind, Brand, CallbackMode, WechatAccount
from app.core import clock, codes, db
from app.core.crypto import keyring
from app.core.db import session
from app.core.errors import NotFound


class NoSuchBrand(NotFound):
    code, title = "no_brand", "没有这个品牌，检查账号里 @ 后面的部分"


class NoAccount(NotFound):
    code, title = "no_account", "这个品牌还没有接上微信账号，到系统里添加后再试"


def create(*, slug: str, name: str, color: str, settings: dict[str, Any] | None = None) -> Brand:
    """Add a brand; the slug is what stands behind @ in its people's logins."""
    brand = Brand(
        slug=slug, name=name, color=color, settings=settings or {}, created_at=clock.now()
    )
    session.add(brand)
    session.flush()
    return brand


def by_slug(slug: str) -> Brand:
    """Raises NoSuchBrand."""
    brand = session.scalar(select(Brand).filter_by(slug=slug))
    if brand is None:
        raise NoSuchBrand()
    return brand


def only() -> Brand:
    """The brand of an installation that has just one. Raises NoSuchBrand."""
    found = session.scalars(select(Brand).limit(2)).all()
    if len(found) != 1:
        raise NoSuchBrand()
    return found[0]


def get(brand_id: int) -> Brand:
    """The brand itself."""
    return session.get_one(Brand, brand_id)


def set_codes_required(brand_id: int, *, is_required: bool) -> None:
    """Whether staff at headquarters must prove themselves by a phone's codes, too."""
    brand = get(brand_id)
    brand.settings = {**brand.settings, "codes_required": is_required}


def push_limit(brand_id: int) -> int | None:
    """To how many people one person alone may send a push; None for any number."""
    limit: int | None = get(brand_id).settings.get("push_limit")
    return limit


def set_push_limit(brand_id: int, people: int | None) -> None:
    """A push to more people than this waits for somebody else's approval."""
    brand = get(brand_id)
    brand.settings = {**brand.settings, "push_limit": people}


def set_joining_gifts(brand_id: int, codes: Sequence[str]) -> None:
    """Other batches, by their codes, from the next member on."""
    brand = get(brand_id)
    brand.settings = {**brand.settings, "joining_gifts": list(codes)}


def contact_welcome(brand_id: int) -> str | None:
    """What WeCom's customers are welcomed with, as the brand wrote it; empty: none is sent, None:
    the brand never said."""
    words: str | None = get(brand_id).settings.get("contact_welcome")
    return words


def set_contact_welcome(brand_id: int, words: str | None) -> None:
    """Another welcome from the next customer on."""
    brand = get(brand_id)
    brand.settings = {**brand.settings, "contact_welcome": words}


def add_account(
    *,
    brand_id: int,
    kind: AccountKind,
    appid: str,
    original_id: str,
    name: str,
    secret: str,
    callback_token: str,
    aes_key: str,
    mode: CallbackMode = CallbackMode.SAFE,
) -> WechatAccount:
    """Connect an appid; its three secrets are stored sealed."""
    account = WechatAccount(
        brand_id=brand_id,
        kind=kind,
        appid=appid,
        original_id=original_id,
        name=name,
        mode=mode,
        url_key=codes.code(20).lower(),
        secret_encrypted=_seal(appid, secret),
        callback_token_encrypted=_seal(appid, callback_token),
        aes_key_encrypted=_seal(appid, aes_key),
        created_at=clock.now(),
    )
    session.add(account)
    session.flush()
    return account


def set_callback(account: WechatAccount, *, callback_token: str, aes_key: str) -> None:
    """Another Token and EncodingAESKey from the next callback on."""
    account.callback_token_encrypted = _seal(account.appid, callback_token)
    account.aes_key_encrypted = _seal(account.appid, aes_key)


def account(brand_id: int, kind: AccountKind) -> WechatAccount:
    """The brand's account of this kind. Raises NoAccount."""
    found = find_account(brand_id, kind)
    if found is None:
        raise NoAccount()
    return found


def find_account(brand_id: int, kind: AccountKind) -> WechatAccount | None:
    """The brand's account of this kind, if it has one."""
    return session.scalar(select(WechatAccount).filter_by(brand_id=brand_id, kind=kind))


def accounts(brand_id: int) -> list[WechatAccount]:
    """Every account of the brand, in the order they were made."""
    statement = select(WechatAccount).filter_by(brand_id=brand_id).order_by(WechatAccount.id)
    return list(session.scalars(statement))


def account_by_id(account_id: int) -> WechatAccount:
    """The account with this id."""
    return session.get_one(WechatAccount, account_id)


def account_by_url_key(url_key: str) -> WechatAccount | None:
    """Whose callback address this is."""
    return session.scalar(select(WechatAccount).filter_by(url_key=url_key))


def secret(account: WechatAccount) -> str:
    """The AppSecret."""
    return keyring().open(account.secret_encrypted, context=_context(account.appid))


def callback_token(account: WechatAccount) -> str:
    """The token that signs callbacks."""
    return keyring().open(account.callback_token_encrypted, context=_context(account.appid))


def aes_key(account: WechatAccount) -> str:
    """The EncodingAESKey, 43 characters."""
    return keyring().open(account.aes_key_encrypted, context=_context(account.appid))


def _seal(appid: str, value: str) -> str:
    return keyring().seal(value, context=_context(appid))


def _context(appid: str) -> str:
    return f"wechat_accounts.{appid}"


def hold() -> None:
    """Nobody else decides about the brand as a whole until the commit; it is read anew. Rows that
    name the brand are written meanwhile: this is not the lock that their foreign keys wait for."""
    held = select(Brand).filter_by(id=db.current_brand_id()).with_for_update(key_share=True)
    session.execute(held.execution_options(populate_existing=True))


def next_version(column: InstrumentedAttribute[int]) -> int:
    """The number of the next version of something that a brand keeps versions of. Holds the brand:
    of two who publish at once the second counts the first."""
    hold()
    return (session.scalar(select(func.max(column))) or 0) + 1
