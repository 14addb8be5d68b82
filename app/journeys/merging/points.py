"""Points change hands as movements of the ledger; nothing that was written is written anew."""

from __future__ import annotations

from app.journeys.merging.rows import Pair, Record
from app.points import service as points
from app.points.models import AccountKind

ACCOUNTS = tuple(kind for kind in AccountKind if kind is not AccountKind.ISSUED)


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
        """How many of them are no longer there."""
        returned = points.hand_over(
            pair.survivor_id,
            pair.merged_id,
            account=kind,
            up_to=amount,
            reference=f"{pair.merge_id}:undone",
        )
        return amount - returned
