"""How a value of a brand's own field lies in its row: typed, and sealed where it is free text."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

from app.core import db
from app.core.crypto import keyring
from app.members.models import CustomChange, CustomField, CustomValue, FieldKind

TEXT_CONTEXT, CHANGE_CONTEXT = "custom_values.text", "custom_changes.value"
COLUMNS = {
    FieldKind.TEXT: "text_encrypted",
    FieldKind.NUMBER: "number_value",
    FieldKind.DATE: "date_value",
    FieldKind.CHOICE: "chosen",
    FieldKind.CHOICES: "chosen",
}
Plain = str | list[str] | None  # a value as a form, a JSON body and the history have it


def plain(row: CustomValue) -> Plain:
    """A stored value in the form that `read` gives it."""
    value = getattr(row, COLUMNS[row.kind])
    if row.kind == FieldKind.TEXT:
        return keyring().open(value, context=f"{row.brand_id}.{TEXT_CONTEXT}")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else value


def columns_of(field: CustomField, value: Plain) -> dict[str, Any]:
    """The column of the field's kind, with the value as it holds it."""
    stored: Any = value
    if field.kind == FieldKind.NUMBER:
        stored = Decimal(str(value))
    elif field.kind == FieldKind.DATE:
        stored = date.fromisoformat(str(value))
    elif field.kind == FieldKind.TEXT:
        stored = keyring().seal(str(value), context=f"{field.brand_id}.{TEXT_CONTEXT}")
    return {COLUMNS[field.kind]: stored}


def before_and_after(change: CustomChange) -> tuple[Plain, Plain]:
    """What it was, and what it became; None is nothing."""
    return _opened(change, change.before_encrypted), _opened(change, change.after_encrypted)


def _opened(change: CustomChange, sealed: str | None) -> Plain:
    if sealed is None:
        return None
    context = f"{change.brand_id}.{CHANGE_CONTEXT}"
    opened: Plain = json.loads(keyring().open(sealed, context=context))
    return opened


def sealed_change(value: Plain) -> str | None:
    """One side of a change as its column holds it."""
    if value is None:
        return None
    context = f"{db.current_brand_id()}.{CHANGE_CONTEXT}"
    return keyring().seal(json.dumps(value, ensure_ascii=False), context=context)
