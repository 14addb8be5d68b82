"""What a moment of the timeline is, and the place in the stream after which a page begins."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, true

from app.core.errors import BadInput

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_PLACE = re.compile(r"(\d{1,17})-(\d{1,2})-([0-9a-f-]{1,36})")


class Kind(StrEnum):
    """The filters above the timeline."""

    VISIT = "visit"
    PURCHASE = "purchase"
    PUSH = "push"
    BENEFIT = "benefit"
    CONTACT = "contact"
    OTHER = "other"  # shown under 全部 alone


@dataclass(frozen=True)
class Gate:
    """One thing that was looked at before something was sent, and whether she passed it."""

    words: str
    is_passed: bool


@dataclass(frozen=True)
class Moment:
    """One thing that happened, in words that name nobody."""

    at: datetime
    kind: Kind
    key: str  # its number among moments of its source
    icon: str
    words: str
    details: Sequence[str] = ()
    badge: str = ""
    tone: str = ""
    link: str | None = None  # to a recording
    gates: Sequence[Gate] = ()
    undo: str | None = None  # what may still be taken back, and by whom it is asked


@dataclass(frozen=True)
class Whose:
    """Whose timeline, and who reads it: a note is not for everybody."""

    member_id: int
    fan_ids: Collection[int]
    reader_id: int = 0
    is_manager: bool = True


@dataclass(frozen=True)
class Before:
    """A place in the stream: time, then the source's rank, then the source's own number."""

    at: datetime
    rank: int
    key: str

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // MICROSECOND}-{self.rank}-{self.key}"

    @classmethod
    def read(cls, text: str) -> Before:
        """What `str` wrote. Raises BadInput naming the field."""
        found = _PLACE.fullmatch(text)
        if found is None:
            raise BadInput(fields={"before": ["这个位置读不懂，从头再看"]})
        return cls(EPOCH + int(found[1]) * MICROSECOND, int(found[2]), found[3])


@dataclass(frozen=True)
class Window:
    """So many of one source's moments, before a place in the stream; of one kind, or of all."""

    rank: int
    limit: int
    before: Before | None = None
    kind: str = ""

    def holds(self, at: Any, key: Any, read: Callable[[str], Any] = int) -> ColumnElement[bool]:
        """Whether a row of this source comes after the place, in the stream's order."""
        if self.before is None:
            return true()
        earlier: ColumnElement[bool] = at < self.before.at
        if self.rank > self.before.rank:
            return earlier
        same_time: ColumnElement[bool] = at == self.before.at
        if self.rank == self.before.rank:
            same_time = and_(same_time, key < self._key(read))
        return or_(earlier, same_time)

    def _key(self, read: Callable[[str], Any]) -> Any:
        try:
            return read(self.before.key if self.before else "")
        except ValueError:
            raise BadInput(fields={"before": ["这个位置读不懂，从头再看"]}) from None


@dataclass(frozen=True)
class Page:
    """Moments, and where the next page begins; None at her very first."""

    moments: Sequence[Moment] = field(default_factory=list)
    next: str | None = None


Source = Callable[[Whose, Window], list[Moment]]
