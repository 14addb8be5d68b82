"""Who is meant, and why some of them get nothing: the same SQL counts ahead and freezes.

A fan who is no member agreed by following and takes it back by unfollowing or by saying so.
Whoever is a member is asked for marketing consent, and her last word on it holds on every
account. Nobody markets to a child, whatever she or anybody ticked (PIPL art. 31).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.core import clock
from app.core.db import session
from app.pushes.models import MONTHLY_CAP, Push, PushRun, RunState, SkipReason
from app.pushes.service import approving, budget, runs, sql

_SPEAKS = "purpose = 'marketing' AND channel IN ('all', 'wechat')"
_SHE_AGREES = f"""
    coalesce((SELECT hers.is_given FROM consents hers
     WHERE hers.brand_id = fans.brand_id AND hers.member_id = fans.member_id AND {_SPEAKS}
     ORDER BY hers.at DESC, hers.id DESC LIMIT 1), false)"""  # noqa: S608
# What she said before she was known as a member counts until she is asked anew.
_SAID_NO = f"""
    EXISTS (SELECT FROM consents said
     WHERE said.brand_id = fans.brand_id AND said.fan_id = fans.id AND {_SPEAKS}
       AND said.at >= coalesce(fans.follow_changed_at, said.at)
       AND NOT EXISTS (SELECT FROM consents later
           WHERE later.brand_id = fans.brand_id AND later.member_id = fans.member_id
             AND {_SPEAKS} AND later.at > said.at))"""  # noqa: S608
_IS_A_CHILD = """
    (SELECT born_on FROM members
     WHERE members.brand_id = fans.brand_id AND members.id = fans.member_id) > :born_by"""
REFUSAL = f"""
CASE WHEN NOT fans.is_following THEN '{SkipReason.NOT_FOLLOWING}'
     WHEN fans.member_id IS NOT NULL AND NOT {_SHE_AGREES} THEN '{SkipReason.NO_CONSENT}'
     WHEN {_SAID_NO} THEN '{SkipReason.NO_CONSENT}'
     WHEN fans.member_id IS NOT NULL AND {_IS_A_CHILD} THEN '{SkipReason.UNDER_14}' END"""

# The hold-out is drawn by lot among those who could be reached, and has its exact share.
# Shaped so that each person is found by her key whatever the statistics say: after an import
# they say nothing, and a join may then compare everybody with everybody.
CLASSIFIED = f"""
WITH audience AS (
    SELECT fan_id FROM fan_tags WHERE brand_id = :brand AND tag_id = :tag
    UNION
    SELECT fans.id FROM member_tags JOIN fans USING (brand_id, member_id)
    WHERE brand_id = :brand AND tag_id = :tag
), people AS MATERIALIZED (
    SELECT fans.id, fans.account_id, {REFUSAL} AS refusal, md5(:run || ':' || fans.id) AS lot,
           (SELECT count FROM mass_counts WHERE mass_counts.brand_id = fans.brand_id
            AND mass_counts.fan_id = fans.id AND mass_counts.month = :month) AS charged
    FROM audience JOIN fans ON fans.brand_id = :brand AND fans.id = audience.fan_id
), drawn AS (
    SELECT id, refusal, charged, count(*) OVER reachable AS of_them,
           row_number() OVER (reachable ORDER BY lot, id) AS place
    FROM people WHERE account_id = :account WINDOW reachable AS (PARTITION BY refusal)
), classified AS (
    SELECT id AS fan_id, CASE
        WHEN refusal IS NOT NULL THEN refusal
        WHEN place <= (of_them * :holdout + 5000) / 10000 THEN '{SkipReason.HOLDOUT}'
        WHEN charged >= {MONTHLY_CAP} THEN '{SkipReason.MONTHLY_CAP}' END AS reason
    FROM drawn
)"""  # noqa: S608 - our own constants

FREEZE = f"""{CLASSIFIED}
INSERT INTO deliveries (brand_id, run_id, fan_id, state, reason)
SELECT :brand, :run_id, fan_id, CASE WHEN reason IS NULL THEN 'planned' ELSE 'skipped' END, reason
FROM classified"""  # noqa: S608

COUNT = f"{CLASSIFIED} SELECT reason, count(*) AS people FROM classified GROUP BY reason"  # noqa: S608
COUNTED_AHEAD = "0"  # stands for the run that does not exist yet


@dataclass(frozen=True)
class Reach:
    """A count ahead: selected = will_send + the sum of the reasons."""

    selected: int = 0
    will_send: int = 0
    skipped: dict[SkipReason, int] = field(default_factory=dict)


def reach(
    tag_id: int, holdout_basis_points: int, account_id: int, month: str | None = None
) -> Reach:
    """Count now who would get it; `month` (YYYY-MM) is the present one unless told."""
    found = sql.rows(
        COUNT,
        tag=tag_id,
        holdout=holdout_basis_points,
        account=account_id,
        month=month or budget.present_month(),
        run=COUNTED_AHEAD,
    )
    counts = {row.reason: row.people for row in found}
    will_send = counts.pop(None, 0)
    skipped = {reason: counts[reason] for reason in SkipReason if reason in counts}
    return Reach(will_send + sum(skipped.values()), will_send, skipped)


def freeze(run_id: int) -> bool:
    """Write one delivery a person, in this one transaction.

    False when it was done before, or when so many people need somebody else's approval.
    """
    run = runs.lock_if_free(run_id, RunState.PLANNED)
    if run is None:
        return False
    push = runs.push_of(run)
    try:
        with session.begin_nested():
            approving.demand(push, _freeze(run, push))
    except approving.Unapproved:
        approving.hold(push)
        return False
    run.state, run.started_at = RunState.SENDING, clock.now()
    return True


def _freeze(run: PushRun, push: Push) -> int:
    sql.execute("SET LOCAL statement_timeout = '50s'")  # a big brand's audience, once a run
    return sql.execute(
        FREEZE,
        tag=push.tag_id,
        holdout=push.holdout_basis_points,
        account=push.account_id,
        month=budget.present_month(),
        run=str(run.id),
        run_id=run.id,
    )
