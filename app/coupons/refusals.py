"""Why a coupon is not given, or not taken: one of these, with a sentence for her and one for who
stands at the till. What only a basket can decide is told by `benefits.quote`."""

from __future__ import annotations

from enum import StrEnum

from app.core.errors import AppError, BadInput, Conflict, NotFound


class Reason(StrEnum):
    """The first that holds, in this order, is told."""

    # of a claim
    NO_BATCH = "no_batch"
    REVOKED = "revoked"
    STOPPED = "stopped"
    NOT_OPEN = "not_open"
    NOT_YET_OPEN = "not_yet_open"
    CLAIM_OVER = "claim_over"
    VALIDITY_OVER = "validity_over"
    CODE_UNKNOWN = "code_unknown"
    CODE_TAKEN = "code_taken"
    NO_PHONE = "no_phone"
    NO_ALLOWANCE = "no_allowance"
    PER_PERSON = "per_person"
    PER_PHONE = "per_phone"
    PER_PERSON_DAY = "per_person_day"
    PER_DAY = "per_day"
    PER_GUIDE_MONTH = "per_guide_month"
    GONE = "gone"
    BUDGET_SPENT = "budget_spent"
    # of a use
    NO_COUPON = "no_coupon"
    USED = "used"
    HELD = "held"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    SHELF_EMPTY = "shelf_empty"
    # of what follows a use
    NO_USE = "no_use"
    SETTLED = "settled"
    ROLLED_BACK = "rolled_back"
    TAKEN_MEANWHILE = "taken_meanwhile"
    REFUND_TOO_LARGE = "refund_too_large"
    TOO_LATE_TO_UNDO = "too_late_to_undo"
    KEY_REUSED = "key_reused"


SHOPPER = {
    Reason.NO_BATCH: "没有这个活动，看看链接是否完整",
    Reason.REVOKED: "这张券已作废，请问问店员",
    Reason.STOPPED: "这个活动已经停止发券",
    Reason.NOT_OPEN: "这张券不能自己领，请问问店员",
    Reason.NOT_YET_OPEN: "还没开始，到时间再来领",
    Reason.CLAIM_OVER: "领取时间已过，看看别的券",
    Reason.VALIDITY_OVER: "这张券的使用期已过，看看别的券",
    Reason.CODE_UNKNOWN: "没有这个兑换码，核对后再输一次",
    Reason.CODE_TAKEN: "这个兑换码已被领走",
    Reason.NO_PHONE: "先绑定手机号，再来领",
    Reason.NO_ALLOWANCE: "这张券不由店员发，看看卡包里的券",
    Reason.PER_PERSON: "您已领满，先用掉手上的",
    Reason.PER_PHONE: "这个手机号已领满，先用掉手上的",
    Reason.PER_PERSON_DAY: "今天已领满，明天再来",
    Reason.PER_DAY: "今天的券领完了，明天再来",
    Reason.PER_GUIDE_MONTH: "店员本月的券发完了，下月再来",
    Reason.GONE: "券领完了，看看别的券",
    Reason.BUDGET_SPENT: "活动名额已满，看看别的券",
    Reason.NO_COUPON: "没有这张券，下拉刷新后再看",
    Reason.USED: "这张券已经用过了",
    Reason.HELD: "这张券正在收银台使用",
    Reason.NOT_YET: "这张券还没到使用时间",
    Reason.EXPIRED: "这张券已经过期了",
    Reason.SHELF_EMPTY: "本店的小样发完了",
    Reason.NO_USE: "没有这次用券",
    Reason.SETTLED: "这张券已经核销",
    Reason.ROLLED_BACK: "这单已取消，券已退回卡包",
    Reason.TAKEN_MEANWHILE: "这张券已用在别的单上",
    Reason.REFUND_TOO_LARGE: "退款超过了用券优惠",
    Reason.TOO_LATE_TO_UNDO: "已过撤回时间",
    Reason.KEY_REUSED: "请重新结账",
}
CASHIER = {
    Reason.NO_BATCH: "没有这批券，核对批次",
    Reason.REVOKED: "券已作废，不能核销",
    Reason.STOPPED: "这批券已停发",
    Reason.NOT_OPEN: "这批券不开放自领",
    Reason.NOT_YET_OPEN: "未到领取时间",
    Reason.CLAIM_OVER: "已过领取时间",
    Reason.VALIDITY_OVER: "已过使用期，发出也不能用",
    Reason.CODE_UNKNOWN: "兑换码不存在，核对后再输",
    Reason.CODE_TAKEN: "兑换码已被领走",
    Reason.NO_PHONE: "她没有绑定手机号，先请她绑定",
    Reason.NO_ALLOWANCE: "这批券没有给导购的额度，找总部开通",
    Reason.PER_PERSON: "已达每人限领张数",
    Reason.PER_PHONE: "已达每个手机号限领张数",
    Reason.PER_PERSON_DAY: "已达每人每天限领张数",
    Reason.PER_DAY: "已达每天发放张数",
    Reason.PER_GUIDE_MONTH: "你本月的额度已用完，下月再发",
    Reason.GONE: "库存为 0",
    Reason.BUDGET_SPENT: "活动预算已用完",
    Reason.NO_COUPON: "没有这张券，让她下拉刷新后再看",
    Reason.USED: "这张券已经用过了",
    Reason.HELD: "券已在另一台收银机占用，等它结账或取消",
    Reason.NOT_YET: "这张券现在不能用，看看它的日期",
    Reason.EXPIRED: "这张券现在不能用，看看它的日期",
    Reason.SHELF_EMPTY: "本店的小样发完了，告诉店长补货",
    Reason.NO_USE: "没有这次用券，核对单号",
    Reason.SETTLED: "已核销，不能取消占用；要退请走退单",
    Reason.ROLLED_BACK: "这次用券已退回，请重新用券",
    Reason.TAKEN_MEANWHILE: "占用已过期，券已用在别的单上，请按原价补收",
    Reason.REFUND_TOO_LARGE: "退回金额超过这次用券的优惠",
    Reason.TOO_LATE_TO_UNDO: "过了 10 分钟，不能撤回了",
    Reason.KEY_REUSED: "同一单号已用于别的券或别的金额，换单号再试",
}


class Refused(AppError):
    """A coupon was not given or not taken; `reason` says which of the listed reasons it was."""

    def __init__(self, reason: Reason, **extra: object) -> None:
        self.reason = reason
        self.code, self.title = CODES.get(reason, f"coupon_{reason}"), CASHIER[reason]
        said = {"reason": reason.value, "shopper": SHOPPER[reason], "cashier": CASHIER[reason]}
        super().__init__(None, **said, **extra)


class RefusedNow(Refused, Conflict):
    status = Conflict.status


class Unknown(Refused, NotFound):
    status = NotFound.status


class KeyReused(Refused, BadInput):
    status = BadInput.status


# Callers switch on these since before there were reasons.
CODES = {
    Reason.NO_COUPON: "no_coupon",
    Reason.USED: "coupon_used",
    Reason.NOT_YET: "coupon_not_valid",
    Reason.EXPIRED: "coupon_not_valid",
    Reason.SHELF_EMPTY: "no_sample_left",
    Reason.TOO_LATE_TO_UNDO: "too_late_to_undo",
}
UNKNOWN = (Reason.NO_BATCH, Reason.NO_COUPON, Reason.NO_USE, Reason.CODE_UNKNOWN)


def refused(reason: Reason) -> Refused:
    """The error for a reason: not found, a key used twice, or not now."""
    if reason in UNKNOWN:
        return Unknown(reason)
    return KeyReused(reason) if reason is Reason.KEY_REUSED else RefusedNow(reason)
