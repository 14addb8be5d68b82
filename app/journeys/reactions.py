"""When this happened, do that: the one table, and what each reaction does.

A reaction takes the events of one brand as a batch, inside a transaction, and may be run again:
what it does must be harmless the second time. None of them calls WeChat; what must be sent is
written down as due and sent by a job.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.benefits import service as benefits
from app.brands import service as brands
from app.core import db
from app.core import events as event_rows
from app.core.events import Event
from app.coupons import service as coupons
from app.credit import bulk as credit
from app.journeys import contacts, leaving, senders, welcome
from app.journeys.senders import place_of, sent_at
from app.journeys.service import Reaction
from app.members import queries as member_queries
from app.members import service as members
from app.members.models import Fan
from app.owners import service as owners
from app.points import service as points
from app.pushes import service as pushes
from app.stores import queries as store_queries
from app.stores import service as stores
from app.stores.models import CodeKind, CodePurpose, QrCode
from app.tasks import service as tasks
from app.visits import service as visits
from app.visits.models import VisitKind
from app.wechat import notices

STORE_SOURCE = {
    CodeKind.STORE: "门店扫码",
    CodeKind.GUIDE: "导购扫码",
    CodeKind.POSTER: "海报扫码",
}


def on_subscribed(events: Sequence[Event]) -> None:
    """New followers: with a store's scene they stand in that store."""
    arrivals = _arrivals(events)
    leaving.came_back(arrival.fan for arrival in arrivals)
    _tag(arrivals)
    _enter(arrivals, VisitKind.FOLLOWED)
    for arrival in arrivals:
        # where a passive reply went out, that was the welcome
        if arrival.code is not None and "is_answered" not in arrival.event.data:
            _plan_welcome(arrival.event, arrival.fan, arrival.code)


def on_scanned(events: Sequence[Event]) -> None:
    """Followers who scanned a store's code."""
    arrivals = [arrival for arrival in _arrivals(events) if arrival.code is not None]
    _tag(arrivals)
    _enter(arrivals, VisitKind.FAN)
    for arrival in arrivals:
        # a store's code brings her to the board; a guide's own may promise something
        promises = arrival.code is not None and _promises(arrival.code, arrival.fan)
        if arrival.code and promises and "is_answered" not in arrival.event.data:
            _plan_welcome(arrival.event, arrival.fan, arrival.code)


def _plan_welcome(event: Event, fan: Fan, code: QrCode) -> None:
    welcome.plan(fan.id, code.store_id, sent_at(event), code.id)


def _promises(code: QrCode, fan: Fan) -> bool:
    """Who is a member already needs no way into the card."""
    if code.purpose == CodePurpose.JOIN:
        return fan.member_id is None
    return code.purpose == CodePurpose.COUPON


def on_unsubscribed(events: Sequence[Event]) -> None:
    """She left the account: nothing is pushed to her from here on."""
    fans = []
    for event in events:
        fan = members.unfollow(*place_of(event), sent_at(event), event.id)
        event_rows.is_about(event, fan.id, fan.member_id)
        fans.append(fan)
    leaving.left(fans)


def on_joined(events: Sequence[Event]) -> None:
    """A card was opened: gifts are issued, points that the rules give are credited, and the
    guides of the store she is in see it."""
    brand = brands.get(db.current_brand_id())
    joined = sorted(event.member_id for event in events if event.member_id)  # none if erased
    benefits.give_joining_gifts(brand, *joined)
    for member_id in joined:
        points.earn_for_act(member_id, points.Act.JOINED)
    _thank_sharers(joined)
    fan_ids = member_queries.fan_ids_of(*joined)
    visits.joined(fan_ids, max(event.at for event in events))  # once: it takes stores in order


def on_met(events: Sequence[Event]) -> None:
    """She joined, or a guide served her: whose customer she is by the brand's rule."""
    owners.assign({event.member_id for event in events if event.member_id})


def _thank_sharers(joined: Sequence[int]) -> None:
    """Once a friend; in the order of those who shared, whose accounts are held until the commit."""
    shared = members.sharers_of(joined)
    for friend_id, sharer_id in sorted(shared.items(), key=lambda pair: (pair[1], pair[0])):
        points.earn_for_act(sharer_id, points.Act.SHARED, of=friend_id)


def on_profile(events: Sequence[Event]) -> None:
    """Name and birthday are both known: what the rules give for it is credited, once for each."""
    for member_id in sorted({event.member_id for event in events if event.member_id}):
        points.earn_for_act(member_id, points.Act.PROFILE)


def on_order(events: Sequence[Event]) -> None:
    """An order was paid, corrected, or came back: its packs of coupons are hers, or are not."""
    for order_id in sorted({event.data["order_id"] for event in events}):
        coupons.deliver(order_id)


def on_staff_gone(events: Sequence[Event]) -> None:
    """A guide was moved or has left: her colleagues may look after whom she looked after."""
    for staff_id in sorted({event.data["staff_id"] for event in events}):
        visits.hand_over(staff_id)


def on_sale(events: Sequence[Event]) -> None:
    """An order was paid or corrected: whose sale it is. A return changes nothing in that."""
    credit.count(sorted({event.data["order_id"] for event in events}))


PACKS: Mapping[str, Reaction] = {"deliver_packs": on_order}
SALE: Mapping[str, Reaction] = {**PACKS, "credit_sale": on_sale}
OWNER: Mapping[str, Reaction] = {"assign_owner": on_met}
REACTIONS: Mapping[str, Mapping[str, Reaction]] = {
    "wechat.subscribed": {"follow": on_subscribed},
    "wechat.scanned": {"scan": on_scanned},
    "wechat.unsubscribed": {"unfollow": on_unsubscribed},
    "wechat.mass_finished": {"push_receipt": pushes.on_mass_finished},
    "member.joined": {"welcome_member": on_joined, **OWNER},
    "visit.served": OWNER,
    "member.handed_over": {"tasks_follow": tasks.on_handed_over},
    "member.profile_completed": {"profile_points": on_profile},
    "staff.moved": {"hand_over": on_staff_gone},
    "staff.left": {"hand_over": on_staff_gone},
    "order.paid": {**SALE, "end_tasks": tasks.on_paid},
    "order.corrected": SALE,
    "order.returned": PACKS,
    "order.cancelled": PACKS,
    **senders.REACTIONS,
    **contacts.REACTIONS,
    "wechat.template_finished": {
        **senders.REACTIONS["wechat.template_finished"],
        "notice_receipt": notices.on_finished,
    },
}
# Somebody stands in a store, and her guide waits to see it.
FIRST = frozenset({"follow", "scan", "befriend"})


def names() -> dict[str, tuple[str, ...]]:
    """Which reactions each event has, as `core.events` wants to know it."""
    return {event: tuple(reactions) for event, reactions in REACTIONS.items()}


def by_name() -> dict[str, Reaction]:
    """Every reaction by its recorded name."""
    return {name: fn for reactions in REACTIONS.values() for name, fn in reactions.items()}


@dataclass(frozen=True)
class Arrival:
    """A fan who has just come, and by which of our codes, if by one."""

    event: Event
    fan: Fan
    code: QrCode | None


def _arrivals(events: Sequence[Event]) -> list[Arrival]:
    """The fans of a batch in one order for all workers: by store, then as it happened.

    Visits lock their store's row until the commit; two workers take those rows in this order.
    """
    codes = stores.codes_by_scene({event.data["scene"] for event in events if event.data["scene"]})
    steps = [_step(event) for event in events]
    fans = members.move(steps)
    found = []
    for event, step in zip(events, steps, strict=True):
        fan = fans[step.account_id, step.openid]
        event_rows.is_about(event, fan.id, fan.member_id)
        code = codes.get((step.account_id, event.data["scene"]))
        if code is not None and code.is_guides_at(event.at):
            members.came_by_guide(fan, code.id, event.at)
        found.append(Arrival(event, fan, code))
    return sorted(found, key=lambda a: (a.code.store_id if a.code else 0, a.event.id))


def _step(event: Event) -> members.Step:
    return members.Step(*place_of(event), sent_at(event), event.id)


def _tag(arrivals: Sequence[Arrival]) -> None:
    """Source and store become tags, one statement a tag however many people came."""
    coded = [(arrival.fan.id, arrival.code) for arrival in arrivals if arrival.code]
    named = store_queries.by_ids({code.store_id for _, code in coded})
    wanted: dict[tuple[str, str], list[int]] = {}
    for fan_id, code in coded:
        wanted.setdefault(("来源", STORE_SOURCE[CodeKind(code.kind)]), []).append(fan_id)
        wanted.setdefault(("门店", named[code.store_id].name), []).append(fan_id)
    alone = [arrival.fan.id for arrival in arrivals if arrival.code is None]
    if alone:
        wanted["来源", "自己关注"] = alone
    members.put_tags(wanted, "rule")


def _enter(arrivals: Sequence[Arrival], kind: VisitKind) -> None:
    scans = [
        visits.Scan(
            arrival.fan,
            arrival.code,
            VisitKind.MEMBER if arrival.fan.member_id is not None else kind,
            arrival.event.at,
        )
        for arrival in arrivals
        if arrival.code is not None
    ]
    if scans:
        visits.record_all(scans)
