"""Her WeChats change hands; a later one of the same person goes back with the earlier."""

from __future__ import annotations

from sqlalchemy import select, update

from app.core import db
from app.core.db import session
from app.journeys.merging.rows import Pair, Record, Rows
from app.members.models import Fan


class Fans:
    """As other rows, and what a fan is found by goes with her: tags, visits, sessions."""

    def merge(self, pair: Pair) -> Record:
        return Rows(Fan).merge(pair)

    def undo(self, pair: Pair, record: Record) -> list[str]:  # noqa: ARG002 - `returning` has read it
        ours = (Fan.brand_id == db.current_brand_id()) & Fan.id.in_(pair.fan_ids)
        back = update(Fan).where(ours).values(member_id=pair.merged_id)
        session.execute(back, execution_options={"synchronize_session": False})
        return []


def returning(survivor_id: int, moved: list[int]) -> tuple[int, ...]:
    """Which of her WeChats go back: those that came, and whatever else the same unionid has
    brought since."""
    still = select(Fan.id).where(Fan.member_id == survivor_id)
    came = set(session.scalars(still.where(Fan.id.in_(moved))))
    names = select(Fan.unionid_index).where(Fan.id.in_(came), Fan.unionid_index.is_not(None))
    # A unionid that the survivor had herself says nothing about whose a later WeChat is.
    own = select(Fan.unionid_index).where(
        Fan.member_id == survivor_id, Fan.unionid_index.is_not(None), Fan.id.not_in(came)
    )
    shared = set(session.scalars(names)) & set(session.scalars(own))
    if not shared:
        return tuple(sorted(came))
    return tuple(sorted(came | set(session.scalars(still.where(Fan.unionid_index.in_(shared))))))
