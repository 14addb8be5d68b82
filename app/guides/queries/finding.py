"""Finding a member of the store."""

from __future__ import annotations

from dataclasses import dataclass

from app.members import queries as members
from app.members import service as people
from app.members.models import Member
from app.members.service import search
from app.points import queries as points
from app.points.queries import Standing
from app.stores.models import Store

SHOWN_NEW = 20


@dataclass(frozen=True)
class Found:
    """A member of the store as a list shows her: masked."""

    id: int
    number: str
    shown_name: str
    phone_masked: str
    standing: Standing


def find(asked: str, store: Store) -> list[Found]:
    """Members of this store alone whom these words mean; without words, who joined last."""
    theirs = (Member.main_store_id == store.id) & Member.merged_into_id.is_(None)
    mine = theirs & Member.erased_at.is_(None)
    found = search.search(asked, mine) if asked else members.newest(mine, SHOWN_NEW)
    standings = points.standings([member.id for member in found])
    return [
        Found(
            id=member.id,
            number=member.number,
            shown_name=people.shown_name(member),
            phone_masked=people.masked_phone(member),
            standing=standings[member.id],
        )
        for member in found
    ]
