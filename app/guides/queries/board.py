"""The board: a store's day, or what changed of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core import clock
from app.guides.queries.people import MANAGERS, Person, known_of, people_of
from app.staff.service import Actor
from app.stores.models import Store
from app.visits import queries as visits
from app.visits.queries import Counts


@dataclass(frozen=True)
class Board:
    """A store's day up to `seq`; with `after`, the people who changed since."""

    store: Store
    seq: int
    now: datetime
    counts: Counts
    people: Sequence[Person]
    hands: Sequence[tuple[str, int]]  # who looks after how many; for who manages the store

    def at(self, place: str) -> list[Person]:
        """The people in one of the three places, newest first."""
        return [person for person in self.people if person.place == place]


def board(store: Store, actor: Actor, *, after: int = 0) -> Board:
    """The store's day. `seq` is read first: what comes later is sent again, never skipped."""
    now, seq = clock.now(), store.board_seq
    seen = visits.of_day(store.id, now, after=after)
    known = known_of({row.member_id for row in seen if row.member_id}, store.id, now)
    people_now = people_of(seen, known, actor, store, now)
    hands = visits.hands(store.id, now) if actor.role in MANAGERS else []
    return Board(store, seq, now, visits.counts(store.id, now), people_now, hands)
