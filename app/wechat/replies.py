"""Passive replies: what the account answers at once, inside the callback's own answer.

Rules are read with the account and kept with it, so that an answer needs no look-up: WeChat
waits five seconds, and a fan shorter. The first rule that fits wins. A reply to a follow or a
scan is the welcome; no other is sent then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app.core import clock
from app.core.db import session
from app.wechat import stopping
from app.wechat.messages import Message
from app.wechat.models import ReplyKind, ReplyRule, Trigger

_EVENTS: Mapping[str, Trigger] = {
    "subscribe": Trigger.FOLLOWED,
    "scan": Trigger.SCANNED,
    "click": Trigger.MENU,
    "scancode_waitmsg": Trigger.MENU,
}
_MESSAGES = ("image", "voice", "video", "shortvideo", "location", "link")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Rule:
    """When this happens, with these words, that is answered."""

    trigger: str
    words: str | None
    payload: str = field(repr=False)  # all of the reply but whom it goes to, and when

    def fits(self, trigger: Trigger, said: str) -> bool:
        """A menu key or scene is meant whole; a text need only hold the words."""
        if trigger != self.trigger:
            return False
        if self.words is None or self.words == said:
            return True
        return trigger is Trigger.TEXT and self.words.lower() in said.lower()


Rules = tuple[Rule, ...]


def switched_on(account_id: int) -> Sequence[ReplyRule]:
    """The account's rules in the order in which they are tried."""
    ordered = (
        select(ReplyRule)
        .where(ReplyRule.account_id == account_id, ReplyRule.is_on)
        .order_by(ReplyRule.position, ReplyRule.id)
    )
    return session.scalars(ordered).all()


def rules_of(account_id: int) -> Rules:
    """The same, ready to answer."""
    return tuple(
        Rule(row.trigger, row.words, _payload(row.kind, row.content))
        for row in switched_on(account_id)
    )


def compose(rules: Rules, message: Message) -> str | None:
    """The reply as WeChat's XML, or None when no rule fits. That marketing ends is said before
    any rule: it is hers to end, not the brand's to answer otherwise."""
    trigger, said = _meant(message)
    if trigger is Trigger.TEXT and stopping.is_meant(said):
        return _written(_STOPPED, message)
    for rule in rules:
        if trigger is not None and rule.fits(trigger, said):
            return _written(rule, message)
    return None


def _meant(message: Message) -> tuple[Trigger | None, str]:
    """What happened in the words of the rules; none where WeChat takes no reply."""
    kind = message["MsgType"].lower()
    if kind == "event":
        return _EVENTS.get(message["Event"].lower()), message["EventKey"].removeprefix("qrscene_")
    if kind == "text":
        return Trigger.TEXT, message["Content"]
    return (Trigger.MESSAGE if kind in _MESSAGES else None), kind


def _written(rule: Rule, message: Message) -> str:
    head = {
        "ToUserName": message["FromUserName"],
        "FromUserName": message["ToUserName"],
        "CreateTime": str(clock.stamp()),
    }
    return f"<xml>{_elements(head)}{rule.payload}</xml>"


def _payload(kind: ReplyKind, content: Mapping[str, Any]) -> str:
    name, inside = _PAYLOADS[ReplyKind(kind)](content)
    return _elements({"MsgType": name}) + inside


def _text(content: Mapping[str, Any]) -> tuple[str, str]:
    return "text", _elements({"Content": content["text"]})


def _image(content: Mapping[str, Any]) -> tuple[str, str]:
    return "image", f"<Image>{_elements({'MediaId': content['media_id']})}</Image>"


def _news(content: Mapping[str, Any]) -> tuple[str, str]:
    """One article: WeChat shows no more since 2018-10."""
    item = _elements(
        {
            "Title": content["title"],
            "Description": content.get("description", ""),
            "PicUrl": content.get("picture", ""),
            "Url": content["url"],
        }
    )
    return "news", f"<ArticleCount>1</ArticleCount><Articles><item>{item}</item></Articles>"


def _service(content: Mapping[str, Any]) -> tuple[str, str]:
    """Hand her to a person; to which one may be named."""
    account = content.get("account")
    named = f"<TransInfo>{_elements({'KfAccount': account})}</TransInfo>" if account else ""
    return "transfer_customer_service", named


_PAYLOADS = {
    ReplyKind.TEXT: _text,
    ReplyKind.IMAGE: _image,
    ReplyKind.NEWS: _news,
    ReplyKind.SERVICE: _service,
}


def _elements(fields: Mapping[str, str]) -> str:
    return "".join(f"<{name}><![CDATA[{_safe(text)}]]></{name}>" for name, text in fields.items())


def _safe(text: str) -> str:
    """A text cannot end its own CDATA, nor hold what XML has no place for."""
    return _NOT_XML.sub("", text).replace("]]>", "]]]]><![CDATA[>")


_STOPPED = Rule(Trigger.TEXT, None, _payload(ReplyKind.TEXT, {"text": stopping.ANSWER}))


def add(
    account_id: int, trigger: Trigger, kind: ReplyKind, content: Mapping[str, Any],
    *, words: str | None = None, position: int = 0,
) -> ReplyRule:  # fmt: skip
    """A new rule of the current brand's account. Raises KeyError when the content lacks what
    its kind needs."""
    _payload(kind, content)
    rule = ReplyRule(
        account_id=account_id,
        trigger=trigger,
        kind=kind,
        content=dict(content),
        words=words,
        position=position,
    )
    session.add(rule)
    return rule


def remove(rules: Sequence[ReplyRule]) -> None:
    """They answer no more, at the latest when the door's memory of them ends."""
    for rule in rules:
        rule.is_on = False
