"""Complaints in Chinese: the same words for the desk, the list and the guide's phone."""

from __future__ import annotations

from collections.abc import Mapping

from app.complaints.models import Kind, State
from app.core.figures import FEW, NOT_KNOWN

KINDS: Mapping[Kind, str] = {
    Kind.MANNER: "服务态度",
    Kind.WAIT: "等太久",
    Kind.GOODS: "商品",
    Kind.PRICE: "价格和优惠",
    Kind.BOTHER: "打扰太多",
    Kind.OTHER: "其他",
}
STATES: Mapping[State, tuple[str, str]] = {
    State.OPEN: ("待处理", "is-warn"),
    State.ANSWERED: ("已处理", "is-done"),
    State.WITHDRAWN: ("记错了", ""),
}
LATE = ("超期", "is-bad")
ERASED = "她的资料已按要求注销，内容不再保留"
RATE = "投诉率是每接待一百位有几起，按发生的日子算，记错的不算"


def per_hundred(complaints: int, people: int) -> str:
    """`1.3`: of a hundred whom she served; under 30 people the counts themselves."""
    if not people:
        return NOT_KNOWN
    if people < FEW:
        return f"{complaints} / {people}"
    tenths = (complaints * 2_000 + people) // (2 * people)  # rounded half up
    return f"{tenths // 10}.{tenths % 10}"
