"""Tasks set-wise: made, planned by rules, sent to a tag, taken from a lead."""

from app.tasks.bulk.counting import brands_to_count, count_scripts
from app.tasks.bulk.crowds import Preview, preview, send_one, step, take_lead, wish_of
from app.tasks.bulk.making import Share, Wish, make, shares_of
from app.tasks.bulk.planning import foretell, plan, plan_day

__all__ = [
    "Preview", "Share", "Wish", "brands_to_count", "count_scripts", "foretell", "make", "plan",
    "plan_day", "preview", "send_one", "shares_of", "step", "take_lead", "wish_of",
]  # fmt: skip
