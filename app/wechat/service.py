"""The inbox of WeChat's messages: kept at the door, understood by the worker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import TypeAlias

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.brands.models import AccountKind, WechatAccount
from app.core import db, inbox, queue
from app.core.db import session
from app.core.events import News, record_all
from app.core.groupcommit import GroupCommit, NotCommitted
from app.core.inbox import InboxMessage, Kept, Letter
from app.core.loopcommit import LoopCommit
from app.wechat import callbacks, events, evidence, greetings, replies
from app.wechat.callbacks import Door
from app.wechat.greetings import Told
from app.wechat.refusals import REFUSED, Reason, Refused

log = structlog.get_logger()


@dataclass(frozen=True)
class Reply:
    """What WeChat hears."""

    status: int
    content_type: str
    body: str


def take(url_key: str, query: Mapping[str, str], body: bytes) -> Reply:
    """Take a message in: a 200 means that its row is committed. Raises Refused."""
    door = door_of(url_key)
    try:
        letter = opened(door, query, body)
    except Refused as refusal:
        evidence.note(door.account_id, refusal)
        raise
    try:
        return answered(door, query, letters.submit(letter))
    except NotCommitted:
        raise Refused(Reason.NOT_STORED) from None


Keep: TypeAlias = Callable[[Letter], Awaitable[Kept]]


def keeper(conninfo: str) -> Keep:
    """How an event loop keeps letters: many in one commit, without a thread."""
    wire = inbox.wire(conninfo)
    return LoopCommit(partial(inbox.put_by, wire), _ring).committed


async def take_in_loop(url_key: str, query: Mapping[str, str], body: bytes, keep: Keep) -> Reply:
    """The same for an event loop, which waits for nothing but the commit."""
    door = await door_in_loop(url_key)
    try:
        letter = opened(door, query, body)
    except Refused as refusal:
        evidence.note(door.account_id, refusal, aside=True)
        raise
    try:
        return answered(door, query, await keep(letter))
    except NotCommitted:
        raise Refused(Reason.NOT_STORED) from None


def opened(door: Door, query: Mapping[str, str], body: bytes) -> Letter:
    """What is to be kept of a push, and its reply by the rules. Raises Refused."""
    message = callbacks.open_message(door, query, body)
    reply = None if door.is_corp else replies.compose(door.rules, message)
    return Letter(door.brand_id, door.account_id, message.key, message.kept_xml, reply)


def answered(door: Door, query: Mapping[str, str], kept: Kept) -> Reply:
    """What WeChat hears once it is kept."""
    if door.is_corp:
        _aside.submit(queue.ring_at_once, queue.FAST)  # what it tells may be worth 20 seconds
    return Reply(200, *callbacks.answer(door, query, kept.reply))


def door_of(url_key: str) -> Door:
    """The account behind the address. Raises Refused."""
    return callbacks.known_door(url_key) or _door_now(url_key)


async def door_in_loop(url_key: str) -> Door:
    """The same; a look-up is made beside the loop. Raises Refused."""
    known = callbacks.known_door(url_key)
    return known if known is not None else await asyncio.to_thread(_door_now, url_key)


def _door_now(url_key: str) -> Door:
    try:
        return callbacks.look_up_door(url_key)
    except SQLAlchemyError:
        raise Refused(Reason.NOT_STORED) from None


def refused(refusal: Refused) -> Reply:
    """Count it and log it; an error only where we are the cause."""
    REFUSED.labels(refusal.reason).inc()
    say = log.error if refusal.status >= 500 else log.info
    say("callback.refused", reason=refusal.reason)
    body = json.dumps(refusal.problem(), ensure_ascii=False)
    return Reply(refusal.status, "application/problem+json", body)


def _ring() -> None:
    queue.ring_at_once(queue.NOW)


letters = GroupCommit(inbox.put, _ring)
_aside = ThreadPoolExecutor(1, "fast-ring")  # a loop must not wait for Redis


def drain(limit: int = 500) -> int:
    """Turn due messages into events, oldest first; answers how many were dealt with."""
    return _drained(partial(inbox.claim, limit))


def drain_corps(limit: int = 100) -> int:
    """The same for what WeCom told just now, past the line of everything else."""
    return _drained(partial(_fresh_of_corps, limit))


def _fresh_of_corps(limit: int) -> list[InboxMessage]:
    corps = select(WechatAccount.id).where(WechatAccount.kind == AccountKind.WECOM)
    return inbox.claim_fresh(session.scalars(corps).all(), limit)


def _drained(claim: Callable[[], list[InboxMessage]]) -> int:
    try:
        return _drain(claim, _understand)
    except Exception as error:
        log.warning("inbox.batch_failed", kind=type(error).__name__)
        return _drain(claim, _understand_or_put_off)


def _drain(
    claim: Callable[[], list[InboxMessage]],
    understand: Callable[[Sequence[InboxMessage]], None],
) -> int:
    with db.system_transaction():
        claimed = claim()
        by_brand = attrgetter("brand_id")
        for brand_id, group in groupby(sorted(claimed, key=by_brand), by_brand):
            db.enter_brand(brand_id)
            understand(list(group))
            session.flush()  # while the brand of these rows is the one entered
        return len(claimed)


def _understand(messages: Sequence[InboxMessage]) -> None:
    read = [Told(message, inbox.read(message)) for message in messages]
    news = [_news_of(each) for each in read]
    record_all([each for each in news if each is not None])
    welcoming = [each for each in read if greetings.is_candidate(each.xml)]
    if welcoming:
        greetings.plan(welcoming)
    inbox.done(messages)


def _news_of(told: Told) -> News | None:
    message = told.message
    return events.news_of(
        message.account_id,
        message.received_at,
        message.id,
        told.xml,
        is_answered=message.reply_encrypted is not None,
    )


def _understand_or_put_off(messages: Sequence[InboxMessage]) -> None:
    """After a batch failed: what one message breaks is undone for that message alone."""
    for message in messages:
        try:
            with session.begin_nested():
                _understand([message])
                session.flush()
        except Exception as error:
            log.warning("inbox.failed", message_id=message.id, kind=type(error).__name__)
            inbox.failed(message.id, type(error).__name__)
