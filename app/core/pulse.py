"""When each kind of process was last alive, for readiness and the console's health dot."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.db import Model, session

TIMEKEEPER = "timekeeper"


class Pulse(Model):
    """One row a kind of process."""

    __tablename__ = "pulses"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    at: Mapped[datetime]


def beat(name: str) -> None:
    """Still alive."""
    values = {"name": name, "at": clock.now()}
    statement = insert(Pulse).values(values)
    session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def last(name: str) -> datetime | None:
    """When it last was."""
    return session.scalar(select(Pulse.at).filter_by(name=name))
