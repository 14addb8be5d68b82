"""Whom an event of WeChat is about, and what she answered or took back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.core.events import Event
from app.members import service as members
from app.members.models import Fan, SubscriptionStep
from app.wechat.events import names_with_sender

NONE_LEFT = 43101  # WeChat's code for a subscription message without a consent


def sent_at(event: Event) -> datetime:
    """When WeChat says it happened; whole seconds, which is why arrival order is not used."""
    return datetime.fromtimestamp(int(event.data["sent_at"]), UTC)


def on_sent(events: Sequence[Event]) -> None:
    """A fan did something that has no other effect: it belongs to her timeline."""
    _put_names(events, members.meet(_places(events)))


def on_subscription(events: Sequence[Event]) -> None:
    """Her answers and the messages that used them up go into the ledger."""
    _put_names(events, members.meet(_places(events)))
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
    _put_names(events, members.known(_places(events)))


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
    on_about(events)
    fans = members.known(_places(events))
    for event in events:
        fan = fans.get((event.data["account_id"], event.data["openid"] or ""))
        yield members.Asked(fan, sent_at(event), event.id), event.data


def _places(events: Sequence[Event]) -> list[tuple[int, str]]:
    return [
        (event.data["account_id"], event.data["openid"]) for event in events if event.data["openid"]
    ]


def _put_names(events: Sequence[Event], fans: Mapping[tuple[int, str], Fan]) -> None:
    for event in events:
        fan = fans.get((event.data["account_id"], event.data["openid"] or ""))
        if fan is not None:
            event.fan_id, event.member_id = fan.id, fan.member_id


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
