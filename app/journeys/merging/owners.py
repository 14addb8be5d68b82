"""The survivor's guide stays hers; where she has none she takes the other's. Histories stay with
whom they name: two that ran side by side cannot be made one."""

from __future__ import annotations

from app.journeys.merging.rows import Pair, Record
from app.owners import queries
from app.owners import service as owners
from app.owners.models import MemberOwner, Why
from app.owners.service import Handing


class Owners:
    """Nobody who was merged has a guide of her own meanwhile."""

    def merge(self, pair: Pair) -> Record:
        held = queries.open_rows([pair.survivor_id, pair.merged_id])
        theirs = held.get(pair.merged_id)
        if theirs is None:
            return None
        taken: int | None = None
        if pair.survivor_id not in held:
            taken = owners.give([_as(theirs, pair.survivor_id, Why.MERGED)])[pair.survivor_id]
        owners.give([Handing(pair.merged_id, None, None, Why.MERGED)], of_merged=True)
        return {"staff_id": theirs.staff_id, "store_id": theirs.store_id, "taken": taken}

    def undo(self, pair: Pair, record: Record) -> list[str]:
        if record is None:
            return []
        back = Handing(pair.merged_id, record["staff_id"], record["store_id"], Why.UNMERGED)
        owners.give([back], of_merged=True)
        now = queries.open_rows([pair.survivor_id]).get(pair.survivor_id)
        if record["taken"] is None or now is None:
            return []
        if now.id != record["taken"]:
            return ["合并后换过的专属导购留给现在的会员"]
        owners.close([pair.survivor_id], Why.UNMERGED)
        return []


def _as(row: MemberOwner, member_id: int, why: Why) -> Handing:
    return Handing(member_id, row.staff_id, row.store_id, why)
