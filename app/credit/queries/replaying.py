"""A month under any rule, worked out anew from what happened; nothing is written."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from app.credit.queries import facts, shares
from app.credit.queries.period import Period
from app.credit.queries.ruling import timetable
from app.credit.queries.shares import Sum
from app.credit.rules import Facts, Rule, Share, attribute

Given = tuple[Facts, Share]
Divide = Callable[[Facts, Rule], list[Share]]


@dataclass(frozen=True)
class Replay:
    """Whose the sales of a period are under a rule. The same facts give the same digest."""

    version: int | None  # None: each order under the rule that held when it was paid
    sums: tuple[Sum, ...]
    digest: str

    @property
    def fen(self) -> int:
        """All of it: what was sold."""
        return sum(each.fen for each in self.sums)


def replay(period: Period, rule: Rule | None = None, *, divide: Divide = attribute) -> Replay:
    """The period under this rule, or under the rules that held."""
    given = list(_given(period, rule, divide))
    return Replay(rule.version if rule else None, tuple(_add_up(given)), _digest(given))


def unbalanced(period: Period, found: Iterable[Sum]) -> dict[int, int]:
    """By store: by how many fen the credits differ from what was sold. Empty, or something is
    badly wrong."""
    missing = shares.sales(period)
    for each in found:
        missing[each.store_id] = missing.get(each.store_id, 0) - each.fen
    return {store_id: -fen for store_id, fen in sorted(missing.items()) if fen}


def _given(period: Period, rule: Rule | None, divide: Divide) -> Iterator[Given]:
    table = timetable()
    rules = [rule] if rule else [version.rule for version in table.versions]
    for sold in facts.of_period(period, rules):
        for share in divide(sold.facts, rule or table.at(sold.paid_at).rule):
            yield sold.facts, share


def _add_up(given: Iterable[Given]) -> list[Sum]:
    fens: dict[tuple[int, int | None], int] = defaultdict(int)
    orders: dict[tuple[int, int | None], set[int]] = defaultdict(set)
    for order, share in given:
        whose = order.store_id, share.staff_id
        fens[whose] += share.fen
        orders[whose].add(order.order_id)
    by_store = sorted(fens, key=lambda whose: (whose[0], whose[1] is None, whose[1] or 0))
    return [Sum(*whose, fens[whose], fens[whose], len(orders[whose])) for whose in by_store]


def _digest(given: Iterable[Given]) -> str:
    """Of every share of every order, to the fen."""
    seal = hashlib.sha256()
    for order, share in given:
        seal.update(f"{order.order_id}:{share.staff_id}:{share.way}:{share.fen}\n".encode())
    return seal.hexdigest()
