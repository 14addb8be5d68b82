"""Sending notices: claim a batch, call by many threads, settle in one statement.

WeChat takes its time for each answer, so the calls of a batch wait side by side. Safe to run
twice and to die anywhere: retry lives in the rows.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

from app.core import clock, db, queue, turns
from app.wechat.calling import given
from app.wechat.endpoints import SEND_TEMPLATE
from app.wechat.errors import Action, NoAnswer, Paused, WeChatError, action_for, retry_at
from app.wechat.line import Line
from app.wechat.models import NoticeState
from app.wechat.notices import ledger
from app.wechat.notices.ledger import Batch, Claimed, Outcome

PARALLEL, LEAST_PARALLEL = 128, 16
ACCOUNTS = 8  # at the same time
BATCH = 2000
WORK_SECONDS = 8.0  # and 16 more for the last batch; pushes wait in the same job of 60
UNREACHABLE = timedelta(seconds=15)


def work() -> None:
    """Send what is due, every account by threads of its own, so that a stuck one stops none."""
    until = time.monotonic() + WORK_SECONDS
    with db.system_transaction():
        found = ledger.due_accounts()
    if found:
        share = max(PARALLEL // len(found), LEAST_PARALLEL)
        with ThreadPoolExecutor(min(len(found), ACCOUNTS)) as desks:
            list(desks.map(lambda place: _serve(place, share, until), found))
    with db.system_transaction():
        if ledger.is_any_due():
            queue.ring(queue.BULK)


def _serve(place: tuple[int, int], parallel: int, until: float) -> None:
    """A batch after another, while there is time and the account gets on."""
    brand_id, account_id = place
    with ThreadPoolExecutor(parallel) as threads:
        step = partial(_step, threads, brand_id, account_id)
        while time.monotonic() < until:
            if not turns.step_or_log(f"notices.step:{account_id}", step):
                break


def _step(threads: ThreadPoolExecutor, brand_id: int, account_id: int) -> bool:
    with db.transaction(brand_id):
        batch = ledger.claim(account_id, BATCH)
    if not batch.notices:
        return False
    outcomes = _call_all(threads, batch)
    with db.transaction(brand_id):
        ledger.settle(batch, outcomes)
        for template_id, errcode in _stopped(batch, outcomes).items():
            ledger.stop_template(batch, template_id, errcode)
    return any(one.state is NoticeState.SENT for one in outcomes)


def _call_all(threads: ThreadPoolExecutor, batch: Batch) -> list[Outcome]:
    try:
        line = Line(batch.account_id, SEND_TEMPLATE, len(batch.notices))
    except NoAnswer as rest:
        return [_not_made(notice, rest) for notice in batch.notices]
    except WeChatError as refusal:  # of the token: it says nothing about these notices
        due_at = retry_at(refusal.errcode, clock.now()) or clock.now() + UNREACHABLE
        return [_due_again(notice, due_at, refusal.errcode) for notice in batch.notices]
    waiting = iter(batch.notices)  # shared: a thread that has its answer takes the next one
    outcomes = [_call(batch, line, next(waiting))] if line.is_probe else []
    parts = threads.map(lambda _: [_call(batch, line, one) for one in waiting], range(PARALLEL))
    outcomes += [outcome for part in parts for outcome in part]
    line.close()
    return outcomes


def _call(batch: Batch, line: Line, notice: Claimed) -> Outcome:
    if batch.is_late():
        return _due_again(notice, clock.now())
    body = {"touser": notice.openid, **notice.message.body(), "client_msg_id": notice.key}
    try:
        message_id = given(line.call(body), "msgid", int)
    except WeChatError as refusal:
        return _refused(notice, refusal)
    except NoAnswer as silence:
        return _not_made(notice, silence) if not silence.was_sent else _in_doubt(notice)
    return Outcome(notice.notice_id, NoticeState.SENT, message_id=message_id)


def _refused(notice: Claimed, refusal: WeChatError) -> Outcome:
    """As the table says: again at its time, or never."""
    now = clock.now()
    due_at = retry_at(refusal.errcode, now, notice.attempts)
    if due_at is None:
        return Outcome(notice.notice_id, NoticeState.REFUSED, refusal.errcode)
    if refusal.action is Action.REFRESH_TOKEN:  # it was replaced once already
        due_at = now + UNREACHABLE
    doubt = refusal.rule.leaves_doubt
    return Outcome(
        notice.notice_id, NoticeState.DUE, refusal.errcode, due_at=due_at, leaves_doubt=doubt
    )


def _in_doubt(notice: Claimed) -> Outcome:
    return Outcome(notice.notice_id, NoticeState.CALLING, leaves_doubt=True)


def _not_made(notice: Claimed, rest: NoAnswer) -> Outcome:
    until = rest.until if isinstance(rest, Paused) else clock.now()
    return _due_again(notice, max(until, clock.now() + UNREACHABLE))


def _due_again(notice: Claimed, due_at: datetime, errcode: int | None = None) -> Outcome:
    return Outcome(notice.notice_id, NoticeState.DUE, errcode, due_at=due_at)


def _stopped(batch: Batch, outcomes: list[Outcome]) -> dict[str, int]:
    """Templates that WeChat refused for good, with its code."""
    templates = {one.notice_id: one.message.template_id for one in batch.notices}
    return {
        templates[one.notice_id]: one.errcode
        for one in outcomes
        if one.state is NoticeState.REFUSED
        and one.errcode is not None
        and action_for(one.errcode) is Action.STOP
    }
