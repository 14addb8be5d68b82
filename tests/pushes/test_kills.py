"""Workers die with `kill -9`; WeChat's own log says who was reached how often."""

from __future__ import annotations

import os
import random
import signal

import pytest
from sqlalchemy import select, update

from app.core import db
from app.core.db import session
from app.members import service as members
from app.members.models import Fan
from app.pushes import jobs
from app.pushes.models import Delivery, DeliveryState, RunState, SkipReason
from app.wechat import gateway
from tests.pushes import doomed

pytestmark = pytest.mark.fault

SEED = 20261108


@pytest.fixture
def wechat_url(settings) -> str:
    return settings.wechat_api_base_url


def work() -> None:
    jobs.work(3)


@pytest.mark.parametrize("point", doomed.POINTS)
def test_a_worker_killed_at_any_point_reaches_nobody_twice_and_forgets_nobody(
    live, wechat_url, point
):
    fans = live.followers(8)
    run_id = live.begun()

    for _ in range(2):
        assert not doomed.wait(doomed.fork(doomed.at_point(point, work), wechat_url))
        live.pass_time(70)
        jobs.expire_leases()
    live.finish(run_id, 3)

    assert live.received(8) == dict.fromkeys(fans, 1)
    assert live.doubled() == 0
    report = live.report(run_id)
    assert (report.selected, report.sent, report.unknown) == (8, 8, 0)
    assert live.charged() == dict.fromkeys(fans, 1)


def test_workers_killed_at_random_reach_nobody_twice_and_forget_nobody(live, wechat_url):
    fans = live.followers(30)
    run_id = live.run()
    live.fault("delay", seconds=0.05, times=1000)  # ten batches take longer than any child lives
    lot, kills = random.Random(SEED), 0

    while kills < 8 and live.get_run(run_id).ended_at is None:
        kills += doomed.kill_at_random(doomed.fork(work, wechat_url), lot, 0.4)
        live.pass_time(70)
        jobs.expire_leases()
    live.finish(run_id, 3)

    print(f"seed {SEED}, kills {kills}")
    assert kills > 0
    assert live.received(30) == dict.fromkeys(fans, 1)
    assert live.doubled() == 0
    assert live.report(run_id).sent == 30


def test_a_sender_that_calls_and_then_commits_does_reach_people_twice(live, wechat_url):
    """The negative control: without claim, key and lease the same kill doubles."""
    live.followers(6)
    run_id = live.begun()

    def call_then_commit() -> None:
        with db.transaction(live.brand.id):
            planned = (Delivery.run_id == run_id) & (Delivery.state == DeliveryState.PLANNED)
            people = session.scalars(
                select(Fan).join(Delivery, Delivery.fan_id == Fan.id).where(planned)
            ).all()
        openids = [members.openid_of(person) for person in people]
        key = os.urandom(8).hex()
        gateway.mass_send_text(live.account.id, openids, "护肤会员日", key=key)
        if call_then_commit.is_doomed:
            os.kill(os.getpid(), signal.SIGKILL)
        with db.transaction(live.brand.id):
            session.execute(update(Delivery).where(planned).values(state=DeliveryState.SENT))

    call_then_commit.is_doomed = True
    assert not doomed.wait(doomed.fork(call_then_commit, wechat_url))
    call_then_commit.is_doomed = False
    assert doomed.wait(doomed.fork(call_then_commit, wechat_url))

    live.received(12)
    assert live.doubled() == 6


def test_a_worker_that_stood_still_between_claim_and_call_does_not_call(live, wechat_url):
    live.followers(6)
    run_id = live.begun()
    still = doomed.at_point("after the claim is committed", work, signal.SIGSTOP)
    pid = doomed.fork(still, wechat_url)
    os.waitpid(pid, os.WUNTRACED)
    live.stop(run_id)

    os.kill(pid, signal.SIGCONT)

    assert doomed.wait(pid)
    assert live.calls() == []
    assert live.report(run_id).skipped == {SkipReason.STOPPED: 6}
    assert live.charged() == {}
    assert live.get_run(run_id).state == RunState.STOPPED
