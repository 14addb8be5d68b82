"""What either refused is refused; what either agreed to holds, if nobody refused it.

Rows of consents are never edited nor handed over: a merge and its undoing each say a word more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db
from app.core.db import session
from app.journeys.merging.rows import Pair, Record
from app.members.models import Consent, ConsentChannel, MemberMerge, Purpose

MERGED, UNDONE = "merge", "unmerge"
CHANNELS = tuple(each for each in ConsentChannel if each is not ConsentChannel.ALL)


@dataclass(frozen=True)
class Word:
    """The newest word for a purpose and channel. One that an undoing said speaks for nobody."""

    id: int
    is_given: bool
    is_hers: bool
    text_version: str


@dataclass(frozen=True)
class Matter:
    """What a word is about."""

    purpose: Purpose
    channel: ConsentChannel


def matters() -> Iterator[Matter]:
    """Marketing goes by channel, the other purposes by none."""
    for purpose in Purpose:
        is_by_channel = purpose is Purpose.MARKETING
        for channel in CHANNELS if is_by_channel else (ConsentChannel.ALL,):
            yield Matter(purpose, channel)


def last_words(member_id: int) -> dict[Matter, Word]:
    """What holds for her now; a matter of which she was never asked is missing."""
    return dict(_words(member_id))


def _words(member_id: int, since: datetime | None = None) -> Iterator[tuple[Matter, Word]]:
    """All she said, the newest last; `since` leaves out what merges and their undoings said."""
    hers = select(Consent).where(Consent.member_id == member_id)
    if since is not None:
        hers = hers.where(Consent.at > since, Consent.door.not_in([MERGED, UNDONE]))
    for row in session.scalars(hers.order_by(Consent.at, Consent.id)).all():
        is_hers = row.is_given or row.door != UNDONE
        word = Word(row.id, row.is_given, is_hers, row.text_version)
        for matter in matters():
            if row.purpose == matter.purpose and row.channel in (
                ConsentChannel.ALL,
                matter.channel,
            ):
                yield matter, word


def together(one: Word | None, other: Word | None) -> Word | None:
    """The word that holds for both: a refusal before an agreement."""
    said = [word for word in (one, other) if word is not None and word.is_hers]
    return min(said, key=lambda word: word.is_given, default=None)


class Consents:
    """The survivor gets the word that holds for both; hers returns when they are two again."""

    def merge(self, pair: Pair) -> Record:
        hers, theirs = last_words(pair.survivor_id), last_words(pair.merged_id)
        said = []
        for matter in matters():
            both = together(hers.get(matter), theirs.get(matter))
            was_given = _said_by_her(hers.get(matter))
            if both is None or both.is_given == was_given:
                continue
            row_id = _say(pair.survivor_id, matter, both.is_given, both.text_version, MERGED)
            said.append([matter.purpose, matter.channel, was_given, row_id])
        return said

    def undo(self, pair: Pair, record: Record) -> list[str]:
        before = {(purpose, channel): rest for purpose, channel, *rest in record}
        for matter, now in last_words(pair.survivor_id).items():
            was_given, row_id = before.get((matter.purpose, matter.channel), (None, None))
            if row_id == now.id:
                _say(pair.survivor_id, matter, was_given is True, now.text_version, UNDONE)
        self._refuse_for_both(pair)
        return []

    def _refuse_for_both(self, pair: Pair) -> None:
        """She said no while they were one: nobody can tell for which of the two, and what she
        agreed to afterwards is the survivor's word."""
        theirs = last_words(pair.merged_id)
        for matter, refusal in _words(pair.survivor_id, since=_merged_at(pair)):
            word = theirs.get(matter)
            if not refusal.is_given and (word is None or word.is_given):
                _say(pair.merged_id, matter, False, refusal.text_version, MERGED)
                theirs = last_words(pair.merged_id)


def _said_by_her(word: Word | None) -> bool | None:
    return word.is_given if word is not None and word.is_hers else None


def _merged_at(pair: Pair) -> datetime:
    return session.get_one(MemberMerge, (db.current_brand_id(), pair.merge_id)).merged_at


def _say(member_id: int, matter: Matter, is_given: bool, version: str, door: str) -> int:
    values = {
        "brand_id": db.current_brand_id(),
        "member_id": member_id,
        "purpose": matter.purpose,
        "channel": matter.channel,
        "is_given": is_given,
        "text_version": version,
        "door": door,
        "at": clock.now(),
    }
    return session.scalars(insert(Consent).values(values).returning(Consent.id)).one()
