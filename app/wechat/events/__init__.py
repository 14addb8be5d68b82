"""From WeChat's messages to our events: the only place that knows both vocabularies."""

from __future__ import annotations

from datetime import datetime

from app.core.events import News
from app.wechat import knock
from app.wechat.events.kinds import KINDS, OTHER, Kind
from app.wechat.events.reading import Facts, Reading

__all__ = ["Facts", "names_with_sender", "news_of", "read"]


def news_of(
    account_id: int, at: datetime, message_id: int, xml: str, *, is_answered: bool
) -> News | None:
    """What the message says as an event, the same for an inbox row however often it is read;
    None for the doctor's knock.

    `is_answered`: a passive reply went out with the acknowledgement, so no welcome may follow.
    Raises ValueError for a message that lacks what its kind promises.
    """
    name, facts = read(xml)
    if facts.get("kind") == knock.KIND:
        return None
    person = facts.pop("openid", None) or facts.pop("external_id", None)
    facts["account_id"] = account_id
    if is_answered:
        facts["is_answered"] = True
    return News(name, at, facts, dedupe_key=f"inbox:{message_id}", person=person)


def read(xml: str) -> tuple[str, Facts]:
    """Our name for the message, and its facts; `openid` only where it is about one fan.

    It is None where WeChat left it out, as it was seen to do in `user_info_modified`.
    """
    message = Reading.of(xml)
    kind = _kind(message)
    facts: Facts = {"sent_at": message.number("CreateTime")}
    if kind.sender is not None:
        facts |= {"openid": message.text(kind.sender)}
    return kind.name, facts | kind.tell(message)


def names_with_sender() -> frozenset[str]:
    """The events that say which fan they are about."""
    return frozenset(kind.name for kind in KINDS.values() if kind.sender is not None)


def _kind(message: Reading) -> Kind:
    """By its type and event, and where one event means several things, by which of them."""
    return KINDS.get(f"{message.kind}.{message.detail}") or KINDS.get(message.kind) or OTHER
