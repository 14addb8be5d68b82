from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.brands.models import WechatAccount
from app.core import clock, db, queue
from app.core.db import session
from app.members import service as members
from app.pushes import jobs
from app.pushes import service as pushes
from app.pushes.models import (
    DeliveryState,
    PushBatch,
    RunState,
    SkipReason,
)
from app.wechat import gateway
from app.wechat.gateway import InsideTransaction
from tests.sandbox.play import eventually


def settle(stage, claim, **answer) -> None:
    with db.transaction(stage.brand.id):
        pushes.settle(claim, **answer)


def states(stage, run_id: int) -> dict[int, str]:
    return {fan_id: one.state for fan_id, one in stage.deliveries(run_id).items()}


def sizes(stage, run_id: int) -> list[int]:
    people = [one.batch_id for one in stage.deliveries(run_id).values()]
    return [people.count(batch.id) for batch in stage.batches(run_id)]


def test_a_run_reaches_each_once_however_often_the_job_runs(stage):
    fans = stage.followers(7)
    run_id = stage.run()

    for _ in range(3):
        jobs.work()

    assert stage.received(7) == dict.fromkeys(fans, 1)
    report = stage.report(run_id)
    assert (report.selected, report.sent, report.planned) == (7, 7, 0)
    assert stage.get_run(run_id).state == RunState.DONE
    assert stage.charged() == dict.fromkeys(fans, 1)


def test_selected_is_the_sum_of_its_parts_while_it_runs_and_after(stage):
    fans = stage.followers(9)
    stage.leave(fans[0])
    run_id = stage.begun(holdout_basis_points=2500)
    claim = stage.claim(run_id, 3)

    during = stage.report(run_id)
    settle(stage, claim, errcode=47003)
    stage.finish(run_id)
    after = stage.report(run_id)

    assert during.skipped == after.skipped == {SkipReason.NOT_FOLLOWING: 1, SkipReason.HOLDOUT: 2}
    assert (during.selected, during.planned) == (9, 6)
    assert (after.selected, after.sent, after.refused, after.planned) == (9, 3, 3, 0)


@pytest.mark.parametrize(
    ("people", "size", "batches"),
    [
        (7, 3, [3, 2, 2]),
        (4, 3, [2, 2]),
        (3, 2, [3]),
        (5, 2, [2, 3]),
        (6, 3, [3, 3]),
        (2, 10_000, [2]),
    ],
)
def test_no_batch_is_left_with_a_single_person(stage, people, size, batches):
    stage.followers(people)
    run_id = stage.run()

    jobs.work(size)

    assert sizes(stage, run_id) == batches
    assert stage.report(run_id).sent == people


def test_one_person_alone_is_skipped_with_that_reason_and_not_charged(stage):
    [lin] = stage.followers(1)
    run_id = stage.run()

    stage.finish(run_id)

    assert stage.reasons(run_id) == {lin: SkipReason.TOO_FEW}
    assert (stage.calls(), stage.charged(), stage.batches(run_id)) == ([], {}, [])


def test_who_unfollows_or_takes_consent_back_between_plan_and_claim_gets_nothing(stage):
    left, back, *others = stage.followers(5)
    member_id = stage.join(back, "13800005678", marketing=True)
    run_id = stage.begun()
    stage.leave(left)
    stage.withdraw(member_id)

    stage.finish(run_id)

    assert stage.received(3) == dict.fromkeys(others, 1)
    reasons = stage.reasons(run_id)
    assert (reasons[left], reasons[back]) == (SkipReason.NOT_FOLLOWING, SkipReason.NO_CONSENT)
    assert set(stage.charged()) == set(others)


def test_who_used_up_her_four_between_plan_and_claim_gets_nothing(stage):
    lin, *others = stage.followers(4)
    run_id = stage.begun()
    stage.charge([lin], 4)

    stage.finish(run_id)

    assert stage.reasons(run_id)[lin] == SkipReason.MONTHLY_CAP
    assert stage.received(3) == dict.fromkeys(others, 1)


def test_a_batch_is_filled_from_the_next_when_all_but_one_drop_out(stage):
    first, *dropped = stage.followers(4)
    later = stage.followers(3)
    run_id = stage.begun()
    stage.leave(*dropped)

    jobs.work(4)

    assert stage.received(4) == dict.fromkeys([first, *later], 1)
    assert stage.report(run_id).skipped == {SkipReason.NOT_FOLLOWING: 3}


def test_a_refusal_is_final_and_gives_the_charge_back(stage):
    stage.followers(3)
    run_id = stage.run()
    stage.fault("errcode", errcode=45028)

    stage.finish(run_id)

    report = stage.report(run_id)
    assert (report.refused, report.sent) == (3, 0)
    assert stage.charged() == {}
    assert {one.errcode for one in stage.deliveries(run_id).values()} == {45028}


@pytest.mark.parametrize("errcode", [-1, 45011])
def test_not_now_is_tried_again_later_under_the_same_key(stage, errcode):
    fans = stage.followers(4)
    run_id = stage.run()
    stage.fault("errcode", errcode=errcode)

    jobs.work(2)
    assert states(stage, run_id) == dict.fromkeys(fans, DeliveryState.PLANNED)
    assert len(stage.calls()) == 1  # no other batch begins meanwhile
    [batch] = stage.batches(run_id)
    stage.finish(run_id, 2)

    assert stage.received(4) == dict.fromkeys(fans, 1)
    assert stage.calls()[1]["key"] == batch.key != stage.calls()[2]["key"]
    assert stage.charged() == dict.fromkeys(fans, 1)


@pytest.mark.parametrize(("errcode", "times_charged"), [(45009, 0), (45011, 0), (-1, 1)])
def test_not_now_gives_the_charge_back_while_it_waits_unless_wechat_may_have_taken_it(
    stage, errcode, times_charged
):
    fans = stage.followers(2)
    stage.run()
    stage.fault("errcode", errcode=errcode)

    jobs.work()

    assert stage.charged() == (dict.fromkeys(fans, times_charged) if times_charged else {})


def test_an_answer_that_is_lost_keeps_the_key_and_reaches_each_once(stage):
    fans = stage.followers(3)
    run_id = stage.run()
    stage.fault("lose_response")

    jobs.work()
    assert states(stage, run_id) == dict.fromkeys(fans, DeliveryState.CALLING)
    stage.finish(run_id)

    first, again = stage.calls()
    assert first["key"] == again["key"]
    assert stage.received(3) == dict.fromkeys(fans, 1)
    assert (stage.report(run_id).sent, stage.doubled()) == (3, 0)


def test_a_lost_answer_is_not_asked_for_within_the_minute_in_which_wechat_refuses(stage):
    stage.followers(3)
    run_id = stage.run()
    stage.fault("lose_response")
    jobs.work()

    stage.pass_time(25)
    jobs.expire_leases()
    jobs.work()

    assert len(stage.calls()) == 1
    assert stage.batches(run_id)[0].retry_at > clock.now()


def test_a_retry_in_doubt_leaves_out_who_said_no_and_calls_her_unknown(stage):
    lin, *others = stage.followers(4)
    run_id = stage.run()
    stage.fault("lose_response")
    jobs.work()
    stage.leave(lin)

    stage.finish(run_id)

    assert states(stage, run_id) == dict.fromkeys(others, "sent") | {lin: "unknown"}
    assert stage.calls()[-1]["detail"] == "3 openids"
    assert stage.charged()[lin] == 1


def test_a_doubt_older_than_wechats_memory_is_shown_as_unknown_and_never_resent(stage):
    fans = stage.followers(3)
    run_id = stage.run()
    stage.fault("lose_response")
    jobs.work()

    stage.pass_time(23 * 3600 + 60)
    stage.finish(run_id)

    assert states(stage, run_id) == dict.fromkeys(fans, DeliveryState.UNKNOWN)
    assert len(stage.calls()) == 1
    assert stage.charged() == dict.fromkeys(fans, 1)
    assert stage.get_run(run_id).state == RunState.DONE


def test_not_now_for_a_whole_day_is_a_refusal_since_nothing_was_taken(stage):
    fans = stage.followers(3)
    run_id = stage.run()
    stage.fault("errcode", errcode=45009)
    jobs.work()

    stage.pass_time(23 * 3600 + 60)
    jobs.expire_leases()

    assert states(stage, run_id) == dict.fromkeys(fans, DeliveryState.REFUSED)
    assert stage.charged() == {}


def test_a_refusal_after_a_lost_answer_proves_nothing_about_the_first_call(stage):
    fans = stage.followers(3)
    run_id = stage.run()
    stage.fault("lose_response")
    jobs.work()
    stage.fault("errcode", errcode=48004)

    stage.finish(run_id)

    assert states(stage, run_id) == dict.fromkeys(fans, DeliveryState.UNKNOWN)
    assert stage.charged() == dict.fromkeys(fans, 1)


def test_a_message_id_of_another_batch_proves_nothing(stage):
    stage.followers(4)
    run_id = stage.begun()
    settle(stage, stage.claim(run_id, 2), message_id=7)
    settle(stage, stage.claim(run_id, 2), message_id=7)

    report = stage.report(run_id)
    assert (report.sent, report.unknown) == (2, 2)


def test_nobody_listening_at_wechat_leaves_no_doubt_and_no_charge(stage, settings):
    fans = stage.followers(3)
    run_id = stage.begun()
    gateway.configure("http://127.0.0.1:9")
    try:
        jobs.work()
    finally:
        gateway.configure(settings.wechat_api_base_url)

    assert states(stage, run_id) == dict.fromkeys(fans, DeliveryState.PLANNED)
    assert stage.charged() == {}
    stage.finish(run_id)
    assert stage.received(3) == dict.fromkeys(fans, 1)


def test_a_worker_that_comes_back_late_neither_calls_nor_settles(stage):
    stage.followers(3)
    run_id = stage.begun()
    claim = stage.claim(run_id)
    stage.pass_time(25)
    jobs.expire_leases()
    stage.pass_time(70)
    again = stage.claim(run_id)

    settle(stage, claim, errcode=45028)
    with db.transaction(stage.brand.id):
        assert not pushes.may_begin(claim)
        assert pushes.may_begin(again)
        assert not pushes.may_begin(replace(again, claimed=again.claimed - 6))

    assert stage.batches(run_id)[0].state == DeliveryState.CALLING
    assert claim.key == again.key
    assert claim.lease_token != again.lease_token


def test_the_key_fits_and_is_the_batchs_own(stage):
    stage.followers(4)
    run_id = stage.begun()

    first, second = stage.claim(run_id, 2), stage.claim(run_id, 2)

    assert first.key != second.key
    assert all(len(claim.key.encode()) <= 64 for claim in (first, second))


def test_the_call_is_made_outside_any_transaction(stage):
    stage.followers(2)
    claim = stage.claim(stage.begun())

    with db.transaction(stage.brand.id), pytest.raises(InsideTransaction):
        gateway.mass_send_text(claim.account_id, claim.openids, claim.text, key=claim.key)


def test_stop_lets_no_further_call_begin_and_counts_the_rest(live):
    live.followers(12)
    run_id = live.begun()
    for _ in range(6):
        live.fault("delay", seconds=0.4)
    worker = threading.Thread(target=jobs.work, args=(2,))
    worker.start()
    eventually(lambda: len(live.calls()) >= 2)
    live.stop(run_id)
    begun = len(live.calls())
    worker.join(20)
    live.stop(run_id)

    report = live.report(run_id)
    assert len(live.calls()) - begun <= 1  # the one in flight
    assert report.skipped[SkipReason.STOPPED] == 12 - report.sent > 0
    assert (report.planned, report.unknown) == (0, 0)
    assert live.get_run(run_id).state == RunState.STOPPED
    assert set(live.charged()) == set(live.received(report.sent))


def test_a_stopped_run_settles_what_was_in_flight_and_gives_up_what_waited(stage):
    stage.leave_the_night()
    fans = stage.followers(4)
    run_id = stage.begun()
    waiting = stage.claim(run_id, 2)
    flying = stage.claim(run_id, 2)
    settle(stage, waiting, errcode=45009)

    stage.stop(run_id)
    settle(stage, flying, message_id=9)

    assert sorted(states(stage, run_id).values()) == ["sent", "sent", "skipped", "skipped"]
    assert len(stage.charged()) == 2
    assert {one.reason for one in stage.deliveries(run_id).values()} == {None, "stopped"}
    assert len(fans) == stage.report(run_id).selected


def test_a_doubt_in_a_stopped_run_becomes_unknown(stage):
    fans = stage.followers(3)
    run_id = stage.run()
    stage.fault("lose_response")
    jobs.work()
    stage.stop(run_id)

    stage.pass_time(25)
    jobs.expire_leases()

    assert states(stage, run_id) == dict.fromkeys(fans, DeliveryState.UNKNOWN)


def test_a_stop_between_claim_and_call_is_in_time(stage):
    fans = stage.followers(3)
    run_id = stage.begun()
    claim = stage.claim(run_id)
    stage.stop(run_id)

    with db.transaction(stage.brand.id):
        assert not pushes.may_begin(claim)
        pushes.put_back(claim)

    assert states(stage, run_id) == dict.fromkeys(fans, DeliveryState.SKIPPED)
    assert stage.charged() == {}


def test_a_pause_holds_the_run_and_scheduling_lets_it_go_on(stage):
    fans = stage.followers(3)
    run_id = stage.begun()
    push_id = stage.get_run(run_id).push_id
    with db.transaction(stage.brand.id):
        pushes.pause(push_id, stage.mei)

    jobs.work()
    assert stage.calls() == []
    with db.transaction(stage.brand.id):
        pushes.schedule(push_id, stage.mei)
    jobs.work()

    assert stage.received(3) == dict.fromkeys(fans, 1)
    assert len(stage.runs_of(push_id)) == 1


def test_the_timekeeper_wakes_the_queue_only_for_what_may_go_on(stage, redis):
    stage.followers(3)
    run_id = stage.run()
    bell = "huike:rung:" + queue.BULK

    def wakes() -> bool:
        redis.delete(bell)
        jobs.expire_leases()
        return bool(redis.exists(bell))

    assert wakes()
    stage.fault("errcode", errcode=45011)
    jobs.work()
    assert not wakes()
    stage.pass_time(70)
    assert wakes()
    jobs.work()
    assert stage.report(run_id).sent == 3
    assert not wakes()


def test_a_run_that_fails_does_not_hold_up_the_next(stage):
    stage.followers(3)
    broken = stage.run("一", account_id=stage.brand.mini.id)
    sound = stage.run("二")
    with db.transaction(stage.brand.id):
        for openid in ("o-mini-1", "o-mini-2"):
            fan = members.follow(stage.brand.mini.id, openid, clock.now())
            members.tag_fans([fan.id], "购买", "护肤", "rule")
        account = session.get_one(WechatAccount, stage.brand.mini.id)
        account.secret_encrypted = "sealed with a key that is gone"

    jobs.work()

    assert (stage.report(broken).planned, stage.report(sound).sent) == (2, 3)


def test_leases_that_are_still_good_are_left_alone(stage):
    stage.followers(2)
    run_id = stage.begun()
    stage.claim(run_id)

    clock.move(timedelta(seconds=10))
    jobs.expire_leases()

    assert stage.batches(run_id)[0].state == DeliveryState.CALLING


def test_a_batch_belongs_to_one_message_in_the_database_too(stage):
    stage.followers(4)
    run_id = stage.begun()
    settle(stage, stage.claim(run_id, 2), message_id=7)
    second = stage.claim(run_id, 2)

    with pytest.raises(Exception, match="uq_push_batches"), db.transaction(stage.brand.id):
        session.execute(
            update(PushBatch).where(PushBatch.id == second.batch_id).values(message_id=7)
        )
