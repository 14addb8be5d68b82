"""Set-wise statements: a list of ten thousand people is one statement, never a loop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, Result, Row, text

from app.core import db
from app.core.db import session


def execute(statement: str, **values: Any) -> int:
    """How many rows it changed; `:brand` is filled in."""
    return cast("CursorResult[Any]", _run(statement, values)).rowcount


def rows(statement: str, **values: Any) -> Sequence[Row[Any]]:
    """What it answers; `:brand` is filled in."""
    return _run(statement, values).all()


def _run(statement: str, values: dict[str, Any]) -> Result[Any]:
    return session.execute(text(statement), values | {"brand": db.current_brand_id()})
