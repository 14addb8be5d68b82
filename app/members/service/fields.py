"""The brand's own fields: defined, filled in for a member, changed with a history, undone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from sqlalchemy import and_, select
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db
from app.core.db import session
from app.core.errors import BadInput, Conflict
from app.core.words import tidy
from app.members.models import CustomChange, CustomField, CustomValue, FieldKind, Member
from app.members.service.contacts import NoMember
from app.members.service.field_values import (
    COLUMNS,
    Plain,
    before_and_after,
    columns_of,
    plain,
    sealed_change,
)

LONGEST_NAME, LONGEST_OPTION, MOST_OPTIONS, MOST_FIELDS = 32, 32, 50, 50
LONGEST_TEXT = 200
OF_CHOICE = (FieldKind.CHOICE, FieldKind.CHOICES)
_A_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


class NoField(Conflict):
    code, title = "no_field", "没有这个字段，或已经停用"


class SameName(Conflict):
    code, title = "same_name", "已经有一个同名的字段，换个名字"


class ChangedSince(Conflict):
    code, title = "changed_since", "这一项后来又改过，撤销不了；照现在的值改就好"


@dataclass(frozen=True)
class Held:
    """A field with what a member has in it; None is nothing."""

    field: CustomField
    value: Plain


def fields() -> list[CustomField]:
    """The fields in use, in the order they were made."""
    in_use = select(CustomField).filter_by(retired_at=None)
    return list(session.scalars(in_use.order_by(CustomField.id)))


def retired() -> list[CustomField]:
    """The fields that were put out of use, the latest first."""
    out_of_use = select(CustomField).where(CustomField.retired_at.is_not(None))
    return list(session.scalars(out_of_use.order_by(CustomField.retired_at.desc())))


def define_field(name: str, kind: str, options: Sequence[str] = ()) -> CustomField:
    """A new field. Raises BadInput naming what is wrong, SameName."""
    name, wanted = tidy(name), [tidy(option) for option in options if tidy(option)]
    _refuse_definition(name, kind, wanted)
    values = {
        "brand_id": db.current_brand_id(),
        "name": name,
        "kind": FieldKind(kind),
        "options": wanted,
        "created_at": clock.now(),
    }
    statement = insert(CustomField).values(values).on_conflict_do_nothing()
    new_id = session.scalar(statement.returning(CustomField.id))
    if new_id is None:
        raise SameName()
    return session.get_one(CustomField, (db.current_brand_id(), new_id))


def _refuse_definition(name: str, kind: str, options: Sequence[str]) -> None:
    wrong: dict[str, list[str]] = {}
    if not 0 < len(name) <= LONGEST_NAME:
        wrong["name"] = [f"写一个名字，最多 {LONGEST_NAME} 个字"]
    if kind not in set(FieldKind):
        wrong["kind"] = ["选一种类型"]
    elif kind in OF_CHOICE and not 0 < len(options) <= MOST_OPTIONS:
        wrong["options"] = [f"写 1 到 {MOST_OPTIONS} 个选项，一行一个"]
    elif kind not in OF_CHOICE and options:
        wrong["options"] = ["这种类型没有选项"]
    elif len(set(options)) < len(options) or any(len(each) > LONGEST_OPTION for each in options):
        wrong["options"] = [f"选项不能重复，每个最多 {LONGEST_OPTION} 个字"]
    if len(fields()) >= MOST_FIELDS:
        wrong["name"] = [f"最多 {MOST_FIELDS} 个字段，先停用不用的"]
    if wrong:
        raise BadInput(fields=wrong)


def retire_field(field_id: int) -> CustomField:
    """Nobody fills it in any more; what is in it stays until it is used again. Raises NoField."""
    found = _field(field_id)
    found.retired_at = clock.now()
    return found


def reuse_field(field_id: int) -> None:
    """Take the retirement back. Raises NoField."""
    found = db.get(CustomField, field_id)
    if found is None:
        raise NoField()
    found.retired_at = None


def held_by(member_id: int) -> list[Held]:
    """Every field in use with her value."""
    hers = and_(
        CustomValue.brand_id == CustomField.brand_id,
        CustomValue.field_id == CustomField.id,
        CustomValue.member_id == member_id,
    )
    in_use = select(CustomField, CustomValue).where(CustomField.retired_at.is_(None))
    rows = session.execute(in_use.outerjoin(CustomValue, hers).order_by(CustomField.id))
    return [Held(field, plain(value) if value else None) for field, value in rows]


def change_value(member_id: int, field_id: int, given: Plain, *, actor: str) -> CustomChange | None:
    """Set or empty a field; None when that is what it held already.

    Raises NoMember, NoField, BadInput naming the field.
    """
    _lock(member_id)
    field = _field(field_id)
    return _write(member_id, field, read(field, given), actor)


def undo_change(change_id: int, *, member_id: int, actor: str) -> CustomChange | None:
    """What it was before. Raises NoMember, NoField, and ChangedSince for a later change."""
    _lock(member_id)
    change = db.get(CustomChange, change_id)
    if change is None or change.member_id != member_id:
        raise NoField()
    before, after = before_and_after(change)
    if _now(change.member_id, change.field_id) != after:
        raise ChangedSince()
    return _write(change.member_id, _field(change.field_id), before, actor)


def history(member_id: int, limit: int = 20) -> list[CustomChange]:
    """Her latest changes, newest first."""
    hers = select(CustomChange).filter_by(member_id=member_id)
    return list(session.scalars(hers.order_by(CustomChange.id.desc()).limit(limit)))


def read(field: CustomField, given: Plain) -> Plain:
    """The value in its one form, or None for empty. Raises BadInput naming the field."""
    if field.kind == FieldKind.CHOICES:
        asked = [given] if isinstance(given, str) else list(given or [])
        return _options(field, [each for each in asked if each])
    if isinstance(given, list):
        raise _wrong(field, "只填一个值")
    text = tidy(given or "")
    return _READERS[field.kind](field, text) if text else None


def _text(field: CustomField, text: str) -> Plain:
    if len(text) > LONGEST_TEXT:
        raise _wrong(field, f"最多 {LONGEST_TEXT} 个字")
    if _A_PHONE.search(text):
        raise _wrong(field, "手机号不写在这里，记到她的手机号里")
    return text


def _number(field: CustomField, text: str) -> Plain:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _wrong(field, "写一个数，比如 38 或 4.5") from None
    if not number.is_finite() or abs(number) >= Decimal(10) ** 14:
        raise _wrong(field, "这个数太大了")
    if number != round(number, 4):
        raise _wrong(field, "最多四位小数")
    return f"{round(number, 4).normalize():f}"


def _date(field: CustomField, text: str) -> Plain:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise _wrong(field, "写一个日期，比如 2026-11-30") from None


def _one(field: CustomField, text: str) -> Plain:
    return _options(field, [text])


def _options(field: CustomField, asked: Sequence[str]) -> Plain:
    """In the order in which the field lists them."""
    if not set(asked) <= set(field.options):
        raise _wrong(field, "选项里没有这一个")
    return [option for option in field.options if option in asked] or None


_READERS = {
    FieldKind.TEXT: _text,
    FieldKind.NUMBER: _number,
    FieldKind.DATE: _date,
    FieldKind.CHOICE: _one,
}


def _wrong(field: CustomField, why: str) -> BadInput:
    return BadInput(fields={field.name: [why]})


def _field(field_id: int) -> CustomField:
    found = db.get(CustomField, field_id)
    if found is None or found.retired_at is not None:
        raise NoField()
    return found


def _lock(member_id: int) -> None:
    """One writer a member at a time, so that the history has no gaps. Raises NoMember."""
    hers = select(Member.id).where(Member.id == member_id).with_for_update(key_share=True)
    if session.scalar(hers) is None:
        raise NoMember()


def _now(member_id: int, field_id: int) -> Plain:
    row = session.get(CustomValue, (db.current_brand_id(), member_id, field_id))
    return plain(row) if row else None


def _write(member_id: int, field: CustomField, value: Plain, actor: str) -> CustomChange | None:
    before = _now(member_id, field.id)
    if before == value:
        return None
    _store(member_id, field, value)
    change = CustomChange(
        member_id=member_id,
        field_id=field.id,
        before_encrypted=sealed_change(before),
        after_encrypted=sealed_change(value),
        changed_by=actor,
        at=clock.now(),
    )
    session.add(change)
    session.flush()
    return change


def _store(member_id: int, field: CustomField, value: Plain) -> None:
    row = session.get(CustomValue, (db.current_brand_id(), member_id, field.id))
    if value is None:
        session.delete(row)
    elif row is None:
        session.add(
            CustomValue(
                member_id=member_id, field_id=field.id, kind=field.kind, **columns_of(field, value)
            )
        )
    else:
        setattr(row, COLUMNS[field.kind], columns_of(field, value)[COLUMNS[field.kind]])
