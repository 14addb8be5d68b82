"""Reading balances, the ledger and standings."""

from app.points.queries.checking import mismatches, totals
from app.points.queries.growth import (
    Outlook,
    Place,
    outlook,
    people_by_tier,
    places,
    rights_of,
    rights_of_many,
    steps_of,
)
from app.points.queries.holdings import Balances, Expiring, balances_of, holdings
from app.points.queries.parts import Days, Parts, days_of, parts_of
from app.points.queries.standing import (
    Standing,
    balance,
    balances,
    ladder,
    standing,
    standings,
    tier_ids,
)
from app.points.queries.story import Story, story

__all__ = [
    "Balances",
    "Days",
    "Expiring",
    "Outlook",
    "Parts",
    "Place",
    "Standing",
    "Story",
    "balance",
    "balances",
    "balances_of",
    "days_of",
    "holdings",
    "ladder",
    "mismatches",
    "outlook",
    "parts_of",
    "people_by_tier",
    "places",
    "rights_of",
    "rights_of_many",
    "standing",
    "standings",
    "steps_of",
    "story",
    "tier_ids",
    "totals",
]
