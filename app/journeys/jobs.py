"""The `now` queue's work: understand what came in, react, send what is due at once."""

from __future__ import annotations

import time

from app.journeys import acquaintance, reactions, service, welcome
from app.wechat import service as wechat

SCANS_FIRST, HELPING = 10, 5  # each of a helping is a call of WeChat: a scan waits for it
SECONDS = 15  # under the job's limit, so that a long backlog is cut between transactions


def work() -> None:
    """Until nothing is due or the time is up; what is left is rung for again."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if _one_round() == 0:
            return


def _one_round() -> int:
    """Scans before anything that waits for WeChat, and that in small helpings."""
    by_name = reactions.by_name()
    dealt = wechat.drain()
    for _ in range(SCANS_FIRST):
        reacted = service.react_due(by_name)
        dealt += reacted + wechat.drain()
        if reacted == 0:
            break
    return dealt + welcome.send_due(HELPING) + acquaintance.make(HELPING)
