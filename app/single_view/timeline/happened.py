"""Moments from events, consents and the tags that rules put on her."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, and_, or_, select, union_all

from app.core.db import session
from app.core.events import Event
from app.members import timeline
from app.members.models import Consent, FanTag, MemberTag, Tag
from app.members.service.tagging import SOURCE as BY_STAFF
from app.single_view import words
from app.single_view.timeline.moments import Kind, Moment, Whose, Window
from app.visits.models import Visit

# Told better by the rows themselves, with what they are worth.
TOLD_ELSEWHERE = ("coupon.issued", "coupon.redeemed", "coupon.use_undone")
SCANNED = "wechat.scanned"
KINDS: Mapping[Kind, Sequence[str]] = {
    Kind.VISIT: (SCANNED, "wechat.subscribed", "member.joined"),
    Kind.PURCHASE: ("wechat.card_paid",),
    Kind.PUSH: ("wechat.template_finished", "wechat.subscription_sent"),
    Kind.BENEFIT: ("wechat.card_taken", "wechat.card_given", "wechat.card_used"),
    Kind.CONTACT: (
        "wechat.message_received",
        "wechat.menu_clicked",
        "wechat.session_entered",
        "wechat.unsubscribed",
        "wechat.subscription_answered",
        "wechat.subscription_changed",
        "wecom.contact_added",
        "wecom.contact_removed",
        "wecom.guide_removed",
    ),
}
_KIND_OF = {name: kind for kind, names in KINDS.items() for name in names}
ICONS = {
    Kind.VISIT: "scan",
    Kind.PURCHASE: "coin",
    Kind.PUSH: "send",
    Kind.BENEFIT: "ticket",
    Kind.CONTACT: "link",
    Kind.OTHER: "tag",
}


def events(whose: Whose, window: Window) -> list[Moment]:
    """What WeChat told, joining, tags by hand. A scan that is a visit is told as that."""
    hers = or_(Event.fan_id.in_(whose.fan_ids), Event.member_id == whose.member_id)
    wanted = (
        select(Event)
        .where(hers, _named(window.kind), ~_is_visit(), window.holds(Event.at, Event.id))
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(window.limit)
    )
    found = list(session.scalars(wanted))
    tags = _tag_names({event.data["tag_id"] for event in found if "tag_id" in event.data})
    return [_event(event, tags) for event in found]


def _named(kind: str) -> ColumnElement[bool]:
    if kind:
        return Event.name.in_(KINDS.get(Kind(kind), ()))
    return Event.name.not_in(TOLD_ELSEWHERE)


def _is_visit() -> ColumnElement[bool]:
    same = and_(
        Visit.brand_id == Event.brand_id,
        Visit.fan_id == Event.fan_id,
        Visit.scanned_at == Event.at,
    )
    return and_(Event.name == SCANNED, select(Visit.id).where(same).exists())


def _event(event: Event, tags: Mapping[int, str]) -> Moment:
    told, kind = timeline.moment_of(event), _KIND_OF.get(event.name, Kind.OTHER)
    tag = tags.get(event.data.get("tag_id", 0))
    return Moment(
        at=event.at,
        kind=kind,
        key=str(event.id),
        icon=ICONS[kind],
        words=f"{told.words}「{tag}」" if tag else told.words,
        details=[told.detail] if told.detail else ["手动"] if tag else [],
    )


def _tag_names(ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    return {tag.id: tag.name for tag in session.scalars(select(Tag).where(Tag.id.in_(ids)))}


def consents(whose: Whose, window: Window) -> list[Moment]:
    """What she agreed to or took back."""
    wanted = (
        select(Consent)
        .where(Consent.member_id == whose.member_id, window.holds(Consent.at, Consent.id))
        .order_by(Consent.at.desc(), Consent.id.desc())
        .limit(window.limit)
    )
    return [_consent(row) for row in session.scalars(wanted)]


def _consent(row: Consent) -> Moment:
    head, icon = ("同意", "check") if row.is_given else ("不同意", "cross")
    return Moment(
        at=row.at,
        kind=Kind.CONTACT,
        key=str(row.id),
        icon=icon,
        words=f"{head}：{words.purpose(row.purpose, row.channel)}",
        details=[f"{words.door(row.door)} · 文本 {row.text_version}"],
    )


def tags(whose: Whose, window: Window) -> list[Moment]:
    """Tags that rules and imports put on her; those of staff are events."""
    on_fans = select(FanTag.tag_id, FanTag.source, FanTag.tagged_at).where(
        FanTag.fan_id.in_(whose.fan_ids)
    )
    on_member = select(MemberTag.tag_id, MemberTag.source, MemberTag.tagged_at).where(
        MemberTag.member_id == whose.member_id, MemberTag.source != BY_STAFF
    )
    carried = union_all(on_fans, on_member).subquery()
    wanted = (
        select(carried, Tag.name)
        .join(Tag, Tag.id == carried.c.tag_id)
        .where(window.holds(carried.c.tagged_at, carried.c.tag_id))
        .order_by(carried.c.tagged_at.desc(), carried.c.tag_id.desc())
        .limit(window.limit)
    )
    return [
        Moment(
            at=row.tagged_at,
            kind=Kind.OTHER,
            key=str(row.tag_id),
            icon="tag",
            words=f"加上标签「{row.name}」",
            details=[words.source(row.source)],
        )
        for row in session.execute(wanted)
    ]
