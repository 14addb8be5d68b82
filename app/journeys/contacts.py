"""What becomes of WeCom's customers: who adds a guide by her 联系我 stands on her store's board,
and the guide has brought her. The same chain as a scan, and as harmless the second time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core import db
from app.core import events as event_rows
from app.core.events import Event
from app.journeys.senders import Find, put_names
from app.members import service as members
from app.members.models import Fan
from app.staff.models import Way
from app.staff.service import bindings
from app.stores import queries as store_queries
from app.stores import service as stores
from app.stores.models import QrCode
from app.visits import service as visits
from app.visits.models import VisitKind
from app.wechat import corps

SOURCE = "企业微信"


@dataclass(frozen=True)
class Added:
    """A customer who has added a guide, and by which of our codes, if by one."""

    event: Event
    fan: Fan
    code: QrCode | None


def on_added(events: Sequence[Event]) -> None:
    """Customers who added a guide: by her code they stand in its store."""
    fans = _name(events, members.befriend)
    codes = stores.codes_by_scene({event.data["entry"] for event in events if event.data["entry"]})
    added = [
        Added(event, fan, codes.get((fan.account_id, event.data["entry"])))
        for event, fan in zip(events, fans, strict=True)
        if fan is not None
    ]
    by_store = sorted(added, key=lambda one: (one.code.store_id if one.code else 0, one.event.id))
    for one in by_store:
        if one.code is not None and one.code.is_guides_at(one.event.at):
            members.came_by_guide(one.fan, one.code.id, one.event.at)
    _tag(by_store)
    _enter(by_store)


def on_told(events: Sequence[Event]) -> None:
    """A contact was changed, removed, or did not go over to another guide: it is on her timeline.
    Nobody is made known by it."""
    _name(events, members.known)


def _name(events: Sequence[Event], find: Find) -> list[Fan | None]:
    """Write down whom they are about, customer and guide; neither of WeCom's names is kept."""
    _name_guides(events)
    account = corps.listening(db.current_brand_id())
    places = [_place(event, account.id if account else None) for event in events]
    return put_names(events, places, find)


def _place(event: Event, account_id: int | None) -> members.Place | None:
    """Of a customer of our own corp: an account of another kind has none."""
    name = event_rows.person(event)
    is_ours = name is not None and event.data["account_id"] == account_id
    return (event.data["account_id"], name) if is_ours and name is not None else None


def _name_guides(events: Sequence[Event]) -> None:
    names = {event.data["guide"] for event in events if event.data.get("guide")}
    staff = bindings.staff_named(Way.WECOM, names) if names else {}
    for event in events:
        if "guide" in event.data:
            event.data = _with_guide(event.data, staff)


def _with_guide(data: Mapping[str, object], staff: Mapping[str, int]) -> dict[str, object]:
    named = {name: value for name, value in data.items() if name != "guide"}
    return named | {"staff_id": staff.get(str(data["guide"]))}


def _tag(added: Sequence[Added]) -> None:
    """Source and store become tags, one statement a tag however many people came."""
    named = store_queries.by_ids({one.code.store_id for one in added if one.code})
    wanted: dict[tuple[str, str], list[int]] = {}
    for one in added:
        wanted.setdefault(("来源", SOURCE), []).append(one.fan.id)
        if one.code is not None:
            wanted.setdefault(("门店", named[one.code.store_id].name), []).append(one.fan.id)
    members.put_tags(wanted, "rule")


def _enter(added: Sequence[Added]) -> None:
    scans = [
        visits.Scan(one.fan, one.code, _kind(one.fan), one.event.at)
        for one in added
        if one.code is not None
    ]
    if scans:
        visits.record_all(scans)


def _kind(fan: Fan) -> VisitKind:
    return VisitKind.FRIEND if fan.member_id is None else VisitKind.MEMBER


TOLD = {"contact": on_told}
REACTIONS = {
    "wecom.contact_added": {"befriend": on_added},
    "wecom.contact_changed": TOLD,
    "wecom.contact_removed": TOLD,
    "wecom.guide_removed": TOLD,
    "wecom.transfer_failed": TOLD,
}
