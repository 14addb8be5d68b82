"""The guide's board as its page is told it, and which row is hers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.story.run import Run

WAITING = "waiting"


@dataclass(frozen=True)
class Row:
    """One person on the guide's list."""

    visit_id: int
    is_claimed: bool
    claimed_by: str


def rows(board: dict[str, Any]) -> list[Row]:
    """The rows of /guide/board.json."""
    return [
        Row(person["visit_id"], person["state"] != WAITING, person["claimed_by"] or "")
        for person in board["people"]
    ]


def of_run(listed: Sequence[Row], telling: Run) -> Row | None:
    """The row that was not there before she came; later on, the same row."""
    if telling.visit_id is not None:
        return next((row for row in listed if row.visit_id == telling.visit_id), None)
    known = set(telling.known_visits or [])
    return next((row for row in listed if row.visit_id not in known), None)
