"""Reading balances, the ledger and standings."""

from app.points.queries.checking import mismatches, totals
from app.points.queries.holdings import Balances, Expiring, balances_of, holdings
from app.points.queries.standing import (
    Standing,
    balance,
    balances,
    ladder,
    standing,
    standings,
    tier_ids,
)

__all__ = [
    "Balances",
    "Expiring",
    "Standing",
    "balance",
    "balances",
    "balances_of",
    "holdings",
    "ladder",
    "mismatches",
    "standing",
    "standings",
    "tier_ids",
    "totals",
]
