"""Who is examined: an installation as its settings describe it, and the accounts in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Row, select

from app.brands import service as brands
from app.brands.models import AccountKind, Brand, CallbackMode, WechatAccount
from app.core import db
from app.core.db import session
from app.core.settings import Settings


@dataclass(frozen=True)
class Account:
    """A WeChat account with its secrets opened, for the time of an examination."""

    id: int
    brand_id: int
    kind: AccountKind
    appid: str
    original_id: str
    name: str
    url_key: str
    mode: CallbackMode
    secret: str = field(repr=False)
    callback_token: str = field(repr=False)
    aes_key: str = field(repr=False)


@dataclass
class Patient:
    """`read` gives the settings, `connect` points the process at its servers. Both may fail:
    that is what the first two steps are about."""

    read: Callable[[], Settings]
    connect: Callable[[Settings], object]
    brand_id: int | None = None
    account_key: str | None = None
    _settings: Settings | None = None

    @property
    def settings(self) -> Settings:
        """Raises SettingsError, naming what is missing or malformed."""
        if self._settings is None:
            self._settings = self.read()
        return self._settings

    def brands(self) -> dict[int, str]:
        """The brands examined, id and slug."""
        mine = select(Brand.id, Brand.slug).order_by(Brand.id)
        if self.brand_id is not None:
            mine = mine.where(Brand.id == self.brand_id)
        with db.system_transaction():
            return {row.id: row.slug for row in session.execute(mine)}

    def accounts(self) -> Sequence[Row[int, str, AccountKind, str]]:
        """Id, appid, kind and name of those examined; none of their secrets is opened. A corp has a
        page of its own."""
        columns = WechatAccount.id, WechatAccount.appid, WechatAccount.kind, WechatAccount.name
        mine = select(*columns).where(WechatAccount.kind != AccountKind.WECOM)
        mine = mine.order_by(WechatAccount.id)
        if self.brand_id is not None:
            mine = mine.where(WechatAccount.brand_id == self.brand_id)
        if self.account_key is not None:
            is_meant = WechatAccount.url_key == self.account_key
            mine = mine.where(is_meant | (WechatAccount.appid == self.account_key))
        with db.system_transaction():
            return session.execute(mine).all()

    def account(self, account_id: int) -> Account:
        """Raises CannotOpen when DATA_KEYS lacks the key of its secrets."""
        with db.system_transaction():
            found = brands.account_by_id(account_id)
            return Account(
                id=found.id,
                brand_id=found.brand_id,
                kind=AccountKind(found.kind),
                appid=found.appid,
                original_id=found.original_id,
                name=found.name,
                url_key=found.url_key,
                mode=CallbackMode(found.mode),
                secret=brands.secret(found),
                callback_token=brands.callback_token(found),
                aes_key=brands.aes_key(found),
            )
