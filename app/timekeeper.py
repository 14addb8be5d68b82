"""The timekeeper: every five seconds, what has come due in SQL is rung for. Nothing else is
periodic. Three may run; an advisory lock makes one of them the leader of each tick."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from datetime import timedelta

import structlog
from sqlalchemy import select, text

from app.benefits import presence
from app.calls import service as calls
from app.core import audit, clock, db, idempotency, inbox, pulse, queue, ratelimit
from app.core.db import session
from app.core.events import ReactionState, ReactionWork
from app.core.inbox import InboxMessage, InboxState
from app.core.settings import Settings
from app.coupons import jobs as coupons
from app.credit import jobs as credit
from app.exports import service as exports
from app.insights import jobs as insights
from app.journeys import followers, welcome
from app.journeys.models import Welcome, WelcomeState
from app.journeys.privacy import erasing
from app.members import service as members
from app.members.models import Fan
from app.owners import jobs as owners
from app.points import service as points
from app.pos.service import callers
from app.process import start_process
from app.pushes import jobs as push_jobs
from app.pushes import service as pushes
from app.staff.service import bindings
from app.tasks import jobs as tasks
from app.wechat import greetings, notices, tokens

log = structlog.get_logger()
TICK_SECONDS = 5
INBOX_KEPT = timedelta(hours=30)  # WeChat's longest resend is a day


def run() -> None:
    """Tick until told to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        tick()
        stop.wait(TICK_SECONDS)


def tick() -> None:
    """One look at everything. A duty that fails is logged and does not stop the others."""
    if not _lead():
        return
    for duty in DUTIES:
        try:
            duty()
        except Exception as error:
            log.error("timekeeper.duty_failed", duty=duty.__name__, exc_info=error)


def _lead() -> bool:
    """Whether this process leads now: it beats, unless another one did within the tick."""
    try:
        with db.system_transaction():
            locked = session.scalar(text("SELECT pg_try_advisory_xact_lock(hashtext('tick'))"))
            last = pulse.last(pulse.TIMEKEEPER)
            is_fresh = last is not None and clock.now() - last < timedelta(seconds=TICK_SECONDS - 1)
            if not locked or is_fresh:
                return False
            pulse.beat(pulse.TIMEKEEPER)
            return True
    except Exception as error:
        log.error("timekeeper.no_database", kind=type(error).__name__)
        return False


def ring_now() -> None:
    """Undone inbox rows, reactions, welcomes and unknown followers: a lost ring costs one tick."""
    at = clock.now()
    due = (
        select(InboxMessage.id).where(
            InboxMessage.state == InboxState.NEW, InboxMessage.due_at <= at
        ),
        select(ReactionWork.event_id).where(
            ReactionWork.state == ReactionState.DUE, ReactionWork.due_at <= at
        ),
        select(Welcome.id).where(Welcome.state == WelcomeState.DUE),
        select(Fan.id).where(Fan.unionid_due_at <= at),
    )
    with db.system_transaction():
        if any(session.execute(statement.limit(1)).first() for statement in due):
            queue.ring(queue.NOW)
        if greetings.is_any_due():
            queue.ring(queue.FAST)


def start_pushes() -> None:
    """Push runs whose time has come."""
    pushes.plan_due(clock.now())


def expire_leases() -> None:
    """Calls whose answer never came."""
    push_jobs.expire_leases()
    welcome.doubt_abandoned()
    greetings.doubt_abandoned()
    with db.system_transaction():
        notices.expire()
        calls.doubt_abandoned()
        if notices.is_any_due() or exports.is_any_due() or points.is_any_due():
            queue.ring(queue.BULK)


def tidy_coupons() -> None:
    """Coupons that were put aside too long, grants and revoked batches that wait."""
    coupons.tidy()


def go_on_with_owners() -> None:
    """Hand-overs of customers that were begun."""
    owners.plan_due()


def check_followers() -> None:
    """The day's reconciliation of followers, after four in the morning."""
    followers.plan_due(clock.now())


def plan_counts() -> None:
    """What is bought together is counted again, once a day where something sold."""
    insights.plan_due()


def plan_tasks() -> None:
    """The day's tasks for guides, after six in each brand's morning, and what is over."""
    tasks.plan_due()


def credit_sales() -> None:
    """Once a day: whose the last days' sales are, when all that happened in them is in."""
    credit.plan_due()


def erase_due() -> None:
    """People whose wish to be forgotten has come due."""
    erasing.plan_due()


def keep_audit() -> None:
    """Each day the heads of the audit chains are written down outside the database, and every
    chain is walked."""
    with db.system_transaction():
        audit.anchor_heads()
        if audit.brands_due():
            queue.ring(queue.BULK)


def refresh_tokens() -> None:
    """Access tokens near their end."""
    tokens.refresh_due()


def forget() -> None:
    """What has been kept long enough."""
    with db.system_transaction():
        idempotency.forget_expired()
        ratelimit.forget_full()
        members.forget_tries()
        members.forget_sms_codes()
        callers.forget_seen()
        bindings.forget_rounds()
        presence.forget()
        exports.expire()
        inbox.purge(INBOX_KEPT)


DUTIES: tuple[Callable[[], None], ...] = (
    ring_now,
    start_pushes,
    expire_leases,
    tidy_coupons,
    go_on_with_owners,
    check_followers,
    plan_counts,
    plan_tasks,
    credit_sales,
    erase_due,
    keep_audit,
    refresh_tokens,
    forget,
)


if __name__ == "__main__":
    start_process(Settings.from_env())
    run()
