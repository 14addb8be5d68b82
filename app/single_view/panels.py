"""The panels of the single view that members alone can fill: identities, consents, tags."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from app.brands.models import AccountKind
from app.core import db
from app.core.db import session
from app.members import queries as members
from app.members import service as people
from app.members.models import (
    Consent,
    ConsentChannel,
    IdentityKind,
    Member,
    Purpose,
)
from app.members.queries import Identity
from app.single_view import words

TAGS = """
SELECT carried.tag_id, tag."group", tag.name, carried.source, carried.tagged_at,
       staff.name AS tagged_by
FROM (
    SELECT tag_id, source, tagged_at, tagged_by_id FROM member_tags
    WHERE brand_id = :brand AND member_id = :member
    UNION ALL
    SELECT tag_id, source, tagged_at, NULL FROM fan_tags
    WHERE brand_id = :brand AND fan_id = ANY(CAST(:fans AS bigint[]))
) AS carried
JOIN tags tag ON tag.brand_id = :brand AND tag.id = carried.tag_id
LEFT JOIN staff ON staff.brand_id = :brand AND staff.id = carried.tagged_by_id
ORDER BY tag."group", tag.name, carried.tagged_at
"""
ACCOUNTS = {
    AccountKind.SERVICE: "服务号",
    AccountKind.MINIPROGRAM: "小程序",
    AccountKind.WECOM: "企业微信",
}


@dataclass(frozen=True)
class IdentityLine:
    """One name by which she is known, from where, since when."""

    kind: str
    shown: str
    source: str
    since: datetime | None
    is_over: bool = False


@dataclass(frozen=True)
class ConsentLine:
    """Where one purpose and channel stands; `is_given` is None where she was never asked."""

    purpose: str
    is_given: bool | None
    text_version: str | None
    door: str | None
    at: datetime | None


@dataclass(frozen=True)
class CarriedTag:
    """A tag with where it came from: who or which rule, and when."""

    tag_id: int
    group: str
    name: str
    source: str
    by: str | None
    at: datetime


def identities(member: Member) -> list[IdentityLine]:
    """Every name of hers with its door and time. An openid is nobody's to read."""
    return [
        IdentityLine(
            kind=_kind(each),
            shown=_shown(each, member),
            source=words.door(each.source),
            since=each.since,
            is_over=each.until is not None,
        )
        for each in members.identities_of(member.id)
    ]


def _kind(each: Identity) -> str:
    if each.kind == IdentityKind.OPENID and each.account_kind is not None:
        return ACCOUNTS[each.account_kind]
    return words.IDENTITIES[each.kind]


def _shown(each: Identity, member: Member) -> str:
    """Her phone of today as everywhere else; what is no secret says that it is known."""
    if each.kind == IdentityKind.PHONE and each.until is None:
        return people.masked_phone(member)
    return " ".join(part for part in (each.account, each.shown) if part) or "已连上"


_WORD = (
    Consent.purpose,
    Consent.channel,
    Consent.is_given,
    Consent.text_version,
    Consent.door,
    Consent.at,
)


def consents(member_id: int) -> list[ConsentLine]:
    """Every purpose with its channels; `ALL` speaks for each of them, the newest word holds."""
    hers = select(*_WORD).where(Consent.member_id == member_id)
    rows = session.execute(hers.order_by(Consent.at.desc(), Consent.id.desc())).all()
    return [_line(rows, purpose, channel) for purpose, channel in _asked()]


def _asked() -> list[tuple[Purpose, ConsentChannel]]:
    return [
        (Purpose.MEMBERSHIP, ConsentChannel.ALL),
        *((Purpose.MARKETING, channel) for channel in words.CHANNELS),
        (Purpose.PHONE, ConsentChannel.ALL),
        (Purpose.PROFILING, ConsentChannel.ALL),
    ]


def _line(rows: Sequence[Any], purpose: Purpose, channel: ConsentChannel) -> ConsentLine:
    speaks = {channel, ConsentChannel.ALL}
    word = next((row for row in rows if row.purpose == purpose and row.channel in speaks), None)
    name = words.purpose(purpose, channel)
    if word is None:
        return ConsentLine(name, None, None, None, None)
    return ConsentLine(name, word.is_given, word.text_version, words.door(word.door), word.at)


def tags(member_id: int, fan_ids: Collection[int]) -> list[CarriedTag]:
    """What she and her WeChats carry, each tag once, by its oldest provenance."""
    asked = {"brand": db.current_brand_id(), "member": member_id, "fans": list(fan_ids)}
    found: dict[int, CarriedTag] = {}
    for row in session.execute(text(TAGS), asked):
        source = words.source(row.source)
        tag = CarriedTag(row.tag_id, row.group, row.name, source, row.tagged_by, row.tagged_at)
        found.setdefault(row.tag_id, tag)
    return list(found.values())
