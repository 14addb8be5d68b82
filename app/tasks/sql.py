"""The conditions that every reading and writing of tasks shares, in SQL and nowhere else.

A statement with them knows `:now` and `:born_by`; whoever was born later is a child today.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.core import clock, db
from app.members.service import ages

CLOSES_AFTER = timedelta(days=7)  # so long a task stands among those that are over
# Ways a guide has: she writes, or she rings. One yes is enough to ask her to.
_WAYS = "(VALUES ('wechat'), ('sms'), ('call')) AS way(channel)"
_AGREES = f"""
    EXISTS (SELECT FROM {_WAYS} WHERE (
        SELECT said.is_given FROM consents said
        WHERE said.brand_id = m.brand_id AND said.member_id = m.id
          AND said.purpose = 'marketing' AND said.channel IN ('all', way.channel)
        ORDER BY said.at DESC, said.id DESC LIMIT 1))"""  # noqa: S608 - ours
# What she said to the account before she was known as a member counts until she is asked anew.
_SAID_NO = """
    EXISTS (SELECT FROM fans f JOIN consents said
        ON (said.brand_id, said.fan_id) = (f.brand_id, f.id)
    WHERE f.brand_id = m.brand_id AND f.member_id = m.id AND said.purpose = 'marketing'
      AND NOT said.is_given AND said.at >= coalesce(f.follow_changed_at, said.at)
      AND NOT EXISTS (SELECT FROM consents later
          WHERE later.brand_id = m.brand_id AND later.member_id = m.id
            AND later.purpose = 'marketing' AND later.at > said.at))"""
STANDS = "m.merged_into_id IS NULL AND m.erased_at IS NULL"
IS_GROWN_UP = "(m.born_on IS NULL OR m.born_on <= :born_by)"
SAYS_YES = f"({IS_GROWN_UP} AND {_AGREES} AND NOT {_SAID_NO})"
MAY_BE_ASKED = f"({STANDS} AND {SAYS_YES})"  # on `members m`

BOUGHT_SINCE = """
    EXISTS (SELECT FROM orders bought
    WHERE bought.brand_id = tasks.brand_id AND bought.member_id = tasks.member_id
      AND bought.paid_at > tasks.created_at AND bought.paid_fen > 0
      AND bought.state IN ('paid', 'partly_returned'))"""
SHE_MAY_BE_ASKED = f"""
    EXISTS (SELECT FROM members m
    WHERE m.brand_id = tasks.brand_id AND m.id = tasks.member_id AND {MAY_BE_ASKED})"""
# The guide still works there; else the task is the store's.
HAS_GUIDE = """
    EXISTS (SELECT FROM staff s JOIN staff_stores w
        ON (w.brand_id, w.staff_id) = (s.brand_id, s.id)
    WHERE s.brand_id = tasks.brand_id AND s.id = tasks.guide_id AND s.is_active
      AND w.store_id = tasks.store_id)"""
IS_LIVE = f"""tasks.state = 'open' AND tasks.due_at > CAST(:oldest AS timestamptz)
    AND NOT {BOUGHT_SINCE} AND {SHE_MAY_BE_ASKED}"""


def given(now: datetime) -> dict[str, Any]:
    """What the conditions ask for."""
    return {
        "brand": db.current_brand_id(),
        "now": now,
        "oldest": now - CLOSES_AFTER,
        "born_by": ages.born_by(clock.now()),
    }
