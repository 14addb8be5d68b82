"""A rule as one sentence, for whoever decides about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from app.core.money import whole_yuan
from app.points.earning.rules import Act, Birthday, Rule, RuleKind, When

ACTS = {Act.JOINED: "开卡入会", Act.PROFILE: "填好姓名和生日", Act.SHARED: "朋友从分享入会"}
BIRTHDAYS = {Birthday.DAY: "生日当天", Birthday.MONTH: "生日当月"}
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


@dataclass(frozen=True)
class Names:
    """How the ids in a rule are called."""

    stores: Mapping[int, str] = field(default_factory=dict)
    tiers: Mapping[int, str] = field(default_factory=dict)


def sentence(rule: Rule, names: Names) -> str:
    """「周三，护肤每满 ¥1 得 1 分」."""
    where = "，".join(_where(rule.when, names))
    return f"{where}，{_gives(rule)}" if where else _gives(rule)


def _gives(rule: Rule) -> str:
    if rule.kind is RuleKind.ACT and rule.act:
        return f"{ACTS[rule.act]}得 {rule.points:,} 分，{_how_often(rule)}"
    goods = "、".join([*sorted(rule.when.categories), *sorted(rule.when.skus)])
    if rule.kind is RuleKind.BONUS:
        return f"{goods or '一单'}满 {whole_yuan(rule.fen)} 另得 {rule.points:,} 分"
    return f"{goods}每满 {whole_yuan(rule.fen)} 得 {rule.points:,} 分"


def _how_often(rule: Rule) -> str:
    if rule.act is not Act.SHARED:
        return "每人一次"
    return f"每位朋友一次，每天最多 {rule.per_day} 次" if rule.per_day else "每位朋友一次"


def _where(when: When, names: Names) -> list[str]:
    said = [
        _days(when.first, when.last),
        "、".join(WEEKDAYS[number - 1] for number in sorted(when.weekdays)),
        "、".join(names.tiers.get(each, f"等级 {each}") for each in sorted(when.tier_ids)),
        "、".join(names.stores.get(each, f"门店 {each}") for each in sorted(when.store_ids)),
        BIRTHDAYS[when.birthday] if when.birthday else "",
    ]
    return [part for part in said if part]


def _days(first: date | None, last: date | None) -> str:
    if first and last:
        return f"{_day(first)}到{_day(last)}"
    if first:
        return f"{_day(first)}起"
    return f"到{_day(last)}" if last else ""


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
