"""The panels of the single view that members alone can fill: identities, consents, tags."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, literal, null, select, union_all

from app.brands.models import AccountKind
from app.core import db
from app.core.db import session
from app.members import queries as members
from app.members import service as people
from app.members.models import (
    Consent,
    ConsentChannel,
    FanTag,
    IdentityKind,
    Member,
    MemberTag,
    Purpose,
    Tag,
)
from app.members.queries import Identity
from app.single_view import words
from app.staff.models import Staff

ACCOUNTS = {AccountKind.SERVICE: "服务号", AccountKind.MINIPROGRAM: "小程序"}


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
    on_fans = select(
        FanTag.tag_id, FanTag.source, FanTag.tagged_at, null().label("tagged_by_id")
    ).where(FanTag.fan_id.in_(fan_ids))
    on_member = select(
        MemberTag.tag_id, MemberTag.source, MemberTag.tagged_at, MemberTag.tagged_by_id
    ).where(MemberTag.member_id == member_id)
    carried = union_all(on_member, on_fans).subquery()
    brand_id = literal(db.current_brand_id())
    by = and_(Staff.brand_id == brand_id, Staff.id == carried.c.tagged_by_id)
    wanted = (
        select(carried, Tag.group, Tag.name, Staff.name.label("by"))
        .join(Tag, and_(Tag.brand_id == brand_id, Tag.id == carried.c.tag_id))
        .outerjoin(Staff, by)
        .order_by(Tag.group, Tag.name, carried.c.tagged_at)
    )
    found: dict[int, CarriedTag] = {}
    for row in session.execute(wanted):
        tag = CarriedTag(
            row.tag_id, row.group, row.name, words.source(row.source), row.by, row.tagged_at
        )
        found.setdefault(row.tag_id, tag)
    return list(found.values())
