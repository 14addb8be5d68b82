"""Where tasks come from besides rules: pushes that reached nobody, leads; and messages to her."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock, db, events
from app.core.db import session
from app.core.privacy import Person
from app.journeys import merging
from app.members import queries as members
from app.pushes import service as pushes
from app.pushes.models import Delivery, DeliveryState, PushRun, RunState, SkipReason
from app.tasks import bulk, jobs, privacy, service, words
from app.tasks.models import MessageState, RuleKind, Source, TaskMessage, TaskState
from app.tasks.service import Lead, Refusal, messages
from tests.tasks.conftest import later

pytestmark = pytest.mark.usefixtures("noon")


def run_of(store, reasons: dict[int, SkipReason | None], *, is_for_guides: bool = True) -> int:
    """A push that is over, with a delivery to each of these members."""
    with db.transaction(store.brand_id):
        push = pushes.save_draft(None, name="会员日", is_for_guides_too=is_for_guides)
        run = PushRun(push_id=push.id, period="2026-11", due_at=clock.now(), text="x")
        run.state = RunState.SENDING
        session.add(run)
        session.flush()
        for member_id, reason in reasons.items():
            [fan_id] = members.fan_ids_of(member_id)
            state = DeliveryState.SKIPPED if reason else DeliveryState.SENT
            session.add(Delivery(run_id=run.id, fan_id=fan_id, state=state, reason=reason))
        pushes.runs.finish_if_done(run)
        return run.id


def hand_over(store, run_id: int) -> None:
    while store.do(pushes.hand_over, run_id, 1):
        continue


def test_whom_a_push_could_not_reach_becomes_her_guide_s_task(store) -> None:
    gone, capped, held, no, sent = (store.member() for _ in range(5))
    reasons = {
        gone: SkipReason.NOT_FOLLOWING, capped: SkipReason.MONTHLY_CAP,
        held: SkipReason.HOLDOUT, no: SkipReason.NO_CONSENT, sent: None,
    }  # fmt: skip
    run_id = run_of(store, reasons)

    hand_over(store, run_id)
    hand_over(store, run_id)

    told = {task.member_id: words.why(Source(task.source), task.facts) for task in store.tasks()}
    assert told == {
        gone: "「会员日」没能推给她：她没有关注服务号",
        capped: "「会员日」没能推给她：本月的群发额度用完了",
    }
    with db.transaction(store.brand_id):
        assert db.get(PushRun, run_id).handed_count == 2


def test_a_push_that_does_not_say_so_asks_no_guide(store) -> None:
    run_id = run_of(store, {store.member(): SkipReason.NOT_FOLLOWING}, is_for_guides=False)

    hand_over(store, run_id)

    assert store.tasks() == []


def lead(store, member_id: int, key: str = "web-1"):
    told = Lead(RuleKind.BASKET, member_id, key, clock.now(), None)
    return store.do(bulk.take_lead, told, "7")


def test_a_lead_is_one_task_however_often_it_is_told(store) -> None:
    lin = store.member()
    store.rule(RuleKind.BASKET, days=0, for_days=2)

    first, again = lead(store, lin), lead(store, lin)
    another = lead(store, lin, "web-2")

    assert first[0].id == again[0].id
    assert another == (None, Refusal.HAS_TASK)
    assert words.why(Source(first[0].source), first[0].facts).endswith("加购了商品，还没买")


def test_a_lead_that_makes_no_task_says_why(store) -> None:
    no, lin = store.member(marketing=False), store.member()
    off = lead(store, lin)
    store.rule(RuleKind.BASKET, days=0)

    assert off == (None, Refusal.IS_OFF)
    assert lead(store, no) == (None, Refusal.NOT_ASKABLE)


def wrote(store, member_id: int, ago: timedelta) -> None:
    """She sent the account a message."""
    with db.transaction(store.brand_id):
        [fan_id] = members.fan_ids_of(member_id)
        events.record("wechat.message_received", fan_id=fan_id, at=clock.now() - ago)


@pytest.mark.parametrize("ago", [timedelta(hours=49), timedelta(days=9)])
def test_after_two_days_nothing_goes_out_and_it_says_why(store, ago) -> None:
    lin = store.member()
    [task] = store.give(lin)
    wrote(store, lin, ago)

    with pytest.raises(messages.CannotWrite, match="48 小时"):
        store.do(messages.claim, task.id, "您好", store.tap(task))


@pytest.mark.parametrize("text", ["", "您好{称呼}", "｛称呼｝", "长" * 601])
def test_no_brace_and_nothing_empty_goes_out(store, text) -> None:
    lin = store.member()
    [task] = store.give(lin)
    wrote(store, lin, timedelta(hours=1))

    with pytest.raises(messages.NoWords):
        store.do(messages.claim, task.id, text, store.tap(task))


def test_who_called_and_is_gone_leaves_a_doubt_and_no_second_message(store) -> None:
    lin = store.member()
    [task] = store.give(lin)
    wrote(store, lin, timedelta(hours=1))
    claim = store.do(messages.claim, task.id, "您好", store.tap(task))
    later(minutes=3)

    jobs.plan_due()

    with db.transaction(store.brand_id):
        sent = db.get(TaskMessage, claim.message_id)
    assert sent.state == MessageState.UNKNOWN
    with pytest.raises(messages.AlreadyWritten):
        store.do(messages.claim, task.id, "您好", store.tap(task))


def test_whoever_is_forgotten_is_asked_for_no_more(store) -> None:
    lin = store.member()
    [task] = store.give(lin)

    for rule in privacy.RULES:
        store.do(rule.erase, Person(lin, ()))

    found = store.task(task.id)
    assert (found.state, found.facts) == (TaskState.WITHDRAWN, {})


def test_who_turns_out_to_be_another_takes_her_tasks_along_and_back(store) -> None:
    lin, twin = store.member(), store.member()
    [task] = store.give(twin)

    merge = store.do(merging.merge, lin, twin, actor="staff:1")
    together = store.task(task.id).member_id
    store.do(merging.undo, merge.id, actor="staff:1")

    assert (together, store.task(task.id).member_id) == (lin, twin)


def test_the_reaction_ends_what_was_bought(store) -> None:
    lin = store.member()
    [task] = store.give(lin)
    later(minutes=1)
    store.buy(lin)
    with db.transaction(store.brand_id):
        events.record("order.paid", member_id=lin, order_id=0)
        event = session.scalars(select(events.Event).filter_by(name="order.paid")).one()
        service.on_paid([event])
        service.on_paid([event])

    assert store.task(task.id).state == TaskState.BOUGHT
