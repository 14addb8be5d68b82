"""G1: what was acknowledged is never lost, whatever is killed, and takes effect once.

The negative control acknowledges when the message lies in Redis, and is treated the same way.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import Any

from sqlalchemy import func, select

from app.core import db, inbox
from app.core.db import session
from app.core.events import Event, ReactionState, ReactionWork
from app.core.inbox import InboxMessage, InboxState
from app.members.models import Fan
from app.visits.models import Visit
from tests.soak import enqueue_only
from tests.soak.installation import VICTIMS, Installation, eventually, installed
from tests.soak.scene import percentile, row
from tests.soak.sender import Push, Sender, write

EARLIEST, LATEST = 0.010, 0.400  # seconds from the traffic's start to the kill
EMPTIED_EVERY = 5  # at how many kills Redis is emptied too
COMES_BACK_SECONDS, DRAINED_SECONDS, SLOWEST_MS, P99_MS = 90.0, 120.0, 4_500, 500
WHOLE = 5_000  # messages of the long form
CONTROL_KILLS = 4


def measure(seed: int, *, messages: int = WHOLE, kills: int = 60) -> dict[str, Any]:
    """Row G1."""
    with installed() as place:
        sender, killed = _storm(place, random.Random(seed), messages, kills, EMPTIED_EVERY)
        recovered = _seconds_until_all_is_done()
        lost = len(sender.acked - set(_stored()))
        effects = _effects(sender)
        control_acked, control_lost = _control(place, seed, messages // 4)
    figures = {
        "sent": len(sender.sent),
        "kills": dict(killed),
        "redis_emptied": kills // EMPTIED_EVERY,
        "seconds_until_all_was_done": recovered,
        "slowest_ack_ms": percentile(sender.waits_ms, 1),
        **effects,
        "control_acked": control_acked,
        "control_lost": control_lost,
    }
    once = all(found == wanted for found, wanted in effects.values())
    return row(
        "G1",
        seed,
        passed=lost == 0 and once and recovered is not None and _is_quick(sender, messages),
        control_failed=control_lost > 0,
        kills=kills,
        acked=len(sender.acked),
        lost=lost,
        doubled=sum(max(0, found - wanted) for found, wanted in effects.values()),
        unknown=effects["messages"][0] - len(sender.acked) + lost,
        p50_ms=percentile(sender.waits_ms, 0.5),
        p99_ms=percentile(sender.waits_ms, 0.99),
        figures=figures,
    )


def _is_quick(sender: Sender, messages: int) -> bool:
    """None near WeChat's five seconds; of the long form 99 in 100 within half a second."""
    enough = messages < WHOLE or percentile(sender.waits_ms, 0.99) < P99_MS
    return enough and max(sender.waits_ms) < SLOWEST_MS


def _storm(
    place: Installation, rng: random.Random, messages: int, kills: int, emptied_every: int
) -> tuple[Sender, Counter[str]]:
    """Traffic starts, something is killed in it, and when messages are taken again, the next.

    What asks whether they are comes on top, so there is more at hand than `messages`."""
    brand, killed = place.brand, Counter[str]()
    pushes = write(rng, 3 * messages, place.scenes)
    sender = Sender(place.port, brand.service.url_key, brand.service.appid, rng.randrange(10**9))
    try:
        for number, victim in enumerate(_victims(rng, kills), 1):
            _wait_for_an_ack(sender, pushes)
            sender.put(_next(pushes, messages // (kills + 1)), LATEST)
            time.sleep(rng.uniform(EARLIEST, LATEST))
            place.kill(victim, is_redis_emptied=number % emptied_every == 0)
            killed[victim] += 1
        _wait_for_an_ack(sender, pushes)
        sender.put(_next(pushes, max(1, messages - len(sender.sent))), LATEST)
        sender.finish()
    finally:
        sender.stop()
    return sender, killed


def _victims(rng: random.Random, kills: int) -> list[str]:
    """Each as often as any other, in no order."""
    bag = [victim for _ in range(kills // len(VICTIMS) + 1) for victim in VICTIMS][:kills]
    rng.shuffle(bag)
    return bag


def _next(pushes: list[Push], count: int) -> list[Push]:
    taken, pushes[:] = pushes[:count], pushes[count:]
    return taken


def _wait_for_an_ack(sender: Sender, pushes: list[Push]) -> None:
    """Raises RuntimeError when the installation does not come back."""
    heard, until = len(sender.waits_ms), time.monotonic() + COMES_BACK_SECONDS
    while len(sender.waits_ms) == heard:
        if time.monotonic() > until:
            raise RuntimeError("the installation took no message any more")
        sender.put(_next(pushes, 1), 0)
        time.sleep(0.5)


def _seconds_until_all_is_done() -> float | None:
    began = time.monotonic()
    is_done = eventually(lambda: _left() == 0, DRAINED_SECONDS)
    return round(time.monotonic() - began, 1) if is_done else None


def _left() -> int:
    new = select(func.count()).select_from(InboxMessage).filter_by(state=InboxState.NEW)
    due = select(func.count()).select_from(ReactionWork).filter_by(state=ReactionState.DUE)
    with db.system_transaction():
        return (session.scalar(new) or 0) + (session.scalar(due) or 0)


def _stored() -> list[str]:
    with db.system_transaction():
        return [inbox.read(message) for message in session.scalars(select(InboxMessage))]


def _effects(sender: Sender) -> dict[str, tuple[int, int]]:
    """Found, and wanted by the plaintexts that are stored, acknowledged or not: each once."""
    stored = _stored()
    known = [sender.sent[xml] for xml in set(stored)]
    with db.system_transaction():
        events = session.scalar(select(func.count()).where(Event.name.like("wechat.s%"))) or 0
        fans = session.scalar(select(func.count()).select_from(Fan)) or 0
        visits = session.scalar(select(func.count()).select_from(Visit)) or 0
    return {
        "messages": (len(stored), len(known)),
        "events": (events, len(known)),
        "fans": (fans, len({push.openid for push in known})),
        "visits": (visits, len({(push.openid, push.scene) for push in known})),
    }


def _control(place: Installation, seed: int, messages: int) -> tuple[int, int]:
    """Acked and lost where an answer means no more than an entry in Redis."""
    place.run_instead({"stream": enqueue_only.command(place.port, place.brand.service.appid)})
    with enqueue_only.working(place.redis) as stored:
        sender, _ = _storm(place, random.Random(seed), messages, CONTROL_KILLS, emptied_every=2)
        eventually(lambda: sender.acked <= stored, 3)
        return len(sender.acked), len(sender.acked - stored)
