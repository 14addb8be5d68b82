"""Set-wise statements: a list of ten thousand people is one statement, never a loop.

Every statement knows `:brand`, and `:born_by`: whoever was born later is a child today.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, Result, Row, text

from app.core import clock, db
from app.core.db import session
from app.members.service import ages


def execute(statement: str, **values: Any) -> int:
    """How many rows it changed."""
    return cast("CursorResult[Any]", _run(statement, values)).rowcount


def rows(statement: str, **values: Any) -> Sequence[Row[Any]]:
    """What it answers."""
    return _run(statement, values).all()


def _run(statement: str, values: dict[str, Any]) -> Result[Any]:
    filled = {"brand": db.current_brand_id(), "born_by": ages.born_by(clock.now())}
    return session.execute(text(statement), values | filled)
