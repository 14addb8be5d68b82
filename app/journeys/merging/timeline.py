"""Her timeline changes hands; what a coupon that goes back has lived through goes with it."""

from __future__ import annotations

from sqlalchemy import BigInteger, update

from app.core import db
from app.core.db import session
from app.core.events import Event
from app.journeys.merging.rows import Pair, Record, Rows


class Timeline:
    """As other rows; an event names its coupon in what it tells."""

    def merge(self, pair: Pair) -> Record:
        return Rows(Event).merge(pair)

    def undo(self, pair: Pair, record: Record) -> list[str]:
        hers = (Event.brand_id == db.current_brand_id()) & (Event.member_id == pair.survivor_id)
        coupon_id = Event.data["coupon_id"].astext.cast(BigInteger)
        theirs = update(Event).where(hers, coupon_id.in_(pair.coupon_ids))
        session.execute(
            theirs.values(member_id=pair.merged_id),
            execution_options={"synchronize_session": False},
        )
        return Rows(Event).undo(pair, record)
