"""What every input schema refuses, whatever its fields: text that no database can keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apiflask import Schema
from apiflask.fields import Boolean
from marshmallow import RAISE, ValidationError, pre_load

NOT_TEXT = "有不能保存的字符"


class Input(Schema):
    """Unknown fields are refused, and so is text with a NUL or with half a surrogate pair."""

    class Meta:
        unknown = RAISE  # said here so that the document says it too

    @pre_load
    def refuse_what_is_not_text(self, data: Any, **_: Any) -> Any:
        """Names every field that holds such text."""
        given = data.items() if isinstance(data, Mapping) else ()
        wrong = {str(name): [NOT_TEXT] for name, value in given if not _is_text(value)}
        if wrong:
            raise ValidationError(wrong)
        return data


class YesNo(Boolean):
    """JSON's true and false, nothing that only looks like them; 1 equals True in Python."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


def _is_text(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(_is_text(each) for each in (*value, *value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_text, value))
    return not isinstance(value, str) or _can_be_kept(value)


def _can_be_kept(value: str) -> bool:
    return "\0" not in value and not any("\ud800" <= char <= "\udfff" for char in value)
