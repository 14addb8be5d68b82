"""What a moment of the timeline is, and the place in the stream after which a page begins."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, LiteralString

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
    complaint: int | None = None  # one that has a page of its own


@dataclass(frozen=True)
class Whose:
    """Whose timeline, and who reads it: a note is not for everybody, a complaint for the managers
    of its store; `store_ids` None means all."""

    member_id: int
    fan_ids: Collection[int]
    reader_id: int = 0
    is_manager: bool = True
    store_ids: Collection[int] | None = None


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
class Page:
    """Moments, and where the next page begins; None at her very first."""

    moments: Sequence[Moment] = field(default_factory=list)
    next: str | None = None


@dataclass(frozen=True)
class Row:
    """One row of a source. `more` was looked up after the page had been cut."""

    at: datetime
    key: str
    facts: Mapping[str, Any]
    more: Any


@dataclass(frozen=True)
class Source:
    """Where moments come from.

    `sql` answers `at`, `key` and `facts` (json) of every row of hers, `more` an expression over
    `shown` for those that a page shows. They know `:brand`, `:member`, `:fans`, and of the reader
    `:reader`, `:readers`, `:is_manager`, `:every_store` and `:stores`; `:names` and `:is_named`
    choose among events.
    """

    sql: LiteralString
    tell: Callable[[Row, Whose], Moment]
    kinds: Collection[Kind]
    more: LiteralString = "NULL"
    is_numbered: bool = True  # else its key is a uuid
