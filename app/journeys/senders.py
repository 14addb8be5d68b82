"""Whom an event of WeChat is about, and what she answered or took back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.core import events as event_rows
from app.core.events import Event
from app.members import queries as member_queries
from app.members import service as members
from app.members.models import Fan, SubscriptionStep
from app.wechat.events import names_with_sender

Find = Callable[[Collection[members.Place]], Mapping[members.Place, Fan]]
MESSAGE = "message"  # the door of a word she wrote
NONE_LEFT = 43101  # WeChat's code for a subscription message without a consent


def sent_at(event: Event) -> datetime:
    """When WeChat says it happened; whole seconds, which is why arrival order is not used."""
    return datetime.fromtimestamp(int(event.data["sent_at"]), UTC)


def place_of(event: Event) -> members.Place:
    """Account and openid of whom WeChat means. Raises LookupError once her fan is known."""
    place = _place(event)
    if place is None:
        raise LookupError(f"event {event.id} names nobody any more")
    return place


def _place(event: Event) -> members.Place | None:
    openid = event_rows.person(event)
    return None if openid is None else (event.data["account_id"], openid)


def on_sent(events: Sequence[Event]) -> None:
    """A fan did something that has no other effect, but that she may say `TD`: it belongs to
    her timeline."""
    _put_names(events, members.meet)
    for event in events:
        if event.data.get("is_refusal") and event.fan_id is not None:
            fan = member_queries.fan(event.fan_id)
            members.refuse_marketing(fan, event.member_id, MESSAGE)


def on_subscription(events: Sequence[Event]) -> None:
    """Her answers and the messages that used them up go into the ledger."""
    _put_names(events, members.meet)
    members.keep_answers(
        [
            members.Answered(event.fan_id, template_id, step, sent_at(event), event.id, position)
            for event in events
            if event.fan_id is not None
            for position, (template_id, step) in enumerate(_steps(event))
        ]
    )


def on_phone_withdrawn(events: Sequence[Event]) -> None:
    """She took back her phone number."""
    for asked, _ in _asked(events):
        members.withdraw_phone(asked)


def on_account_closed(events: Sequence[Event]) -> None:
    """She closed her WeChat account."""
    for asked, _ in _asked(events):
        members.close_account(asked)


def on_consent_withdrawn(events: Sequence[Event]) -> None:
    """She took back something else."""
    for asked, data in _asked(events):
        members.withdraw(asked, data["consent"], data["code"])


def on_about(events: Sequence[Event]) -> None:
    """WeChat tells us about a person; one we do not know is not made a fan by it."""
    _put_names(events, members.known)


def _steps(event: Event) -> Iterator[tuple[str, SubscriptionStep]]:
    is_switch = event.name == "wechat.subscription_changed"
    for answer in event.data.get("answers", ()):
        refused = SubscriptionStep.SWITCHED_OFF if is_switch else SubscriptionStep.REFUSED
        yield (
            answer["template_id"],
            SubscriptionStep.ACCEPTED if answer["is_accepted"] else refused,
        )
    for message in event.data.get("messages", ()):
        if message["errcode"] == 0:
            yield message["template_id"], SubscriptionStep.USED
        elif message["errcode"] == NONE_LEFT:
            yield message["template_id"], SubscriptionStep.GONE


def _asked(events: Sequence[Event]) -> Iterator[tuple[members.Asked, dict[str, Any]]]:
    for event, fan in zip(events, _put_names(events, members.known), strict=True):
        yield members.Asked(fan, sent_at(event), event.id), event.data


def _put_names(events: Sequence[Event], find: Find) -> list[Fan | None]:
    return put_names(events, [_place(event) for event in events], find)


def put_names(
    events: Sequence[Event], places: Sequence[members.Place | None], find: Find
) -> list[Fan | None]:
    """Write down who they are about, as far as `find` knows them at these places; answers the fan
    of each."""
    fans = find([place for place in places if place])
    found = [fans.get(place) if place else None for place in places]
    for event, fan in zip(events, found, strict=True):
        if fan is not None:
            event_rows.is_about(event, fan.id, fan.member_id)
        elif event.fan_id is None:
            event_rows.is_about(event, None, None)
    return found


ABOUT_HER = {
    "wechat.phone_withdrawn": {"withdraw_phone": on_phone_withdrawn},
    "wechat.account_closed": {"close_account": on_account_closed},
    "wechat.consent_withdrawn": {"withdraw": on_consent_withdrawn},
    "wechat.profile_changed": {"about": on_about},
    "wechat.subscription_answered": {"subscription": on_subscription},
    "wechat.subscription_changed": {"subscription": on_subscription},
    "wechat.subscription_sent": {"subscription": on_subscription},
}
FOLLOWS = {"wechat.subscribed", "wechat.scanned", "wechat.unsubscribed"}
REACTIONS = ABOUT_HER | {
    name: {"sender": on_sent} for name in sorted(names_with_sender() - FOLLOWS - ABOUT_HER.keys())
}
