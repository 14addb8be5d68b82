"""The sources of the timeline as one statement: the newest of each, and of those the newest."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import TextClause, text

from app.core import db
from app.core.db import session
from app.core.errors import BadInput
from app.members.models import Readers
from app.single_view.timeline import benefits, contacts, deliveries, happened, shop
from app.single_view.timeline.moments import Before, Kind, Moment, Page, Row, Source, Whose

SHOWN = 30
KINDS = {
    "": "全部",
    Kind.VISIT: "到店",
    Kind.PURCHASE: "消费",
    Kind.PUSH: "推送",
    Kind.BENEFIT: "券与积分",
    Kind.CONTACT: "沟通",
}
# In one order for ever: a place in the stream names a source by its rank here.
SOURCES = (
    happened.EVENTS,
    shop.VISITS,
    shop.ORDERS,
    benefits.POINTS,
    benefits.COUPONS,
    benefits.REDEMPTIONS,
    deliveries.PUSHES,
    contacts.CONTACTS,
    contacts.NOTES,
    happened.CONSENTS,
    happened.TAGS,
    contacts.COMPLAINTS,
)
FIRST_PAGE: Mapping[str, Any] = {
    "at": datetime(9999, 12, 31, tzinfo=UTC),
    "rank": len(SOURCES),
    "number": 2**63 - 1,
    "uuid": uuid.UUID(int=2**128 - 1),
}
PAGE = """
SELECT rank, at, number, uuid, facts, CASE rank {more} END AS more
FROM (SELECT * FROM ({sources}) AS hers
      ORDER BY at DESC, rank DESC, number DESC, uuid DESC LIMIT {limit}) AS shown
ORDER BY at DESC, rank DESC, number DESC, uuid DESC
"""
SOURCE = """
(SELECT {rank} AS rank, at, {number} AS number, {uuid} AS uuid, facts FROM ({sql}) AS hers
 WHERE (at, {rank}, key) < (:at, :rank, {place})
 ORDER BY at DESC, key DESC LIMIT {limit})
"""


def read(whose: Whose, *, kind: str = "", before: str = "", limit: int = SHOWN) -> Page:
    """A page of her timeline. Raises BadInput for a kind or a place that does not exist."""
    if kind not in KINDS:
        raise BadInput(fields={"kind": [f"只能是 {'、'.join(each for each in KINDS if each)}"]})
    asked = _person(whose) | dict(happened.named(kind)) | dict(_place(before))
    found = session.execute(_statement(kind, limit + 1), asked).all()
    told = [(row.rank, _moment(row, whose)) for row in found[:limit]]
    is_more = len(found) > limit
    return Page([moment for _, moment in told], _after(*told[-1]) if is_more else None)


@cache
def _statement(kind: str, limit: int) -> TextClause:
    asked = [
        (rank, source)
        for rank, source in enumerate(SOURCES)
        if not kind or Kind(kind) in source.kinds
    ]
    return text(
        PAGE.format(
            sources=" UNION ALL ".join(_branch(rank, source, limit) for rank, source in asked),
            more=" ".join(f"WHEN {rank} THEN ({source.more})" for rank, source in asked),
            limit=limit,
        )
    )


def _branch(rank: int, source: Source, limit: int) -> str:
    keys = ("key", "NULL::uuid") if source.is_numbered else ("NULL::bigint", "key")
    return SOURCE.format(
        rank=rank,
        number=keys[0],
        uuid=keys[1],
        sql=source.sql,
        place=":number" if source.is_numbered else ":uuid",
        limit=limit,
    )


def _person(whose: Whose) -> dict[str, Any]:
    return {
        "brand": db.current_brand_id(),
        "member": whose.member_id,
        "fans": list(whose.fan_ids),
        "reader": whose.reader_id,
        "readers": [Readers.EVERYONE, *([Readers.MANAGERS] if whose.is_manager else [])],
        "is_manager": whose.is_manager,
        "every_store": whose.store_ids is None,
        "stores": sorted(whose.store_ids or ()),
    }


def _place(before: str) -> Mapping[str, Any]:
    """What `before` names, a row's own number read as its source numbers them."""
    if not before:
        return FIRST_PAGE
    place = Before.read(before)
    found = {**FIRST_PAGE, "at": place.at, "rank": place.rank}
    try:
        if SOURCES[place.rank].is_numbered:
            return found | {"number": int(place.key)}
        return found | {"uuid": uuid.UUID(place.key)}
    except (ValueError, IndexError):
        raise BadInput(fields={"before": ["这个位置读不懂，从头再看"]}) from None


def _moment(found: Any, whose: Whose) -> Moment:
    key = found.uuid if found.number is None else found.number
    return SOURCES[found.rank].tell(Row(found.at, str(key), found.facts, found.more), whose)


def _after(rank: int, moment: Moment) -> str:
    return str(Before(moment.at, rank, moment.key))
