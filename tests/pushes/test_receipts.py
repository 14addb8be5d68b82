from __future__ import annotations

import pytest

from app.core import db, events
from app.core.db import session
from app.core.events import Event
from app.pushes import jobs
from app.pushes import service as pushes
from app.pushes.queries import Receipts

TOTALS = {"status": "send success", "total": 3, "filtered": 3, "sent": 2, "errors": 1}


def receive(stage, message_id: int, **given) -> None:
    """What the reaction does with WeChat's receipt."""
    facts = {"account_id": stage.account.id, "message_id": message_id, **TOTALS, **given}
    with db.transaction(stage.brand.id):
        event_id = events.record("wechat.mass_finished", **facts)
        pushes.on_mass_finished([session.get_one(Event, (stage.brand.id, event_id))])


def sent_run(stage) -> int:
    stage.followers(3)
    run_id = stage.run()
    jobs.work()
    return run_id


def test_a_receipts_totals_stand_beside_our_own_count(stage):
    run_id = sent_run(stage)

    receive(stage, stage.batches(run_id)[0].message_id)

    report = stage.report(run_id)
    assert report.receipts == Receipts(
        batches=1, confirmed=1, total=3, filtered=3, sent=2, errors=1
    )
    assert report.sent == 3


def test_a_receipt_that_comes_again_changes_nothing(stage):
    run_id = sent_run(stage)
    message_id = stage.batches(run_id)[0].message_id
    receive(stage, message_id)

    receive(stage, message_id, sent=0, errors=3)

    assert stage.report(run_id).receipts.sent == 2


def test_a_receipt_before_our_own_settling_waits_for_it(stage):
    stage.followers(3)
    run_id = stage.begun()
    claim = stage.claim(run_id)

    with pytest.raises(pushes.NotYet):
        receive(stage, 77)
    with db.transaction(stage.brand.id):
        pushes.settle(claim, message_id=77)
    receive(stage, 77)

    assert stage.report(run_id).receipts.confirmed == 1


def test_a_receipt_of_a_message_sent_by_hand_is_passed_over(stage):
    run_id = sent_run(stage)

    receive(stage, 12345)

    assert stage.report(run_id).receipts == Receipts(batches=1)


def test_another_accounts_receipt_with_the_same_number_is_not_ours(stage):
    run_id = sent_run(stage)

    receive(stage, stage.batches(run_id)[0].message_id, account_id=stage.brand.mini.id)

    assert stage.report(run_id).receipts.confirmed == 0
