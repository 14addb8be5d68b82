"""What really happened to her, read from events, log and chat; nothing here is a timer."""

from dataclasses import dataclass
from typing import Any

from sandbox.box import Box
from sandbox.clock import month_start_ms
from sandbox.story.run import Run

FIRST = """
SELECT (SELECT min(at_ms) FROM events WHERE person_id = :person AND scene <> '') AS scanned_ms,
  (SELECT min(at_ms) FROM events WHERE person_id = :person AND what IN ('subscribe', 'SCAN'))
    AS followed_ms,
  (SELECT min(at_ms) FROM messages JOIN fans USING (openid)
    WHERE person_id = :person AND via IN ('custom', 'reply')) AS welcome_ms,
  (SELECT min(at_ms) FROM messages JOIN fans USING (openid)
    WHERE person_id = :person AND via = 'mass') AS pushed_ms,
  (SELECT min(at_ms) FROM log WHERE person_id = :person AND errcode = 0
    AND path = '/wxa/business/getuserphonenumber') AS phone_ms,
  (SELECT count(*) FROM log WHERE person_id = :person AND kind = 'callback') AS deliveries,
  (SELECT count(DISTINCT event_id) FROM log WHERE person_id = :person AND kind = 'callback')
    AS events,
  (SELECT count(*) FROM messages JOIN fans USING (openid) WHERE person_id = :person) AS messages,
  (SELECT count(DISTINCT digest) FROM messages JOIN fans USING (openid)
    WHERE person_id = :person) AS different,
  (SELECT count(*) FROM mass_recipients JOIN fans USING (openid)
    WHERE person_id = :person AND at_ms >= :month) AS quota_used"""


@dataclass(frozen=True)
class Facts:
    """Her visit so far; None is "not yet"."""

    scanned_ms: int | None
    followed_ms: int | None
    welcome_ms: int | None
    pushed_ms: int | None
    phone_ms: int | None
    deliveries: int
    events: int
    messages: int
    different: int
    quota_used: int


def of_run(box: Box, run: Run) -> Facts:
    """The facts of a visit."""
    values = {"person": run.person_id, "month": month_start_ms(box.clock.now_ms())}
    return Facts(**dict(box.store.rows_named(FIRST, values)[0]))


def sums(facts: Facts, run: Run) -> dict[str, Any]:
    """The four figures at the foot of the log."""
    seen, followed = run.marks.get("seen"), facts.followed_ms
    return {
        "scan_to_guide_ms": seen - followed if seen and followed else None,
        "deliveries": facts.deliveries,
        "events": facts.events,
        "resends": facts.deliveries - facts.events,
        "messages": facts.messages,
        "duplicates": facts.messages - facts.different,
        "quota_used": facts.quota_used,
    }
