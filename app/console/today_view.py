"""The words and rows of 今日, made from the day's facts; every sum stands beside its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.console.day import People, StoreDay
from app.console.figures import change, count
from app.core.figures import FEW, share
from app.core.money import yuan
from app.coupons.models import CouponKind
from app.visits.models import VisitKind

SHOWN_STORES = 5
LOW_GREETING = 0.75
KIND_WORDS = {
    CouponKind.AMOUNT: "代金券",
    CouponKind.SAMPLE: "小样",
    CouponKind.ITEM: "单品券",
}


@dataclass(frozen=True)
class Figure:
    """One of the five: its value, and the parts or the comparison under it."""

    name: str
    value: str
    parts: str


@dataclass(frozen=True)
class StoreRow:
    """A line of the stores' table; `store_id` is None for a sum."""

    store_id: int | None
    name: str
    scans: int
    followed: int
    joined: int
    join_share: str
    greet_share: str
    is_greeting_low: bool
    spent_fen: int


@dataclass(frozen=True)
class StoreTable:
    rows: Sequence[StoreRow]
    total: StoreRow
    all_count: int


@dataclass(frozen=True)
class Step:
    """A bar of the funnel, from the left edge, with what it is made of."""

    name: str
    count: int
    width: str
    parts: str


def figures(
    day: StoreDay, scans_before: int, before_name: str, uses: Mapping[CouponKind, int]
) -> list[Figure]:
    """The row of five."""
    kinds, joined = day.by_kind, day.joined_by_kind
    already = kinds[VisitKind.FAN] + kinds[VisitKind.MEMBER]
    joined_already = day.joined - joined[VisitKind.FOLLOWED] - joined[VisitKind.FRIEND]
    each = yuan(day.spent_fen // day.orders) if day.orders else "—"
    return [
        Figure("扫码", count(day.scans), f"{before_name}同时 {_compared(day.scans, scans_before)}"),
        Figure(
            "新关注",
            count(day.followed),
            f"另有早已关注 {count(already)}{_friends('、', kinds[VisitKind.FRIEND])}",
        ),
        Figure(
            "新会员",
            count(day.joined),
            f"新关注 {count(joined[VisitKind.FOLLOWED])} + 早已关注 {count(joined_already)}"
            f"{_friends(' + ', joined[VisitKind.FRIEND])}",
        ),
        Figure("会员消费", yuan(day.spent_fen), f"{count(day.orders)} 单，每单 {each}"),
        Figure("券核销", count(sum(uses.values())), _use_parts(uses)),
    ]


def _friends(joint: str, number: int) -> str:
    """Said only where somebody came by a guide's 联系我."""
    return f"{joint}企微好友 {count(number)}" if number else ""


def _compared(now: int, before: int) -> str:
    return f"{count(before)}，{change(now, before)}" if before else "0"


def _use_parts(uses: Mapping[CouponKind, int]) -> str:
    return " + ".join(f"{word} {count(uses.get(kind, 0))}" for kind, word in KIND_WORDS.items())


def store_table(
    days: Mapping[int, StoreDay], names: Mapping[int, str], whole: StoreDay
) -> StoreTable:
    """The busiest stores, the rest as one row, and a foot that is the figures' own sum."""
    ranked = sorted(days, key=lambda store: (-days[store].scans, -days[store].spent_fen))
    rows = [_row(store, names[store], days[store]) for store in ranked[:SHOWN_STORES]]
    rest_count = len(names) - len(rows)
    if rows and rest_count:
        rows.append(_row(None, f"其余 {count(rest_count)} 家", _rest(days, ranked[SHOWN_STORES:])))
    return StoreTable(rows, _row(None, "合计", whole), len(names))


def _rest(days: Mapping[int, StoreDay], stores: Sequence[int]) -> StoreDay:
    rest = StoreDay()
    for store in stores:
        rest.add(days[store])
    return rest


def _row(store_id: int | None, name: str, day: StoreDay) -> StoreRow:
    return StoreRow(
        store_id=store_id,
        name=name,
        scans=day.scans,
        followed=day.followed,
        joined=day.joined,
        join_share=share(day.joined, day.not_yet_members),
        greet_share=share(day.greeted, day.scans),
        is_greeting_low=day.scans >= FEW and day.greeted / day.scans < LOW_GREETING,
        spent_fen=day.spent_fen,
    )


def funnel(people: People) -> list[Step]:
    """The same people on their way down: came, are members, bought."""
    followed_already = people.came - people.followed - people.befriended
    old_members = people.members - people.new_members
    old_bought = people.bought - people.new_bought
    steps = [
        (
            "来的人",
            people.came,
            f"新关注 {count(people.followed)} + 早已关注 {count(followed_already)}"
            f"{_friends(' + ', people.befriended)}",
        ),
        (
            "会员",
            people.members,
            f"新会员 {count(people.new_members)} + 老会员 {count(old_members)}",
        ),
        (
            "当天购买",
            people.bought,
            f"新会员 {count(people.new_bought)} + 老会员 {count(old_bought)}",
        ),
    ]
    first = people.came or 1
    return [Step(name, done, f"{done * 100 / first:.1f}%", parts) for name, done, parts in steps]
