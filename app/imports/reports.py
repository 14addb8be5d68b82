"""What an import came to, and the file of lines that could not be taken."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import BadInput

ADDED = ("第几行", "字段", "原因")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
HEADER_LINES = 1


class BadFile(BadInput):
    code, title = "bad_file", "这个文件读不了"


@dataclass(frozen=True)
class Imported:
    """How an import ended. `was_known`: the file had been imported, nothing was done."""

    counts: dict[str, int]
    seconds: float
    was_known: bool = False
    error_file: Path | None = None

    @property
    def lines_a_second(self) -> int:
        """Order lines over the whole import, from the file to the last row."""
        return round(self.counts.get("order_lines", 0) / self.seconds) if self.seconds else 0


@dataclass(frozen=True)
class Problem:
    """A line that breaks a rule; records count from 1 below the header."""

    record: int
    field: str
    reason: str


def write_errors(
    target: Path, header: list[str], rows: Iterable[list[str]], problems: Iterable[Problem]
) -> None:
    """The lines as they came, with line, field and reason; corrected, they can be imported."""
    why = _by_record(problems)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", newline="", encoding="utf-8-sig") as file:
        out = csv.writer(file)
        out.writerow([*header, *ADDED])
        out.writerows(_explained(header, rows, why))


def _by_record(problems: Iterable[Problem]) -> dict[int, list[Problem]]:
    why: dict[int, list[Problem]] = {}
    for problem in problems:
        why.setdefault(problem.record, []).append(problem)
    return why


def _explained(
    header: list[str], rows: Iterable[list[str]], why: dict[int, list[Problem]]
) -> Iterator[list[str]]:
    for record, row in enumerate(rows, start=1):
        if record in why:
            fields = "、".join(dict.fromkeys(problem.field for problem in why[record]))
            reasons = "；".join(dict.fromkeys(problem.reason for problem in why[record]))
            padded = [*row, *[""] * (len(header) - len(row))][: len(header)]
            yield [*map(safe, padded), str(record + HEADER_LINES), fields, reasons]


def safe(cell: str) -> str:
    """The cell, so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
