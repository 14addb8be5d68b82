"""From WeChat's messages to our events: the only place that knows both vocabularies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from wechatpy import parse_message
from wechatpy.events import BaseEvent, MassSendJobFinishEvent

from app.core import events

Facts = dict[str, Any]


def record(account_id: int, at: datetime, message_id: int, xml: str) -> None:
    """Record what the message says, once for an inbox row however often it is read."""
    message = parse_message(xml)
    name, tell = _HOW.get(_kind(message), ("wechat.other", _other))
    facts = tell(message) | {"account_id": account_id, "sent_at": message.time}
    events.record(name, at=at, dedupe_key=f"inbox:{message_id}", **facts)


def _kind(message: Any) -> str:
    """wechatpy's name for it; a class it does not know keeps WeChat's own words."""
    if isinstance(message, BaseEvent):
        return str(message.event)
    words = [message._data.get("MsgType"), message._data.get("Event")]
    return ".".join(word.lower() for word in words if word)


def _subscribed(message: Any) -> Facts:
    return {"openid": message.source, "scene": None}


def _scanned(message: Any) -> Facts:
    return {"openid": message.source, "scene": message.scene_id}


def _unsubscribed(message: Any) -> Facts:
    return {"openid": message.source}


def _mass_finished(message: MassSendJobFinishEvent) -> Facts:
    return {
        "message_id": message.id,
        "status": message.status,
        "total": message.total_count,
        "filtered": message.filter_count,
        "sent": message.sent_count,
        "errors": message.error_count,
    }


def _other(message: Any) -> Facts:
    return {"kind": _kind(message)}


_HOW: Mapping[str, tuple[str, Callable[[Any], Facts]]] = {
    "subscribe": ("wechat.subscribed", _subscribed),
    "subscribe_scan": ("wechat.subscribed", _scanned),
    "subscribe_scan_product": ("wechat.subscribed", _subscribed),
    "unsubscribe": ("wechat.unsubscribed", _unsubscribed),
    "scan": ("wechat.scanned", _scanned),
    "masssendjobfinish": ("wechat.mass_finished", _mass_finished),
}
