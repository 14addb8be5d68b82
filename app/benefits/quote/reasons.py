"""Why a coupon does not apply: one of these, with a sentence for her and one for the cashier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.core import clock
from app.core.clock import SHANGHAI
from app.core.money import whole_yuan


class Reason(StrEnum):
    """In the order in which they are looked for: the first that holds is told."""

    HELD = "held"
    USED = "used"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    REVOKED = "revoked"
    OTHER_TIER = "other_tier"
    NOT_FIRST_PURCHASE = "not_first_purchase"
    OTHER_STORE = "other_store"
    NOT_TODAY = "not_today"
    NOT_THIS_HOUR = "not_this_hour"
    SHELF_EMPTY = "shelf_empty"
    NO_GOODS = "no_goods"
    PACK_INCOMPLETE = "pack_incomplete"
    BELOW_MINIMUM = "below_minimum"
    NO_SHIPPING = "no_shipping"
    NOT_WITH_TIER_PRICE = "not_with_tier_price"
    SAVES_NOTHING = "saves_nothing"
    GROUP_TAKEN = "group_taken"
    NOT_WITH_OTHERS = "not_with_others"
    TOO_MANY = "too_many"
    CAP_REACHED = "cap_reached"
    NOTHING_LEFT = "nothing_left"
    NOT_BETTER = "not_better"


SHOPPER = {
    Reason.HELD: "正在收银台使用",
    Reason.USED: "已经用过了",
    Reason.NOT_YET: "{start} 起才能用",
    Reason.EXPIRED: "已经过期了",
    Reason.REVOKED: "已经作废了，请问问店员",
    Reason.OTHER_TIER: "您现在的等级还不能用",
    Reason.NOT_FIRST_PURCHASE: "只在第一次购买时能用",
    Reason.OTHER_STORE: "这家店不能用，看看适用门店",
    Reason.NOT_TODAY: "今天不能用，看看适用的日子",
    Reason.NOT_THIS_HOUR: "现在这个时间不能用，看看适用时段",
    Reason.SHELF_EMPTY: "本店的小样发完了",
    Reason.NO_GOODS: "购物篮里还没有适用的商品",
    Reason.PACK_INCOMPLETE: "礼包里的商品还没选齐",
    Reason.BELOW_MINIMUM: "再买 {missing} 适用商品就能用",
    Reason.NO_SHIPPING: "这单没有运费可减",
    Reason.SAVES_NOTHING: "用了也不能更便宜，给您留着",
    Reason.GROUP_TAKEN: "同类券一次用一张，已选更划算的",
    Reason.NOT_WITH_OTHERS: "不能和其他券一起用，已选更划算的",
    Reason.NOT_WITH_TIER_PRICE: "不能和会员价一起用，已选更划算的",
    Reason.TOO_MANY: "这单能用的张数已满，给您留着",
    Reason.CAP_REACHED: "这单的优惠已到上限，给您留着",
    Reason.NOTHING_LEFT: "适用的商品已经减完了，给您留着",
    Reason.NOT_BETTER: "已选更划算的搭配，给您留着",
}
CASHIER = {
    Reason.HELD: "券已在另一台收银机占用，等它结账或取消",
    Reason.USED: "券已核销",
    Reason.NOT_YET: "未到使用时间，{start} 起可用",
    Reason.EXPIRED: "券已过期",
    Reason.REVOKED: "券已作废",
    Reason.OTHER_TIER: "会员等级不符",
    Reason.NOT_FIRST_PURCHASE: "限首单，她以前买过",
    Reason.OTHER_STORE: "不在适用门店",
    Reason.NOT_TODAY: "今天不在适用日期",
    Reason.NOT_THIS_HOUR: "现在不在适用时段",
    Reason.SHELF_EMPTY: "本店小样库存为 0，告诉店长补货",
    Reason.NO_GOODS: "没有适用商品",
    Reason.PACK_INCOMPLETE: "礼包商品不齐，核对件数",
    Reason.BELOW_MINIMUM: "适用商品未满门槛，还差 {missing}",
    Reason.NO_SHIPPING: "这单没有运费",
    Reason.SAVES_NOTHING: "单独用也减不出钱",
    Reason.GROUP_TAKEN: "与券 {other} 同组，只能用一张",
    Reason.NOT_WITH_OTHERS: "与券 {other} 不能同用",
    Reason.NOT_WITH_TIER_PRICE: "与会员价不能同享",
    Reason.TOO_MANY: "已达每单用券张数上限",
    Reason.CAP_REACHED: "已达每单优惠上限",
    Reason.NOTHING_LEFT: "适用商品可减金额为 0",
    Reason.NOT_BETTER: "加上它总优惠不会更多",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One coupon that stays in her wallet, and what the sentence needs."""

    key: str
    reason: Reason
    missing_fen: int = 0
    starts_at: datetime | None = None
    other: str = ""  # the coupon that stands in its way
    zone: ZoneInfo = SHANGHAI

    @property
    def shopper(self) -> str:
        """For her."""
        return self._say(SHOPPER[self.reason])

    @property
    def cashier(self) -> str:
        """For who stands at the till."""
        return self._say(CASHIER[self.reason])

    def _say(self, sentence: str) -> str:
        return sentence.format(
            missing=whole_yuan(self.missing_fen), other=self.other, start=self._start()
        )

    def _start(self) -> str:
        if self.starts_at is None:
            return ""
        start = clock.local(self.starts_at, self.zone)
        return f"{start.month}月{start.day}日"


class PointsReason(StrEnum):
    """Why fewer points are spent than she wished."""

    NOT_WITH_COUPON = "points_not_with_coupon"
    TOO_FEW = "points_too_few"
    BELOW_STEP = "points_below_step"
    CAP_REACHED = "points_cap_reached"


POINTS_SHOPPER = {
    PointsReason.NOT_WITH_COUPON: "这次用的券不能同时用积分",
    PointsReason.TOO_FEW: "积分不够，已用能用的部分",
    PointsReason.BELOW_STEP: "积分每 {step} 分起用，零头给您留着",
    PointsReason.CAP_REACHED: "这单能用的积分已到上限，其余给您留着",
}
POINTS_CASHIER = {
    PointsReason.NOT_WITH_COUPON: "券 {other} 不能与积分同用",
    PointsReason.TOO_FEW: "可用积分不足",
    PointsReason.BELOW_STEP: "积分须为 {step} 的倍数",
    PointsReason.CAP_REACHED: "已达每单积分抵扣上限",
}


@dataclass(frozen=True, slots=True)
class PointsRefusal:
    """Why some of the points she offered stay hers."""

    reason: PointsReason
    step_points: int
    other: str = ""

    @property
    def shopper(self) -> str:
        """For her."""
        return POINTS_SHOPPER[self.reason].format(step=self.step_points, other=self.other)

    @property
    def cashier(self) -> str:
        """For who stands at the till."""
        return POINTS_CASHIER[self.reason].format(step=self.step_points, other=self.other)
