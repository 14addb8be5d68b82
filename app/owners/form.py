"""A rule as it is stored, and read again; and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.core.errors import BadInput
from app.owners.rules import Step, Way

LONGEST = {Way.EXCLUSIVE: 3650, Way.PROMOTER: 3650, Way.LAST_TOUCH: 730}  # days
NEEDED = (Way.LAST_TOUCH,)  # without a limit it would find somebody of years ago


class NotARule(BadInput):
    code, title = (
        "not_an_owner_rule",
        "规则不完整：每样只用一次，最近接待要填几天内（最多 730），保护期和导购码最多 3650 天，"
        "兜底放在最后",
    )


def dump(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """As JSON."""
    return [{"way": step.way, "days": step.days} for step in steps]


def load(stored: Sequence[dict[str, Any]]) -> tuple[Step, ...]:
    """What was stored."""
    return tuple(Step(Way(step["way"]), step.get("days")) for step in stored)


def refuse_unfit(steps: Sequence[Step]) -> None:
    """Raises NotARule unless each way is asked once, within days, and nothing behind the last."""
    ways = [step.way for step in steps]
    is_once = len(set(ways)) == len(ways)
    if not (is_once and Way.FALLBACK not in ways[:-1] and all(_has_days(step) for step in steps)):
        raise NotARule()


def _has_days(step: Step) -> bool:
    if step.days is None:
        return step.way not in NEEDED
    return 1 <= step.days <= LONGEST.get(step.way, 0)
