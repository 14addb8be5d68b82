"""A rule in one sentence: 「满 199 减 30，护肤，静安寺等 5 店，领后 30 天」."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from app.coupons.rule import terms
from app.coupons.rule.terms import Rule, Selector

DAYS = "一二三四五六日"
SHOWN = 2  # of a list; the rest is counted


@dataclass(frozen=True)
class Names:
    """What stores and tiers are called; an id without a name is shown as a number."""

    stores: Mapping[int, str] = field(default_factory=dict)
    tiers: Mapping[int, str] = field(default_factory=dict)


def describe(rule: Rule, names: Names) -> str:
    """The rule for people: what it gives, for what, where, for whom, when, how long."""
    parts = [
        _gift(rule),
        _goods(rule.goods),
        _stores(rule.store_ids, names.stores),
        _tiers(rule.tier_ids, names.tiers),
        "限首单" if rule.is_first_purchase else "",
        _weekdays(rule.weekdays),
        _hours(rule.hours),
        _validity(rule.validity),
        _stacking(rule.stacking),
    ]
    return "，".join(part for part in parts if part)


def _gift(rule: Rule) -> str:
    spend = f"满 {_yuan(rule.min_spend_fen)} " if rule.min_spend_fen else ""
    if isinstance(rule.gives, terms.Amount) and not spend:
        return f"立减 {_yuan(rule.gives.off_fen)}"
    return spend + gift_words(rule.gives)


def gift_words(gives: terms.Gives) -> str:
    """What it gives, without its conditions: 「减 30」「打 8.5 折，最多减 50」「免运费」."""
    if isinstance(gives, terms.Amount):
        return f"减 {_yuan(gives.off_fen)}"
    if isinstance(gives, terms.Percent):
        return _percent(gives)
    if isinstance(gives, terms.Shipping):
        return f"运费减 {_yuan(gives.cap_fen)}" if gives.cap_fen else "免运费"
    return _things(gives)


def _percent(gives: terms.Percent) -> str:
    cap = f"，最多减 {_yuan(gives.cap_fen)}" if gives.cap_fen else ""
    pays = terms.WHOLE - gives.off_basis_points
    return (f"打 {_decimal(pays, 3)} 折" if pays else "全免") + cap


def _things(gives: terms.Free | terms.Exchange | terms.Gift | terms.Sample | terms.Pack) -> str:
    if isinstance(gives, terms.Free):
        return f"免费兑 {gives.quantity} 件"
    if isinstance(gives, terms.Exchange):
        return f"{_yuan(gives.pay_fen)} 元换购 {gives.quantity} 件"
    if isinstance(gives, terms.Gift):
        return f"送{gives.name} {gives.quantity} 件"
    if isinstance(gives, terms.Sample):
        return f"领{gives.name}小样"
    return f"{gives.name} {_yuan(gives.pay_fen)} 元" if gives.pay_fen else f"送{gives.name}"


def _goods(goods: terms.Goods) -> str:
    only = _listed([_selector(one) for one in goods.only], "类")
    except_ = _listed([_selector(one) for one in goods.except_], "类")
    return "，".join(part for part in (only, f"不含 {except_}" if except_ else "") if part)


def _selector(selector: Selector) -> str:
    given = (selector.brand, selector.category, selector.sku)
    return " ".join(word for word in given if word)


def _stores(ids: Collection[int], names: Mapping[int, str]) -> str:
    known = [names.get(one, f"{one} 号店").removesuffix("店") for one in sorted(ids)]
    return f"{known[0]}等 {len(known)} 店" if len(known) > 1 else "".join(f"{n}店" for n in known)


def _tiers(ids: Collection[int], names: Mapping[int, str]) -> str:
    known = [names.get(one, f"{one} 号等级") for one in sorted(ids)]
    return f"限{'、'.join(known)}会员" if known else ""


def _weekdays(days: Collection[int]) -> str:
    listed = sorted(days)
    if len(listed) in (0, 7):
        return ""
    words = [f"周{DAYS[day - 1]}" for day in listed]
    is_run = listed[-1] - listed[0] == len(listed) - 1
    return f"{words[0]}至{words[-1]}" if is_run and len(words) > 2 else "、".join(words)


def _hours(hours: Collection[terms.Hours]) -> str:
    return "、".join(f"{one.from_:%H:%M}–{_end(one)}" for one in hours)


def _end(hours: terms.Hours) -> str:
    return f"{hours.until:%H:%M}" if hours.until else "24:00"


def _validity(validity: terms.AfterClaim | terms.BetweenDays) -> str:
    if isinstance(validity, terms.BetweenDays):
        return f"{validity.first} 至 {validity.last}"
    wait = f"领后第 {validity.wait_days} 天起 " if validity.wait_days else "领后 "
    return f"{wait}{validity.days} 天"


def _stacking(stacking: terms.Stacking) -> str:
    return "，".join(
        word
        for word, is_said in (
            ("不与其他券同用", stacking.is_alone),
            ("不与会员价同享", not stacking.with_tier_price),
            ("不能同时用积分", not stacking.with_points),
        )
        if is_said
    )


def _listed(words: list[str], counter: str) -> str:
    few = "、".join(words[:SHOWN])
    return few if len(words) <= SHOWN else f"{few}等 {len(words)} {counter}"


def _yuan(fen: int) -> str:
    return _decimal(fen, 2)


def _decimal(number: int, places: int) -> str:
    """`19900, 2` is 199; `990, 2` is 9.9; `8500, 3` is 8.5."""
    whole, rest = divmod(number, 10**places)
    return f"{whole}.{rest:0{places}d}".rstrip("0").rstrip(".")
