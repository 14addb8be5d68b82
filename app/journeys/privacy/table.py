"""The table of all rules, in the order in which they are carried out.

A feature with a new table that speaks of people adds a rule to its `privacy.py`; a table of
which no person can be read is named there under `NOT_OF_PEOPLE`. Rows that point at others go
before them; the fans and the member, by whom all others are found, come last.
"""

from __future__ import annotations

from app.benefits import privacy as benefits
from app.calls import privacy as calls
from app.complaints import privacy as complaints
from app.contests import privacy as contests
from app.core.privacy import Rule
from app.coupons import privacy as coupons
from app.credit import privacy as credit
from app.insights import privacy as insights
from app.journeys.privacy import common
from app.members import privacy as members
from app.orders import privacy as orders
from app.owners import privacy as owners
from app.points import privacy as points
from app.pushes import privacy as pushes
from app.tasks import privacy as tasks
from app.visits import privacy as visits

FEATURES = (
    pushes,
    tasks,
    complaints,
    calls,
    contests,
    credit,
    owners,
    benefits,
    insights,
    coupons,
    orders,
    points,
    visits,
    members,
)

RULES: tuple[Rule, ...] = (
    *common.BEFORE,
    *(rule for feature in FEATURES for rule in feature.RULES),
    *common.AFTER,
    *members.LAST,
)
NOT_OF_PEOPLE: frozenset[str] = frozenset(
    [*common.NOT_OF_PEOPLE, *(name for each in FEATURES for name in each.NOT_OF_PEOPLE)]
)
