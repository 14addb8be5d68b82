"""The inbox of WeChat's messages: kept at the door, understood by the worker."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from operator import attrgetter

import structlog

from app.core import db, inbox
from app.core.db import session
from app.core.inbox import InboxMessage
from app.wechat import events, messages
from app.wechat.callbacks import Door

log = structlog.get_logger()


def keep(door: Door, xml: str) -> bool:
    """Commit the message to the inbox; False when this very message is there already."""
    key = messages.digest(messages.checked(xml))
    with db.system_transaction():
        return inbox.put(
            brand_id=door.brand_id, account_id=door.account_id, dedupe_key=key, raw=xml
        )


def drain(limit: int = 500) -> int:
    """Turn due messages into events, oldest first; answers how many were dealt with."""
    try:
        return _drain(limit, _understand)
    except Exception as error:
        log.warning("inbox.batch_failed", kind=type(error).__name__)
        return _drain(limit, _understand_or_put_off)


def _drain(limit: int, understand: Callable[[InboxMessage], None]) -> int:
    with db.system_transaction():
        claimed = inbox.claim(limit)
        by_brand = attrgetter("brand_id")
        for brand_id, group in groupby(sorted(claimed, key=by_brand), by_brand):
            db.enter_brand(brand_id)
            for message in group:
                understand(message)
            session.flush()  # while the brand of these rows is the one entered
        return len(claimed)


def _understand(message: InboxMessage) -> None:
    events.record(message.account_id, message.received_at, message.id, inbox.read(message))
    inbox.done(message)


def _understand_or_put_off(message: InboxMessage) -> None:
    """After a batch failed: what one message breaks is undone for that message alone."""
    try:
        with session.begin_nested():
            _understand(message)
            session.flush()
    except Exception as error:
        log.warning("inbox.failed", message_id=message.id, kind=type(error).__name__)
        inbox.failed(message.id, type(error).__name__)
