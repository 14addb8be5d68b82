"""Her names change hands; one that ended only because the survivor has a new phone holds again."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from app.core import db
from app.core.db import session
from app.journeys.merging.rows import Pair, Record, Rows
from app.members.models import MemberIdentity


class Identities:
    """As other rows; what held at the merge is remembered."""

    def merge(self, pair: Pair) -> Record:
        held = select(MemberIdentity.id).filter_by(member_id=pair.merged_id, until=None)
        held_ids = sorted(session.scalars(held))
        return {"moved": Rows(MemberIdentity).merge(pair), "held": held_ids}

    def undo(self, pair: Pair, record: Record) -> list[str]:
        Rows(MemberIdentity).undo(pair, record["moved"])
        newer = aliased(MemberIdentity)
        same = (newer.kind == MemberIdentity.kind) & (newer.account == MemberIdentity.account)
        taken = select(newer.id).where(
            same,
            newer.brand_id == MemberIdentity.brand_id,
            newer.value_index == MemberIdentity.value_index,
            newer.until.is_(None),
        )
        ended = (
            (MemberIdentity.brand_id == db.current_brand_id())
            & MemberIdentity.id.in_(record["held"])
            & (MemberIdentity.ended_reason == "changed")
        )
        again = update(MemberIdentity).where(ended, ~taken.exists())
        session.execute(
            again.values(until=None, ended_reason=None),
            execution_options={"synchronize_session": False},
        )
        return []
