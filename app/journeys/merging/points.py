"""Points change hands as movements of the ledger; nothing that was written is written anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import update

from app.core import db
from app.core.db import session
from app.journeys.merging.rows import Pair, Record
from app.points import service as points
from app.points.models import AccountKind

ACCOUNTS = (AccountKind.AVAILABLE, AccountKind.PENDING, AccountKind.OWED)


class Points:
    """All that she holds goes over in one movement an account, and comes back in another, as far
    as it is still there."""

    def merge(self, pair: Pair) -> Record:
        return {
            kind.value: points.hand_over(
                pair.merged_id,
                pair.survivor_id,
                account=kind,
                up_to=None,
                reference=f"{pair.merge_id}",
            )
            for kind in ACCOUNTS
        }

    def undo(self, pair: Pair, record: Record) -> list[str]:
        missing = sum(self._give_back(pair, AccountKind(kind), record[kind]) for kind in record)
        return [f"{missing:,} 积分在合并以后用掉了，退不回去"] if missing else []

    def _give_back(self, pair: Pair, kind: AccountKind, amount: int) -> int:
        """How many of them are no longer there. A debt that was paid meanwhile is paid."""
        returned = points.hand_over(
            pair.survivor_id,
            pair.merged_id,
            account=kind,
            up_to=amount,
            reference=f"{pair.merge_id}:undone",
        )
        return 0 if kind is AccountKind.OWED else amount - returned


class Holds:
    """What a till has put aside goes over with its points, and comes back with what is left of
    them."""

    def merge(self, pair: Pair) -> Record:
        return points.hand_over_holds(
            pair.merged_id, pair.survivor_id, keys=None, reference=f"{pair.merge_id}"
        )

    def undo(self, pair: Pair, record: Record) -> list[str]:
        points.hand_over_holds(
            pair.survivor_id, pair.merged_id, keys=record, reference=f"{pair.merge_id}:undone"
        )
        return []


@dataclass(frozen=True)
class Keyed:
    """Rows that are known by a key of their brand change hands, and those go back that came."""

    model: Any
    key: str

    def merge(self, pair: Pair) -> Record:
        return sorted(self._move(pair.merged_id, pair.survivor_id, True))

    def undo(self, pair: Pair, record: Record) -> list[str]:
        self._move(pair.survivor_id, pair.merged_id, getattr(self.model, self.key).in_(record))
        return []

    def _move(self, giver_id: int, taker_id: int, which: Any) -> set[Any]:
        hers = (self.model.brand_id == db.current_brand_id()) & (self.model.member_id == giver_id)
        moved = update(self.model).where(hers, which).values(member_id=taker_id)
        keys = session.scalars(
            moved.returning(getattr(self.model, self.key)),
            execution_options={"synchronize_session": False},
        )
        return set(keys)
