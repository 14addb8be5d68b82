"""A rule as it is stored, and read again; and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.core.errors import BadInput
from app.credit.rules import WHOLE, Part, Step, Way

MOST_PARTS = 4
LONGEST = {Way.SCAN: 30, Way.TOUCH: 180, Way.PROMOTER: 3650}  # days
NEEDED = (Way.SCAN, Way.TOUCH)  # without a limit they would find somebody of years ago


class NotARule(BadInput):
    code, title = "not_a_rule", "规则不完整：各份加起来要正好 100%，每份至少看一样，天数别太长"


def dump(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """As JSON."""
    return [
        {"bp": part.bp, "steps": [{"way": step.way, "days": step.days} for step in part.steps]}
        for part in parts
    ]


def load(stored: Sequence[dict[str, Any]]) -> tuple[Part, ...]:
    """What was stored."""
    return tuple(
        Part(part["bp"], tuple(Step(Way(step["way"]), step.get("days")) for step in part["steps"]))
        for part in stored
    )


def refuse_unfit(parts: Sequence[Part]) -> None:
    """Raises NotARule unless the parts are a whole, and each asks for somebody."""
    is_whole = sum(part.bp for part in parts) == WHOLE and all(part.bp > 0 for part in parts)
    is_asked = all(_is_fit(part) for part in parts)
    if not (is_whole and is_asked and len(parts) <= MOST_PARTS):
        raise NotARule()


def read(written: str) -> Part:
    """`7000: seller > scan 0 > owner` as a part. Raises NotARule."""
    bp, _, steps = written.partition(":")
    try:
        return Part(int(bp), tuple(_step(each) for each in steps.split(">")))
    except ValueError:
        raise NotARule() from None


def _step(written: str) -> Step:
    way, _, days = written.strip().partition(" ")
    return Step(Way(way), int(days) if days else None)


def _is_fit(part: Part) -> bool:
    ways = [step.way for step in part.steps]
    is_once = len(set(ways)) == len(ways) > 0
    return is_once and all(_has_days(step) for step in part.steps)


def _has_days(step: Step) -> bool:
    if step.days is None:
        return step.way not in NEEDED
    return 0 <= step.days <= LONGEST.get(step.way, -1)
