"""The smallest valid rows; give only what the test is about.

Each function opens a transaction of its own, so that a test reads as acts, one after another.
Lin is a member, Wei her guide, Bo a guide of another store, Mei staff at headquarters.
"""

from __future__ import annotations

import itertools
from datetime import timedelta
from types import SimpleNamespace

from sqlalchemy import select

from app.brands import service as brands
from app.brands.models import AccountKind
from app.core import clock, db
from app.core.db import session
from app.coupons import service as coupons
from app.coupons.models import CouponKind
from app.members import service as members
from app.members.models import Fan
from app.points import service as points
from app.staff import service as staff
from app.staff.models import Face, Role
from app.stores import service as stores
from app.stores.models import CodeKind
from app.wechat import corps

PASSWORD = "a long enough password"
AES_KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
CALLBACK_TOKEN = "callback-token-for-tests"
_numbers = itertools.count(1)


def make_brand(slug: str = "hemuji", name: str = "禾木集") -> SimpleNamespace:
    """A brand with both accounts, its ladder and its joining gifts."""
    number = next(_numbers)
    with db.system_transaction():
        gifts = {"joining_gifts": ["welcome20", "essence5ml"]}
        brand = brands.create(slug=slug, name=name, color="#7f3344", settings=gifts)
        service = _account(brand.id, AccountKind.SERVICE, f"wxservice{number:05d}")
        mini = _account(brand.id, AccountKind.MINIPROGRAM, f"wxmini{number:05d}")
    with db.transaction(brand.id):
        points.add_ladder()
        coupons.add_batch(
            code="welcome20",
            name="新人礼",
            kind=CouponKind.AMOUNT,
            stock=1000,
            value_fen=2000,
            min_spend_fen=9900,
        )
        coupons.add_batch(
            code="essence5ml", name="修护精华 5ml 小样", kind=CouponKind.SAMPLE, stock=1000
        )
    return SimpleNamespace(id=brand.id, brand=brand, service=service, mini=mini)


def _account(brand_id: int, kind: AccountKind, appid: str):
    return brands.add_account(
        brand_id=brand_id,
        kind=kind,
        appid=appid,
        original_id=f"gh_{appid}",
        name=appid,
        secret=f"secret-of-{appid}",
        callback_token=CALLBACK_TOKEN,
        aes_key=AES_KEY,
    )


def connect_wecom(brand_id: int, *, is_heard: bool = True) -> SimpleNamespace:
    """The brand's corp, and the account by which its callbacks come in."""
    corp_id = f"wwcorp{next(_numbers):05d}"
    with db.system_transaction():
        corps.connect(brand_id, corp_id=corp_id, agent_id="1000002", secret=f"secret-of-{corp_id}")
        if not is_heard:
            return SimpleNamespace(corp_id=corp_id)
        account = corps.hear(brand_id, callback_token=CALLBACK_TOKEN, aes_key=AES_KEY)
    return SimpleNamespace(corp_id=corp_id, account=account)


def make_store(brand_id: int, name: str = "静安寺店", *, account_id: int, samples: int = 18):
    """A store with a counter code and samples on its shelf."""
    with db.transaction(brand_id):
        store = stores.add_store(code=f"S{next(_numbers)}", name=name)
        code = stores.add_code(
            account_id=account_id, store_id=store.id, kind=CodeKind.STORE, place="柜台"
        )
        for batch in coupons.batches(["essence5ml"]):
            coupons.stock_samples(batch.id, {store.id: samples})
    return SimpleNamespace(id=store.id, name=name, store=store, code=code)


def make_staff(brand_id: int, login: str, role: Role = Role.GUIDE, *, name: str, store_ids=()):
    with db.transaction(brand_id):
        return staff.add(login=login, name=name, role=role, password=PASSWORD, store_ids=store_ids)


def make_fan(brand_id: int, account_id: int, openid: str = "o-lin", *, unionid: str | None = None):
    with db.transaction(brand_id):
        return members.follow(account_id, openid, clock.now() - timedelta(hours=1), unionid)


def fan_named(openid: str) -> Fan | None:
    """The fan of the current brand whom one of its accounts calls so."""
    fans = session.scalars(select(Fan).order_by(Fan.id))
    return next((fan for fan in fans if members.openid_of(fan) == openid), None)


def make_member(brand_id: int, fan_id: int, phone: str = "13800005678", *, marketing: bool = True):
    with db.transaction(brand_id):
        return members.join(
            fan_id=fan_id, phone=phone, agreed=True, marketing=marketing, door="card", store_id=None
        ).member


def sign_in(login: str, face: Face = Face.GUIDE) -> str:
    """The cookie's value of a signed-in browser."""
    with db.transaction():
        return staff.sign_in(login, PASSWORD, face, staff.Browser("127.0.0.1")).token


def actor(token: str, face: Face = Face.GUIDE) -> staff.Actor:
    with db.transaction():
        return staff.actor(token, face)


def make_house() -> SimpleNamespace:
    """The brand, its two stores and the small cast."""
    brand = make_brand()
    jingan = make_store(brand.id, "静安寺店", account_id=brand.service.id)
    hubin = make_store(brand.id, "湖滨店", account_id=brand.service.id)
    return SimpleNamespace(
        brand=brand,
        jingan=jingan,
        hubin=hubin,
        wei=make_staff(brand.id, "wei", name="小魏", store_ids=[jingan.id]),
        bo=make_staff(brand.id, "bo", name="小薄", store_ids=[hubin.id]),
        mei=make_staff(brand.id, "mei", Role.ADMIN, name="梅"),
    )
