"""What becomes of a person's orders: vouchers, which the law does not let a shop throw away."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select

from app.core.privacy import Fate, Person, Rule, Which, of_member
from app.orders.models import (
    Order,
    OrderCorrection,
    OrderLine,
    OrderPayment,
    OrderReturn,
    OrderReturnLine,
)

VOUCHERS = "会计法第二十三条、会计档案管理办法（30 年），电子商务法第三十一条（3 年）：交易凭证"


def _hers(model: Any) -> Which:
    """The rows of an order of hers."""
    return lambda person: model.order_id.in_(select(Order.id).where(of_member(Order)(person)))


def _return_line_is_hers(person: Person) -> ColumnElement[bool]:
    returns = select(OrderReturn.id).where(_hers(OrderReturn)(person))
    return OrderReturnLine.return_id.in_(returns)


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
            "returned_fen": "已退（分）",
            "points": "用掉的积分",
        },
    ),
    Rule(
        OrderLine,
        "订单里的商品",
        _hers(OrderLine),
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
    Rule(
        OrderPayment,
        "订单的付款",
        _hers(OrderPayment),
        Fate.KEPT,
        VOUCHERS,
        columns={"order_id": "订单编号", "method": "方式", "fen": "金额（分）"},
    ),
    Rule(
        OrderReturn,
        "退货",
        _hers(OrderReturn),
        Fate.KEPT,
        VOUCHERS,
        columns={
            "returned_at": "时间",
            "return_no": "退货号",
            "order_no": "订单号",
            "store_id": "门店编号",
            "refund_fen": "退款（分）",
        },
    ),
    Rule(
        OrderReturnLine,
        "退货的商品",
        _return_line_is_hers,
        Fate.KEPT,
        VOUCHERS,
        columns={"return_id": "退货编号", "line_no": "行", "quantity": "件数"},
    ),
    Rule(
        OrderCorrection,
        "订单的更正",
        _hers(OrderCorrection),
        Fate.KEPT,
        VOUCHERS,
        columns={"order_id": "订单编号", "revision": "第几次更正", "corrected_at": "时间"},
    ),
)
NOT_OF_PEOPLE = ("till_days",)
