"""What the push editor's fields hold, as typed and as meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time

from app.core import clock
from app.pushes.models import Push

MAX_NAME = 64
MAX_HOLDOUT_PERCENT = 50
Errors = dict[str, str]


@dataclass(frozen=True)
class Typed:
    """The fields as she typed them: a refused form shows them again, unchanged."""

    name: str = ""
    tag: str = ""
    text: str = ""
    holdout: str = "5"
    repeat: str = "monthly"
    day: str = "8"
    date: str = ""
    time: str = "10:00"
    guides: str = ""


@dataclass(frozen=True)
class Meant:
    """The same fields as the service takes them."""

    name: str
    tag_id: int | None
    text: str
    holdout_basis_points: int
    day_of_month: int | None
    at_time: time | None
    once_at: datetime | None
    is_for_guides_too: bool


def typed(form: Mapping[str, str]) -> Typed:
    """Read the form; what is absent is empty, not the default."""
    fields = {name: form.get(name, "").strip() for name in asdict(Typed())}
    return Typed(**fields | {"repeat": "once" if fields["repeat"] == "once" else "monthly"})


def of(push: Push) -> Typed:
    """A stored push, as the editor shows it."""
    once = clock.local(push.once_at) if push.once_at else None
    at = once.time() if once else push.at_time
    return Typed(
        name=push.name,
        tag=str(push.tag_id or ""),
        text=push.text,
        holdout=f"{push.holdout_basis_points / 100:g}",
        repeat="once" if once else "monthly",
        day=str(push.day_of_month or ""),
        date=once.date().isoformat() if once else "",
        time=f"{at:%H:%M}" if at else "",
        guides="1" if push.is_for_guides_too else "",
    )


def meant(given: Typed) -> tuple[Meant, Errors]:
    """Understand the fields; an error stands under the name of its field."""
    errors: Errors = {}
    if len(given.name) > MAX_NAME:
        errors["name"] = f"名称最多 {MAX_NAME} 个字"
    is_once = given.repeat == "once"
    fields = Meant(
        name=given.name,
        tag_id=int(given.tag) if given.tag.isdecimal() else None,
        text=given.text,
        holdout_basis_points=_holdout(given.holdout, errors),
        day_of_month=None if is_once else _day(given.day, errors),
        at_time=None if is_once else _time(given.time, errors),
        once_at=_once(given, errors) if is_once else None,
        is_for_guides_too=bool(given.guides),
    )
    return fields, errors


def _holdout(given: str, errors: Errors) -> int:
    try:
        percent = float(given or 0)
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= MAX_HOLDOUT_PERCENT:
        errors["holdout"] = f"对照组填 0 到 {MAX_HOLDOUT_PERCENT} 之间的数"
        return 0
    return round(percent * 100)


def _day(given: str, errors: Errors) -> int | None:
    if not given:
        return None
    if not (given.isdecimal() and 1 <= int(given) <= 31):
        errors["day"] = "填 1 到 31；没有这一天的月份在最后一天发"
        return None
    return int(given)


def _time(given: str, errors: Errors) -> time | None:
    if not given:
        return None
    hour, _, minute = given.replace("：", ":").partition(":")
    try:
        return time(int(hour), int(minute))
    except ValueError:
        errors["time"] = "时间写成 10:00 这样"
        return None


def _once(given: Typed, errors: Errors) -> datetime | None:
    at = _time(given.time, errors)
    try:
        on = datetime.fromisoformat(given.date).date() if given.date else None
    except ValueError:
        on = None
        errors["date"] = "日期写成 2026-12-08 这样"
    if on is None or at is None:
        return None
    return datetime.combine(on, at, tzinfo=clock.SHANGHAI).astimezone(UTC)
