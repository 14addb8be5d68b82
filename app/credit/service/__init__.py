"""The brand's rules over time, and the orders that go by them."""

from app.credit.service.ruling import (
    StartsTooEarly,
    Version,
    by_number,
    history,
    in_force,
    publish,
    timetable,
)

__all__ = [
    "StartsTooEarly",
    "Version",
    "by_number",
    "history",
    "in_force",
    "publish",
    "timetable",
]
