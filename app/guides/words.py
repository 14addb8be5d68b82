"""The guide's words: ages, dates, and what she may say. Pure functions, no data of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.benefits.service import Benefit, Benefits, Gift
from app.core import clock
from app.coupons.models import CouponKind
from app.orders.models import OrderState
from app.pushes.models import DeliveryState, SkipReason
from app.staff.models import Way
from app.tasks.models import Situation

ARRIVED = {
    DeliveryState.SENT: "已送达",
    DeliveryState.REFUSED: "没收到：微信没有收",
    DeliveryState.UNKNOWN: "不知道收到没有",
}
WHY_NOT = {
    SkipReason.NOT_FOLLOWING: "那时没有关注",
    SkipReason.NO_CONSENT: "没有同意营销消息",
    SkipReason.UNDER_14: "按规定不发给她",
    SkipReason.MONTHLY_CAP: "那个月的群发额度用完了",
    SkipReason.TOO_FEW: "那一批人数不够，微信不收",
    SkipReason.STOPPED: "中途停止了",
}
ORDER_STATES = {
    OrderState.PARTLY_RETURNED: "退了一部分",
    OrderState.RETURNED: "退货了",
    OrderState.CANCELLED: "取消了",
}
WAYS = {Way.WECHAT: "微信", Way.WECOM: "企业微信"}
JUST_NOW, MINUTE, HOUR = timedelta(seconds=5), timedelta(minutes=1), timedelta(hours=1)
MONTHS = 12


def age(at: datetime, now: datetime) -> str:
    """`刚刚`, `8 秒前`, `3 分钟前`, `2 小时前`. The page's script keeps the same words."""
    passed = max(now - at, timedelta())
    if passed < JUST_NOW:
        return "刚刚"
    if passed < MINUTE:
        return f"{passed.seconds} 秒前"
    return f"{passed // MINUTE} 分钟前" if passed < HOUR else f"{passed // HOUR} 小时前"


def minutes_left(until: datetime, now: datetime) -> int:
    """Whole minutes, the one running counted in."""
    return max(-((now - until) // MINUTE), 0)


def days_since(at: datetime, now: datetime, zone: ZoneInfo) -> int:
    """Whole local days, as a calendar counts them."""
    return (clock.business_day(now, zone) - clock.business_day(at, zone)).days


def days_ago(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """`今天`, `昨天`, `52 天前`."""
    days = days_since(at, now, zone)
    return {0: "今天", 1: "昨天"}.get(days, f"{days:,} 天前")


def day(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """`11月30日`, with the year where it is another."""
    local, year = clock.local(at, zone), clock.local(now, zone).year
    words = f"{local.month}月{local.day}日"
    return words if local.year == year else f"{local.year}年{words}"


def last_day(until: datetime, now: datetime, zone: ZoneInfo) -> str:
    """The last day on which something that ends at `until` still works."""
    return f"到 {day(until - timedelta(microseconds=1), now, zone)}"


def member_for(joined_on: date, today: date) -> str:
    """`会员 2 年 8 个月`, `今天入会`."""
    months = (today.year - joined_on.year) * MONTHS + today.month - joined_on.month
    months -= today.day < joined_on.day
    if today <= joined_on:
        return "今天入会"
    if months < 1:
        return f"会员 {(today - joined_on).days} 天"
    years, rest = divmod(months, MONTHS)
    parts = [f"{years} 年"] * bool(years) + [f"{rest} 个月"] * bool(rest)
    return f"会员 {' '.join(parts)}"


def arrived(state: DeliveryState, reason: SkipReason | None) -> str:
    """What became of a push for her: `已送达`, `没收到：那时没有关注`."""
    return f"没收到：{WHY_NOT[reason]}" if reason else ARRIVED[state]


LABELS = {
    Situation.NEW: "新朋友",
    Situation.RETURNING: "又来了",
    Situation.FRIEND: "刚加好友",
    Situation.JOINED: "刚入会",
    Situation.ASLEEP: "沉睡回店",
}


@dataclass(frozen=True)
class Telling:
    """What a sentence may speak of."""

    name: str | None = None
    held: Benefits | None = None
    last_product: str | None = None
    gifts: Sequence[Gift] = ()


def line(situation: Situation, telling: Telling) -> str:
    """What to say to her first."""
    if situation in (Situation.NEW, Situation.RETURNING, Situation.FRIEND):
        return _line_for_new(telling.gifts, has_just_followed=situation is Situation.NEW)
    offers = _offers(telling.held) if telling.held else []
    opening = _OPENINGS[situation](telling.last_product)
    return f"{telling.name or '您好'}，{''.join([opening, *offers])}"


def _line_for_new(gifts: Sequence[Gift], *, has_just_followed: bool) -> str:
    if not gifts:
        return "您好，想看点什么？"
    where = "消息里点「领新人礼」" if has_just_followed else "打开我们的会员卡"
    return f"您好，{where}就能入会，送{joined_gifts(gifts)}。"


def joined_gifts(gifts: Sequence[Gift]) -> str:
    """` ¥20 券和一份小样`."""
    named = [
        "一份小样" if gift.kind is CouponKind.SAMPLE else f" {gift.amount_label} 券"
        for gift in gifts
    ]
    return "和".join(named) if len(named) < 3 else "、".join(named)


def _opening(last_product: str | None) -> str:
    return f"上次的{last_product}还合用吗？" if last_product else "欢迎回来。"


def _opening_after_long(last_product: str | None) -> str:
    return f"好久不见。上次的{last_product}用完了吧？" if last_product else "好久不见，欢迎回来。"


_OPENINGS: Mapping[Situation, Callable[[str | None], str]] = {
    Situation.JOINED: lambda _: "欢迎入会。",
    Situation.MEMBER: _opening,
    Situation.ASLEEP: _opening_after_long,
}


def _offers(held: Benefits) -> list[str]:
    coupon = next((b for b in held.usable if b.kind is CouponKind.AMOUNT), None)
    if held.sample is not None:
        return ["今天有您一份小样，我拿给您。"]
    return [_coupon_words(coupon)] if coupon else []


def _coupon_words(coupon: Benefit) -> str:
    return f"您有一张 {coupon.amount_label} 的券，{coupon.condition}。"


def wall_time(at: datetime, zone: ZoneInfo) -> str:
    """`14:31`."""
    return f"{clock.local(at, zone):%H:%M}"


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """The brand's calendar day."""
    return clock.business_day(at, zone)
