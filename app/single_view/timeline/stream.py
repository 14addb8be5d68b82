"""The sources of the timeline, merged: each is asked for a page, and the newest of all are one."""

from __future__ import annotations

from collections.abc import Collection

from app.core.errors import BadInput
from app.single_view.timeline import benefits, contacts, deliveries, happened, shop
from app.single_view.timeline.moments import Before, Kind, Moment, Page, Source, Whose, Window

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
SOURCES: tuple[tuple[Source, Collection[Kind]], ...] = (
    (happened.events, tuple(Kind)),
    (shop.visits, (Kind.VISIT,)),
    (shop.orders, (Kind.PURCHASE,)),
    (benefits.points, (Kind.BENEFIT,)),
    (benefits.coupons, (Kind.BENEFIT,)),
    (benefits.redemptions, (Kind.BENEFIT,)),
    (deliveries.pushes, (Kind.PUSH,)),
    (contacts.contacts, (Kind.CONTACT,)),
    (contacts.notes, (Kind.CONTACT,)),
    (happened.consents, (Kind.CONTACT,)),
    (happened.tags, (Kind.OTHER,)),
)


def read(whose: Whose, *, kind: str = "", before: str = "", limit: int = SHOWN) -> Page:
    """A page of her timeline. Raises BadInput for a kind or a place that does not exist."""
    if kind not in KINDS:
        raise BadInput(fields={"kind": [f"只能是 {'、'.join(each for each in KINDS if each)}"]})
    place = Before.read(before) if before else None
    ranked = [
        (rank, moment)
        for rank, (source, kinds) in enumerate(SOURCES)
        if not kind or kind in kinds
        for moment in source(whose, Window(rank, limit + 1, place, kind))
    ]
    ranked.sort(key=_newest_first, reverse=True)
    shown = ranked[:limit]
    is_more = len(ranked) > limit
    return Page([moment for _, moment in shown], _after(*shown[-1]) if is_more else None)


def _newest_first(ranked: tuple[int, Moment]) -> tuple[object, ...]:
    rank, moment = ranked
    return moment.at, rank, int(moment.key.replace("-", ""), 16 if "-" in moment.key else 10)


def _after(rank: int, moment: Moment) -> str:
    return str(Before(moment.at, rank, moment.key))
