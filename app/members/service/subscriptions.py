"""The ledger of subscription messages: what she accepted, what was used, what is gone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from app.core import db
from app.core.db import session
from app.members.models import SubscriptionEntry, SubscriptionStep


@dataclass(frozen=True)
class Answered:
    """One template of one event."""

    fan_id: int
    template_id: str
    step: SubscriptionStep
    at: datetime
    event_id: int
    position: int


def keep_answers(answers: Collection[Answered]) -> None:
    """Write the lines down; an event that is read again adds none."""
    rows = [{"brand_id": db.current_brand_id(), **vars(answer)} for answer in answers]
    if rows:
        session.execute(insert(SubscriptionEntry).values(rows).on_conflict_do_nothing())
