"""RQ workers: one process a queue, a ring answered by looking into SQL for what is due."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer

from app.core import audit, db, queue
from app.core.settings import Settings
from app.coupons import jobs as coupons
from app.credit import jobs as credit
from app.exports import service as exports
from app.insights import jobs as insights
from app.journeys import followers, greeting
from app.journeys import jobs as journeys
from app.journeys.privacy import erasing
from app.owners import jobs as owners
from app.points import service as points
from app.process import start_process
from app.pushes import jobs as pushes
from app.tasks import jobs as tasks
from app.wechat import notices

log = structlog.get_logger()
# With one answer under the job's 60.
AWAKE_SECONDS = {queue.NOW: 25, queue.FAST: 25, queue.BULK: 0}
LISTEN_EVERY = 0.03
IDLE_SECONDS = 45  # an idle worker says every 30 s that it lives; a dead one is forgotten soon


class Crashed(Exception):
    """An answer broke. RQ keeps an error's whole text in Redis: the log has what it was about."""


def bulk() -> None:
    """Notices first: they are few and somebody waits for them. Nobody waits for a check."""
    notices.work()
    erasing.work()
    pushes.work()
    coupons.work()
    owners.work()
    exports.work()
    tasks.work()
    insights.work()
    credit.work()
    followers.work()
    points.work()
    audit.check_due()


ANSWERS: Mapping[str, Callable[[], None]] = {
    queue.NOW: journeys.work,
    queue.FAST: greeting.work,
    queue.BULK: bulk,
}


def answer(name: str) -> None:
    """The only RQ job there is: do what is due for this queue, and stay awake for a while.

    A fresh fork opens its connections and compiles its statements anew, which costs a scan some
    hundred milliseconds; a worker that is awake hears the next ring at once.
    """
    try:
        _stay_awake(name)
    except Exception as error:
        log.error("worker.crashed", queue=name, kind=type(error).__name__, exc_info=error)
        raise Crashed(name) from None


def _stay_awake(name: str) -> None:
    until = time.monotonic() + AWAKE_SECONDS[name]
    queue.heard(name)
    ANSWERS[name]()
    while time.monotonic() < until:
        if queue.heard(name):
            ANSWERS[name]()
        else:
            time.sleep(LISTEN_EVERY)
    queue.fall_asleep(name)


class HuikeWorker(Worker):
    """A forked horse must not share its parent's database connections."""

    def perform_job(self, job: Job, queue: Queue, *args: Any, **kwargs: Any) -> bool:
        db.dispose_after_fork()
        return super().perform_job(job, queue, *args, **kwargs)


def run(name: str) -> None:
    """Serve one queue until told to stop; a second queue in one worker would lose jobs (M1)."""
    worker = HuikeWorker(
        [Queue(name, connection=queue.connection(), serializer=JSONSerializer)],
        connection=queue.connection(),
        serializer=JSONSerializer,
        maintenance_interval=60,
        worker_ttl=IDLE_SECONDS,
    )
    worker.work(logging_level="WARNING")


if __name__ == "__main__":
    start_process(Settings.from_env())
    run(sys.argv[1])
