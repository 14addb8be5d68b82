"""When this happened, do that: the one table, and what each reaction does.

A reaction takes the events of one brand as a batch, inside a transaction, and may be run again:
what it does must be harmless the second time. None of them calls WeChat; what must be sent is
written down as due and sent by a job.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from app.benefits import service as benefits
from app.brands import service as brands
from app.core import db
from app.core.events import Event
from app.journeys import welcome
from app.journeys.service import Reaction
from app.members import queries as member_queries
from app.members import service as members
from app.members.models import Fan
from app.pushes import service as pushes
from app.stores import queries as store_queries
from app.stores import service as stores
from app.stores.models import CodeKind, QrCode
from app.visits import service as visits
from app.visits.models import VisitKind

STORE_SOURCE = {CodeKind.STORE: "门店扫码", CodeKind.GUIDE: "导购扫码"}


def on_subscribed(events: Sequence[Event]) -> None:
    """A new follower: with a store's scene she stands in that store."""
    for event in _by_store(events):
        fan = members.follow(event.data["account_id"], event.data["openid"], sent_at(event))
        event.fan_id = fan.id
        code = _code(event)
        if code is None:
            members.tag_fans([fan.id], "来源", "自己关注", "rule")
            continue
        _arrive(event, fan, code, VisitKind.FOLLOWED)
        welcome.plan(fan.id, code.store_id, sent_at(event))


def on_scanned(events: Sequence[Event]) -> None:
    """A follower scanned a store's code."""
    for event in _by_store(events):
        fan = members.follow(event.data["account_id"], event.data["openid"], sent_at(event))
        event.fan_id = fan.id
        code = _code(event)
        if code is not None:
            _arrive(event, fan, code, VisitKind.FAN)


def on_unsubscribed(events: Sequence[Event]) -> None:
    """She left the account: nothing is pushed to her from here on."""
    for event in events:
        fan = members.unfollow(event.data["account_id"], event.data["openid"], sent_at(event))
        event.fan_id = fan.id


def on_joined(events: Sequence[Event]) -> None:
    """A card was opened: gifts are issued, and the guides of the store she is in see it."""
    brand = brands.get(db.current_brand_id())
    for event in events:
        if event.member_id is None:
            continue  # erased since
        benefits.give_joining_gifts(brand, event.member_id)
        visits.joined([fan.id for fan in member_queries.fans_of(event.member_id)], event.at)


REACTIONS: Mapping[str, Mapping[str, Reaction]] = {
    "wechat.subscribed": {"follow": on_subscribed},
    "wechat.scanned": {"scan": on_scanned},
    "wechat.unsubscribed": {"unfollow": on_unsubscribed},
    "wechat.mass_finished": {"push_receipt": pushes.on_mass_finished},
    "member.joined": {"welcome_member": on_joined},
}


def names() -> dict[str, tuple[str, ...]]:
    """Which reactions each event has, as `core.events` wants to know it."""
    return {event: tuple(reactions) for event, reactions in REACTIONS.items()}


def by_name() -> dict[str, Reaction]:
    """Every reaction by its recorded name."""
    return {name: fn for reactions in REACTIONS.values() for name, fn in reactions.items()}


def sent_at(event: Event) -> datetime:
    """When WeChat says it happened; whole seconds, which is why arrival order is not used."""
    return datetime.fromtimestamp(int(event.data["sent_at"]), UTC)


def _code(event: Event) -> QrCode | None:
    scene = event.data.get("scene")
    return stores.code_by_scene(event.data["account_id"], scene) if scene else None


def _by_store(events: Sequence[Event]) -> list[Event]:
    """One order for all batches: two workers lock the stores' rows in the same sequence."""
    coded = [(_code(event), event) for event in events]
    return [event for _, event in sorted(coded, key=lambda pair: _store_order(*pair))]


def _store_order(code: QrCode | None, event: Event) -> tuple[int, int]:
    return (code.store_id if code else 0, event.id)


def _arrive(event: Event, fan: Fan, code: QrCode, kind: VisitKind) -> None:
    store = store_queries.by_ids([code.store_id])[code.store_id]
    members.tag_fans([fan.id], "来源", STORE_SOURCE[CodeKind(code.kind)], "rule")
    members.tag_fans([fan.id], "门店", store.name, "rule")
    visits.record(fan, code, VisitKind.MEMBER if fan.member_id else kind, event.at)
