"""The form of a credit rule: one block of fields a part, with as many steps as there are ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from werkzeug.datastructures import MultiDict

from app.console.form_reading import decimal
from app.credit import form
from app.credit.rules import Part, Step, Way

STEPS = len(Way)
NO_STEP = ("", "")


@dataclass
class Block:
    """One part as it was typed: its percentage, and (way, days) in their order."""

    percent: str
    steps: list[tuple[str, str]]


@dataclass
class RuleForm:
    """All parts as they were typed, and what is wrong with them."""

    blocks: list[Block]
    error: str = ""

    @classmethod
    def of(cls, parts: Sequence[Part]) -> RuleForm:
        """A rule as it is."""
        return cls([_block(part) for part in parts])

    @classmethod
    def sent(cls, sent: MultiDict[str, str]) -> RuleForm:
        """From the request."""
        numbers = [number for number in sent.getlist("part") if number.isdecimal()]
        return cls([_typed(sent, number) for number in numbers[: form.MOST_PARTS]])

    @property
    def is_full(self) -> bool:
        """Whether no part can be added."""
        return len(self.blocks) >= form.MOST_PARTS

    def add(self) -> None:
        """One more part, to be filled in."""
        if not self.is_full:
            self.blocks.append(Block("", [NO_STEP] * STEPS))

    def remove(self, number: str) -> None:
        """One part less."""
        if number.isdecimal() and int(number) < len(self.blocks):
            del self.blocks[int(number)]

    def parts(self) -> tuple[Part, ...] | None:
        """What is meant; None where it is no rule, and `error` says why."""
        try:
            parts = tuple(_part(block) for block in self.blocks)
            form.refuse_unfit(parts)
        except form.NotARule as refused:
            self.error = refused.title
            return None
        return parts


def _block(part: Part) -> Block:
    steps = [(str(step.way), "" if step.days is None else str(step.days)) for step in part.steps]
    return Block(f"{Decimal(part.bp) / 100:f}", [*steps, *[NO_STEP] * (STEPS - len(steps))])


def _typed(sent: MultiDict[str, str], number: str) -> Block:
    def field(name: str) -> str:
        return sent.get(f"{name}-{number}", "").strip()

    steps = [(field(f"way{place}"), field(f"days{place}")) for place in range(STEPS)]
    return Block(field("percent"), steps)


def _part(block: Block) -> Part:
    share = decimal(block.percent)
    if share is None or share * 100 % 1 or not 0 < share <= 100:
        raise form.NotARule()
    return Part(int(share * 100), tuple(_step(*step) for step in block.steps if step[0]))


def _step(way: str, days: str) -> Step:
    is_number = days.isascii() and days.isdecimal() and len(days) < 5
    if way not in list(Way) or not (is_number or not days):
        raise form.NotARule()
    return Step(Way(way), int(days) if days else None)
