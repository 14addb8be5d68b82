"""Synthetic phones of people the till knows, so that the story can meet them again."""

from __future__ import annotations

import random

from sqlalchemy import select

from app.core import db
from app.core.db import session
from app.core.settings import Settings
from app.imports import synthetic
from app.members.models import Member


def phones_of_the_till(
    brand_id: int, settings: Settings, count: int, rng: random.Random
) -> list[str]:
    """Phones of imported members who have not opened a card yet."""
    closed = select(Member.number).where(Member.origin == "import", Member.card_opened_at.is_(None))
    with db.transaction(brand_id):
        numbers = session.scalars(closed.order_by(Member.number)).all()
    chosen = rng.sample(numbers, min(count, len(numbers)))
    return [_as_dialled(synthetic.phone_of(int(n), settings.index_key)) for n in chosen]


def _as_dialled(phone: str) -> str:
    """WeChat keeps the country apart from the number."""
    return phone.removeprefix("+86")
