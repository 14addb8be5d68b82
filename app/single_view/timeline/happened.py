"""Moments from events, consents and the tags that rules put on her."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.members import timeline
from app.members.models import ConsentChannel, Purpose
from app.single_view import words
from app.single_view.timeline.moments import Kind, Moment, Row, Source, Whose

# Told better by the rows themselves, with what they are worth.
TOLD_ELSEWHERE = (
    *timeline.COMPLAINTS,
    "checkout.settled", "coupon.issued", "coupon.redeemed", "coupon.use_undone", "order.paid",
)  # fmt: skip
SCANNED = "wechat.scanned"
KINDS: Mapping[Kind, Sequence[str]] = {
    Kind.VISIT: (SCANNED, "wechat.subscribed", "member.joined", "visit.served"),
    Kind.PURCHASE: ("wechat.card_paid", "order.returned", "order.cancelled", "order.corrected"),
    Kind.PUSH: ("wechat.template_finished", "wechat.subscription_sent"),
    Kind.BENEFIT: ("wechat.card_taken", "wechat.card_given", "wechat.card_used"),
    Kind.CONTACT: (
        "wechat.message_received",
        "member.messaged",
        "member.called",
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


def named(kind: str) -> Mapping[str, Any]:
    """Which events a page of this kind tells: those of a list, or all but those of one."""
    if kind:
        return {"names": list(KINDS.get(Kind(kind), ())), "is_named": True}
    return {"names": list(TOLD_ELSEWHERE), "is_named": False}


def _event(row: Row, _whose: Whose) -> Moment:
    """What WeChat told, joining, tags by hand; `more` is the tag's name."""
    name, tag = row.facts["name"], row.more
    said, detail = timeline.in_words(name, row.facts["data"])
    kind = _KIND_OF.get(name, Kind.OTHER)
    return Moment(
        at=row.at,
        kind=kind,
        key=row.key,
        icon=ICONS[kind],
        words=f"{said}「{tag}」" if tag else said,
        details=[detail] if detail else ["手动"] if tag else [],
    )


def _consent(row: Row, _whose: Whose) -> Moment:
    """What she agreed to or took back."""
    facts = row.facts
    head, icon = ("同意", "check") if facts["is_given"] else ("不同意", "cross")
    meant = words.purpose(Purpose(facts["purpose"]), ConsentChannel(facts["channel"]))
    return Moment(
        at=row.at,
        kind=Kind.CONTACT,
        key=row.key,
        icon=icon,
        words=f"{head}：{meant}",
        details=[f"{words.door(facts['door'])} · 文本 {facts['text_version']}"],
    )


def _tag(row: Row, _whose: Whose) -> Moment:
    """A tag that a rule or an import put on her."""
    return Moment(
        at=row.at,
        kind=Kind.OTHER,
        key=row.key,
        icon="tag",
        words=f"加上标签「{row.facts['name']}」",
        details=[words.source(row.facts["source"])],
    )


# A scan that is a visit is told as that.
EVENTS = Source(
    """
    SELECT event.at, event.id AS key,
           json_build_object('name', event.name, 'data', event.data) AS facts
    FROM events event
    WHERE event.brand_id = :brand
      AND (event.fan_id = ANY(CAST(:fans AS bigint[])) OR event.member_id = :member)
      AND (event.name = ANY(:names)) = :is_named
      AND NOT (event.name = 'wechat.scanned' AND EXISTS (
          SELECT FROM visits
          WHERE visits.brand_id = event.brand_id AND visits.fan_id = event.fan_id
            AND visits.scanned_at = event.at))
    """,
    _event,
    tuple(Kind),
    more="""
    SELECT to_json(tag.name) FROM tags tag
    WHERE tag.brand_id = :brand AND tag.id = CAST(shown.facts #>> '{data,tag_id}' AS bigint)
    """,
)
CONSENTS = Source(
    """
    SELECT at, id AS key,
           json_build_object('purpose', purpose, 'channel', channel, 'is_given', is_given,
                             'text_version', text_version, 'door', door) AS facts
    FROM consents WHERE brand_id = :brand AND member_id = :member
    """,
    _consent,
    {Kind.CONTACT},
)
TAGS = Source(
    """
    SELECT carried.tagged_at AS at, carried.tag_id AS key,
           json_build_object('name', tag.name, 'source', carried.source) AS facts
    FROM (
        SELECT tag_id, source, tagged_at FROM fan_tags
        WHERE brand_id = :brand AND fan_id = ANY(CAST(:fans AS bigint[]))
        UNION ALL
        SELECT tag_id, source, tagged_at FROM member_tags
        WHERE brand_id = :brand AND member_id = :member AND source <> 'staff'
    ) AS carried
    JOIN tags tag ON tag.brand_id = :brand AND tag.id = carried.tag_id
    """,
    _tag,
    {Kind.OTHER},
)
