"""What a rule would do with everybody of the brand, before it is published. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text

from app.core.db import session
from app.owners.queries import deciding
from app.owners.queries.deciding import CHANGING, Decided, Verdict
from app.owners.rules import Rule, Way

EXAMPLES = 10
PATIENCE = text("SET LOCAL statement_timeout = '50s'")  # of a person who waits for a big brand
# One reading for both: the counts, and of those who change hands the first some of each verdict.
_TRIED = """, counted AS (
    SELECT verdict, step, count(*) AS many FROM decided GROUP BY verdict, step
), examples AS (
    SELECT d.*, row_number() OVER (PARTITION BY verdict ORDER BY member_id) AS place
    FROM decided d WHERE verdict = ANY(:verdicts)
), shown AS (
    SELECT * FROM examples ORDER BY place, verdict, member_id LIMIT :some
)
SELECT verdict, step, many, NULL::bigint AS member_id, NULL::bigint AS held_by,
    NULL::bigint AS held_in, NULL::bigint AS staff_id, NULL::bigint AS store_id FROM counted
UNION ALL
SELECT verdict, step, NULL, member_id, held_by, held_in, staff_id, store_id FROM shown"""


@dataclass(frozen=True)
class Trial:
    """How many of each verdict, how many change hands by which way, and some of them."""

    verdicts: Mapping[Verdict, int]
    ways: Mapping[Way, int]
    examples: Sequence[Decided]

    @property
    def whole(self) -> int:
        """All members."""
        return sum(self.verdicts.values())

    @property
    def changing(self) -> int:
        """How many would get a guide, or another one."""
        return sum(self.verdicts[each] for each in CHANGING)


def trial(rule: Rule) -> Trial:
    """Try it on everybody, in one statement."""
    session.execute(PATIENCE)
    verdicts = [str(each) for each in CHANGING]
    rows = deciding.run(rule, _TRIED, verdicts=verdicts, some=EXAMPLES)
    counted = [row for row in rows if row.member_id is None]
    whole = dict.fromkeys(Verdict, 0)
    ways: dict[Way, int] = {step.way: 0 for step in rule.steps if step.way is not Way.EXCLUSIVE}
    for row in counted:
        whole[Verdict(row.verdict)] += row.many
        if row.verdict in verdicts:
            ways[rule.steps[row.step].way] += row.many
    shown = [row for row in rows if row.member_id is not None]
    examples = [deciding.decided_of(rule, row) for row in shown]
    return Trial(whole, ways, sorted(examples, key=lambda each: each.member_id))
