"""The demo brand 禾木集: its accounts, people, codes and gifts, over the imported till data."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from app.brands import service as brands
from app.brands.models import AccountKind, Brand, WechatAccount
from app.core import codes, db
from app.core.db import session
from app.coupons import service as coupons
from app.coupons.models import CouponBatch, CouponKind
from app.orders.models import Order
from app.points import service as points
from app.pos import service as pos
from app.pos.models import ApiScope
from app.staff import service as staff
from app.staff.models import Role, Staff
from app.staff.service import Actor
from app.stores import service as stores
from app.stores.models import CodeKind, QrCode, Store
from app.wechat import gateway
from demo.box import Box

SLUG, NAME, COLOR = "hemuji", "禾木集", "#7f3344"
GIFTS = ["welcome20", "essence5ml"]
APPIDS = {AccountKind.SERVICE: "wxhemuji00000001", AccountKind.MINIPROGRAM: "wxhemuji00000002"}
BUSY_STORES = 4
SAMPLES_A_STORE = 60
LINE = "021-5555 0101"  # a number that is nobody's
TILL_KEY = "演示收银机"
GUIDES = (("wei", "小魏"), ("bo", "小薄"), ("tang", "小唐"), ("su", "小苏"))


@dataclass(frozen=True)
class Counter:
    """A store of the story: its counter's code and the guide who stands there."""

    store_id: int
    store_name: str
    store_code: str
    scene: str
    guide_login: str
    guide_name: str


@dataclass(frozen=True)
class DemoBrand:
    """What the day needs to know of the brand."""

    id: int
    service_appid: str
    service_account_id: int
    mini_appid: str
    counters: tuple[Counter, ...]


def add_brand() -> int:
    """The brand, its accounts, ladder and gifts; made once."""
    with db.system_transaction():
        found = session.scalar(select(Brand).filter_by(slug=SLUG))
        if found is not None:
            return found.id
        brand_id = brands.create(
            slug=SLUG, name=NAME, color=COLOR, settings={"joining_gifts": GIFTS}
        ).id
        for kind, appid in APPIDS.items():
            _add_account(brand_id, kind, appid)
    with db.transaction(brand_id):
        points.add_ladder()
        _add_gifts()
    return brand_id


def _add_account(brand_id: int, kind: AccountKind, appid: str) -> None:
    brands.add_account(
        brand_id=brand_id,
        kind=kind,
        appid=appid,
        original_id=f"gh_{appid[-8:]}",
        name=NAME,
        secret=secrets.token_hex(16),
        callback_token=secrets.token_hex(8),
        aes_key="".join(secrets.choice(codes.ALPHABET) for _ in range(43)),
    )


def _add_gifts() -> None:
    coupons.add_batch(
        code=GIFTS[0],
        name="新人礼",
        kind=CouponKind.AMOUNT,
        stock=50_000,
        value_fen=2000,
        min_spend_fen=9900,
    )
    coupons.add_batch(code=GIFTS[1], name="修护精华 5ml 小样", kind=CouponKind.SAMPLE, stock=50_000)


def passwords(var: Path) -> dict[str, str]:
    """The demo's logins, made once and kept on this machine only."""
    path = var / "demo-logins.json"
    if not path.exists():
        made = {login: codes.code(10).lower() for login in ("mei", "zhao", *dict(GUIDES))}
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(made, file)
    return dict(json.loads(path.read_text()))


def open_counters(brand_id: int, logins: dict[str, str]) -> tuple[Counter, ...]:
    """The busiest stores get a counter code, a guide and samples; done once."""
    with db.transaction(brand_id):
        account = brands.account(brand_id, AccountKind.SERVICE)
        busy = _busiest_stores()
        _add_headquarters(logins, busy[0].id)
        _put_samples(busy)
        pairs = zip(busy, GUIDES, strict=True)
        return tuple(_counter(account, store, guide, logins) for store, guide in pairs)


def _busiest_stores() -> Sequence[Store]:
    most = select(Order.store_id).group_by(Order.store_id).order_by(func.count().desc())
    ids = session.scalars(most.limit(BUSY_STORES)).all()
    return [stores.get(store_id) for store_id in ids]


def _add_headquarters(logins: dict[str, str], store_id: int) -> None:
    for login, name, role in (("mei", "梅", Role.ADMIN), ("zhao", "赵", Role.STORE_MANAGER)):
        if session.scalar(select(Staff.id).filter_by(login=login)) is None:
            own = [store_id] if role is Role.STORE_MANAGER else []
            staff.add(login=login, name=name, role=role, password=logins[login], store_ids=own)


def _put_samples(busy: Sequence[Store]) -> None:
    sample = session.scalars(select(CouponBatch).filter_by(code=GIFTS[1])).one()
    coupons.stock_samples(sample.id, {store.id: SAMPLES_A_STORE for store in busy})


def _counter(
    account: WechatAccount, store: Store, guide: tuple[str, str], logins: dict[str, str]
) -> Counter:
    login, name = guide
    store.line = store.line or LINE
    if session.scalar(select(Staff.id).filter_by(login=login)) is None:
        staff.add(
            login=login, name=name, role=Role.GUIDE, password=logins[login], store_ids=[store.id]
        )
    code = session.scalar(select(QrCode).filter_by(store_id=store.id, kind=CodeKind.STORE))
    if code is None:
        code = stores.add_code(
            account_id=account.id, store_id=store.id, kind=CodeKind.STORE, place="柜台 A03"
        )
    return Counter(store.id, store.name, store.code, code.scene, login, name)


def connect(brand_id: int, box: Box, callbacks: str) -> None:
    """Tell the sandbox about both accounts, as a brand would fill in WeChat's console."""
    with db.system_transaction():
        accounts = [brands.account(brand_id, kind) for kind in APPIDS]
        for account in accounts:
            box.open_account(
                account.appid,
                kind=account.kind,
                secret=brands.secret(account),
                original_id=account.original_id,
                name=account.name,
                callback_url=f"{callbacks}/wechat/{account.url_key}/callback",
                token=brands.callback_token(account),
                encoding_aes_key=brands.aes_key(account),
                mode=account.mode,
            )


def draw_codes(brand_id: int) -> None:
    """Ask WeChat for the tickets of codes that have none, one call at a time."""
    with db.transaction(brand_id):
        blank = session.scalars(select(QrCode).where(QrCode.ticket.is_(None))).all()
    for code in blank:
        ticket, url = gateway.create_qr_code(code.account_id, code.scene, permanent=True)
        with db.transaction(brand_id):
            stores.set_ticket(code.id, ticket=ticket, url=url)


def open_till(brand_id: int, store_id: int, box: Box) -> None:
    """The cashier's page gets a key of this store. It is kept nowhere else, so that every run makes
    another and stops the one before."""
    with db.transaction(brand_id):
        mei = session.scalars(select(Staff).filter_by(login="mei")).one()
        actor = Actor(mei.id, brand_id, mei.name, mei.role, None, "")
        for old in pos.all_keys():
            if old.name == TILL_KEY and old.revoked_at is None:
                pos.revoke_key(actor, old.id)
        made = pos.add_key(actor, name=TILL_KEY, scopes=list(ApiScope), store_id=store_id)
        public_id, secret = made.key.public_id, made.secret
    box.hold_key(public_id, secret)


def describe(brand_id: int, counters: tuple[Counter, ...]) -> DemoBrand:
    """The brand as the day sees it."""
    with db.system_transaction():
        service = brands.account(brand_id, AccountKind.SERVICE)
        return DemoBrand(
            id=brand_id,
            service_appid=service.appid,
            service_account_id=service.id,
            mini_appid=APPIDS[AccountKind.MINIPROGRAM],
            counters=counters,
        )
