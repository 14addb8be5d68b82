"""What becomes of who stood at a till, what was promised there, and what was given twice."""

from __future__ import annotations

from app.benefits.models import Checkout, Presence, TillConflict
from app.core.privacy import Fate, Rule, of_member

VOUCHERS = "会计法第二十三条、会计档案管理办法（30 年）：优惠是订单的一部分"

RULES = (
    Rule(
        Presence,
        "到收银台",
        of_member(Presence),
        columns={"opened_at": "时间", "store_id": "门店编号", "way": "凭什么"},
    ),
    Rule(
        Checkout,
        "收银时的优惠",
        of_member(Checkout),
        Fate.KEPT,
        VOUCHERS,
        columns={
            "reserved_at": "时间",
            "store_id": "门店编号",
            "state": "结果",
            "payable_fen": "应收（分）",
            "points": "用掉的积分",
            "order_id": "订单编号",
        },
    ),
    Rule(
        TillConflict,
        "断网时重复用的券",
        of_member(TillConflict),
        Fate.KEPT,
        VOUCHERS,
        columns={"lost_at": "时间", "lost_store_id": "门店编号", "lost_fen": "金额（分）"},
        blanked={"member_id": None},
    ),
)
NOT_OF_PEOPLE = ()
