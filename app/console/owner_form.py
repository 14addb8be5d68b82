"""The form of an owner rule: as many steps as there are ways, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from app.owners import form
from app.owners.rules import Step, Way

STEPS = len(Way)
NO_STEP = ("", "")


@dataclass
class OwnerForm:
    """The steps as they were typed, (way, days), and what is wrong with them."""

    steps: list[tuple[str, str]]
    error: str = ""

    @classmethod
    def of(cls, steps: Sequence[Step]) -> OwnerForm:
        """A rule as it is."""
        typed = [(str(step.way), "" if step.days is None else str(step.days)) for step in steps]
        return cls([*typed, *[NO_STEP] * (STEPS - len(typed))])

    @classmethod
    def sent(cls, sent: MultiDict[str, str]) -> OwnerForm:
        """From the request."""
        names = [(f"way{place}", f"days{place}") for place in range(STEPS)]
        return cls([(sent.get(way, "").strip(), sent.get(days, "").strip()) for way, days in names])

    def rule(self) -> tuple[Step, ...] | None:
        """What is meant; None where it is no rule, and `error` says why."""
        try:
            steps = tuple(_step(*each) for each in self.steps if each[0])
            form.refuse_unfit(steps)
        except form.NotARule as refused:
            self.error = refused.title
            return None
        return steps


def _step(way: str, days: str) -> Step:
    is_number = days.isascii() and days.isdecimal() and len(days) < 5
    if way not in list(Way) or not (is_number or not days):
        raise form.NotARule()
    return Step(Way(way), int(days) if days else None)
