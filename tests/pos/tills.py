"""A till of a store, as its maker would write it: it signs, and keeps a key for each step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from app.core import clock, db
from app.coupons import service as coupons
from app.coupons.models import CouponKind
from app.coupons.rule import Rule
from app.members import signed_codes
from app.pos import service as pos
from tests.pos.conftest import ALL, Caller

CREAM, SERUM = "CREAM50", "SERUM30"
BASKET = [
    {"line_no": 1, "sku": CREAM, "quantity": 1, "amount_fen": 22_900},
    {"line_no": 2, "sku": SERUM, "quantity": 1, "amount_fen": 18_900},
]
_batches = count(1)


def open_till(client, house, mei, store, name: str = "收银一号") -> Till:
    """A till that knows this store alone."""
    with db.transaction(house.brand.id):
        made = pos.add_key(mei, name=name, scopes=ALL, store_id=store.id, per_minute=6000)
    return Till(Caller(client, made.key.public_id, made.secret, follows=True), house, store)


@dataclass
class Till:
    caller: Caller
    house: Any
    store: Any

    def post(self, path: str, body: dict, key: str | None = None):
        return self.caller.post(path, body, key=key or uuid4().hex)

    def put(self, path: str, body: dict, key: str | None = None):
        return self.caller.put(path, body, key=key or uuid4().hex)

    def greets(self, member) -> str:
        """She shows her code; answers her token."""
        return self.scans(code_of(self.house, member)).json["shopper"]

    def scans(self, code: str):
        return self.caller.post("/shoppers", {"code": code})

    def asks(self, shopper: str, lines=None, **more):
        return self.caller.post("/quotes", {"shopper": shopper, "lines": lines or BASKET} | more)

    def reserves(self, shopper: str, key: str = "B-0001", lines=None, **more):
        quote = {"shopper": shopper, "lines": lines or BASKET} | more
        if "payable_fen" not in quote:
            quote["payable_fen"] = self.caller.post("/quotes", quote).json["payable_fen"]
        return self.post("/checkouts", quote | {"key": key})

    def settles(self, key: str = "B-0001", order_no: str = "R-0001", fen: int = 0, **more):
        paid = {"payments": [{"method": "wechat", "fen": fen}]} if fen else {}
        at = clock.now().isoformat()
        body = {"order_no": order_no, "at": at} | paid | more
        return self.post(f"/checkouts/{key}/settle", body)

    def voids(self, key: str = "B-0001"):
        return self.post(f"/checkouts/{key}/void", {})

    def takes_back(self, order_no: str = "R-0001", return_no: str = "X-0001", lines=(), **more):
        at = (clock.now() + timedelta(seconds=1)).isoformat()
        body = {"return_no": return_no, "at": at, "lines": list(lines)} | more
        return self.post(f"/orders/{order_no}/returns", body)

    def corrects(self, order_no: str = "R-0001", revision: int = 1, **more):
        told = self.sold(order_no, revision=revision) | more
        return self.put(f"/orders/{told.pop('order_no')}", told)

    def sold(self, order_no: str = "R-0001", **more) -> dict:
        """A sale as this till tells it."""
        line = {"line_no": 1, "sku": CREAM, "quantity": 1, "paid_fen": 22_900, "list_fen": 22_900}
        at = clock.now().isoformat()
        return {"order_no": order_no, "at": at, "lines": [line]} | more


def code_of(house, member) -> str:
    """What her QR code says now."""
    with db.transaction(house.brand.id):
        return signed_codes.of_member(member.id, clock.now())


def give(house, member, rule: Rule, kind: CouponKind = CouponKind.AMOUNT, **batch) -> int:
    """A coupon of a new batch for her; answers its id."""
    number = next(_batches)
    with db.transaction(house.brand.id):
        made = coupons.add_batch(
            code=f"b{number}", name="护肤券", kind=kind, stock=99, rule=rule, **batch
        )
        return coupons.issue(made, member.id, "test").id
