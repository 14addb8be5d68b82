"""What many purchases earn, in one statement."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, SQLColumnExpression, case, func, literal_column

from app.points.earning import books
from app.points.earning.rules import STANDARD, Rule, RuleKind


def points_for(
    paid_fen: SQLColumnExpression[int], paid_at: SQLColumnExpression[datetime]
) -> ColumnElement[int]:
    """What orders of a file earn, in SQL: by the book that held at that moment, as far as its
    rules apply to whatever anybody buys. Who she was then, and her goods, a file does not ask."""
    timed = books.by_start()
    standard = _earned(STANDARD, paid_fen)
    if not timed:
        return standard
    held = [(paid_at >= starts_at, _earned(book.rules, paid_fen)) for starts_at, book in timed]
    return case(*held, else_=standard)


def _earned(rules: Iterable[Rule], paid_fen: SQLColumnExpression[int]) -> ColumnElement[int]:
    total: ColumnElement[int] = literal_column("0", BigInteger)
    for rule in rules:
        if rule.when.asks_nothing and rule.kind is not RuleKind.ACT:
            total = total + _by_rule(rule, paid_fen)
    return total


def _by_rule(rule: Rule, paid_fen: SQLColumnExpression[int]) -> ColumnElement[int]:
    points = literal_column(str(rule.points), BigInteger)
    if rule.kind is RuleKind.BONUS:
        return case((paid_fen >= rule.fen, points), else_=literal_column("0", BigInteger))
    return func.greatest(paid_fen, 0).op("/")(literal_column(str(rule.fen))) * points
