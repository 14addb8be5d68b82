"""What becomes of a person's orders: vouchers, which the law does not let a shop throw away."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from app.core.privacy import Fate, Person, Rule, of_member
from app.orders.models import Order, OrderLine

VOUCHERS = "会计法第二十三条、会计档案管理办法（30 年），电子商务法第三十一条（3 年）：交易凭证"


def _line_is_hers(person: Person) -> ColumnElement[bool]:
    return OrderLine.order_id.in_(select(Order.id).where(of_member(Order)(person)))


RULES = (
    Rule(
        Order,
        "订单",
        of_member(Order),
        Fate.KEPT,
        VOUCHERS,
        columns={
            "paid_at": "时间",
            "source": "渠道",
            "order_no": "订单号",
            "store_id": "门店编号",
            "paid_fen": "实付（分）",
            "list_fen": "原价（分）",
            "coupon_fen": "券（分）",
        },
    ),
    Rule(
        OrderLine,
        "订单里的商品",
        _line_is_hers,
        Fate.KEPT,
        VOUCHERS,
        columns={
            "order_id": "订单编号",
            "line_no": "行",
            "product_id": "商品编号",
            "quantity": "件数",
            "paid_fen": "实付（分）",
        },
    ),
)
NOT_OF_PEOPLE = ()
