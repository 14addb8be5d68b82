"""Tests of the brand's own, and their results over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db
from app.core.crypto import keyring
from app.core.db import session
from app.core.errors import BadInput, Conflict
from app.core.words import tidy
from app.members.models import MeasureForm, MeasureKind, Measurement

CONTEXT = "measurements.value"
LONGEST_NAME, LONGEST_UNIT, LONGEST_OPTION, MOST_OPTIONS, MOST_KINDS = 32, 16, 32, 20, 20
LARGEST, STEP = Decimal("99999999.99"), Decimal("0.01")
SHOWN = 12  # results of a kind, the newest


class NoKind(Conflict):
    code, title = "no_measure_kind", "没有这项检测，或已经停用"


class SameKind(Conflict):
    code, title = "same_measure_kind", "已经有一项同名的检测，换个名字"


@dataclass(frozen=True)
class Definition:
    """A test as somebody wrote it down: texts, not yet held against anything."""

    name: str
    form: str
    unit: str = ""
    low: str = ""
    high: str = ""
    normal_low: str = ""
    normal_high: str = ""
    options: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class Result:
    """What was measured, as it is shown; `number` is None for a choice."""

    at: datetime
    shown: str
    number: Decimal | None
    staff_id: int


@dataclass(frozen=True)
class Series:
    """A test with her results, the oldest first."""

    kind: MeasureKind
    results: Sequence[Result]


def kinds() -> list[MeasureKind]:
    """The tests in use, in the order in which they were made."""
    in_use = select(MeasureKind).filter_by(retired_at=None).order_by(MeasureKind.id)
    return list(session.scalars(in_use))


def retired_kinds() -> list[MeasureKind]:
    """Those out of use, the latest first."""
    out = select(MeasureKind).where(MeasureKind.retired_at.is_not(None))
    return list(session.scalars(out.order_by(MeasureKind.retired_at.desc())))


def define_kind(wanted: Definition) -> MeasureKind:
    """A new test. Raises BadInput naming what is wrong, SameKind."""
    values = _checked(wanted)
    common = {"brand_id": db.current_brand_id(), "created_at": clock.now()}
    made = insert(MeasureKind).values(values | common).on_conflict_do_nothing()
    new_id = session.scalar(made.returning(MeasureKind.id))
    if new_id is None:
        raise SameKind()
    return session.get_one(MeasureKind, (db.current_brand_id(), new_id))


def retire_kind(kind_id: int, *, is_back: bool = False) -> None:
    """Out of use, or into use again; results stay. Twice is once."""
    ours = (MeasureKind.brand_id == db.current_brand_id()) & (MeasureKind.id == kind_id)
    at = None if is_back else clock.now()
    session.execute(update(MeasureKind).where(ours).values(retired_at=at))


def measure(member_id: int, kind_id: int, value: str, *, store_id: int, staff_id: int) -> None:
    """Write a result down. Raises NoKind, BadInput for a value that cannot be."""
    kind = db.get(MeasureKind, kind_id)
    if kind is None or kind.retired_at is not None:
        raise NoKind()
    session.add(
        Measurement(
            member_id=member_id,
            kind_id=kind_id,
            value_encrypted=keyring().seal(_value(kind, tidy(value)), context=_context()),
            store_id=store_id,
            staff_id=staff_id,
            at=clock.now(),
        )
    )
    session.flush()


def results_of(member_id: int) -> list[Series]:
    """Her results by test, in two queries; a test that she never took is left out."""
    hers = select(Measurement).filter_by(member_id=member_id)
    by_kind: dict[int, list[Result]] = {}
    for row in session.scalars(hers.order_by(Measurement.at, Measurement.id)):
        by_kind.setdefault(row.kind_id, []).append(_result(row))
    theirs = select(MeasureKind).where(MeasureKind.id.in_(by_kind)).order_by(MeasureKind.id)
    return [Series(kind, by_kind[kind.id][-SHOWN:]) for kind in session.scalars(theirs)]


def opened(row: Measurement) -> str:
    """What it says, for whoever may read it."""
    return keyring().open(row.value_encrypted, context=_context())


def told(member_id: int | None) -> list[dict[str, object]]:
    """All that was measured on her, for a copy of her data."""
    hers = select(Measurement).filter_by(member_id=member_id).order_by(Measurement.id)
    return [{"at": row.at, "value": opened(row)} for row in session.scalars(hers)]


def _result(row: Measurement) -> Result:
    shown = opened(row)
    return Result(row.at, shown, _number(shown), row.staff_id)


def _value(kind: MeasureKind, value: str) -> str:
    if kind.form == MeasureForm.CHOICE:
        if value not in kind.options:
            raise _wrong("value", f"{kind.name}：选一项")
        return value
    number = _number(value)
    low, high = kind.low or Decimal(), kind.high or Decimal()
    if number is None or not low <= number <= high:
        raise _wrong("value", f"{kind.name}写 {plain(low)} 到 {plain(high)} 之间的数，最多两位小数")
    return plain(number)


def _number(text: str) -> Decimal | None:
    """Up to two decimals, and no more than fits; None for anything else."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > LARGEST:
        return None
    return number if number == number.quantize(STEP) else None


def plain(number: Decimal) -> str:
    """`52`, `5.6`: no zeros at the end."""
    return f"{number.quantize(STEP).normalize():f}"


def _checked(wanted: Definition) -> dict[str, object]:
    name, unit = tidy(wanted.name), tidy(wanted.unit)
    if not 0 < len(name) <= LONGEST_NAME:
        raise _wrong("name", f"写一个名字，最多 {LONGEST_NAME} 个字")
    if len(unit) > LONGEST_UNIT:
        raise _wrong("unit", f"单位最多 {LONGEST_UNIT} 个字")
    if wanted.form not in set(MeasureForm):
        raise _wrong("form", "选一种：数字或单选")
    if len(kinds()) >= MOST_KINDS:
        raise _wrong("name", f"最多 {MOST_KINDS} 项，先停用不用的")
    common = {"name": name, "unit": unit, "form": wanted.form}
    if wanted.form == MeasureForm.CHOICE:
        return common | {"options": _options(wanted.options)}
    return common | _range(wanted) | {"options": []}


def _options(asked: Sequence[str]) -> list[str]:
    options = list(dict.fromkeys(tidy(option) for option in asked if tidy(option)))
    is_short = all(len(option) <= LONGEST_OPTION for option in options)
    if not (2 <= len(options) <= MOST_OPTIONS and is_short):
        raise _wrong("options", f"写 2 到 {MOST_OPTIONS} 个选项，每个最多 {LONGEST_OPTION} 个字")
    return options


def _range(wanted: Definition) -> dict[str, Decimal | None]:
    low, high = _number(wanted.low), _number(wanted.high)
    if low is None or high is None or low >= high:
        raise _wrong("low", "写最小和最大的数，最小的在前")
    if not (wanted.normal_low or wanted.normal_high):
        return {"low": low, "high": high, "normal_low": None, "normal_high": None}
    normal = _number(wanted.normal_low), _number(wanted.normal_high)
    if normal[0] is None or normal[1] is None or not low <= normal[0] <= normal[1] <= high:
        raise _wrong("normal_low", "正常范围要在最小和最大之间，两个都写或都不写")
    return {"low": low, "high": high, "normal_low": normal[0], "normal_high": normal[1]}


def _wrong(name: str, why: str) -> BadInput:
    return BadInput(why, fields={name: [why]})


def _context() -> str:
    return f"{db.current_brand_id()}.{CONTEXT}"
