"""Never after "no": also for those who are in the queue already."""

from __future__ import annotations

from datetime import timedelta

from app.core import clock, db
from app.core.db import session
from app.members import service as members
from app.members.models import ConsentChannel, Fan, Member, Purpose
from app.members.service import ages
from app.pushes.models import SkipReason
from app.pushes.service import claiming

LIN, AN, MO = "13800005678", "13800005679", "13800005680"


def three_members(stage) -> tuple[list[int], list[int]]:
    fans = stage.followers(3)
    ids = [
        stage.join(fan, phone, marketing=True)
        for fan, phone in zip(fans, (LIN, AN, MO), strict=True)
    ]
    return fans, ids


def test_who_withdraws_while_she_is_queued_is_not_called(stage):
    fans, ids = three_members(stage)
    run_id = stage.begun()

    stage.withdraw(ids[0])
    stage.finish(run_id)

    assert stage.reasons(run_id)[fans[0]] == SkipReason.NO_CONSENT
    assert set(stage.received(2)) == set(fans[1:])


def test_without_the_look_at_the_claim_she_would_be_called(stage, monkeypatch):
    """The negative control: an audience that is only asked when it is frozen."""
    fans, ids = three_members(stage)
    run_id = stage.begun()
    monkeypatch.setattr(claiming, "SKIP_REFUSED", "SELECT :batch")

    stage.withdraw(ids[0])
    stage.finish(run_id)

    assert set(stage.received(3)) == set(fans)


def test_a_withdrawal_of_another_channel_does_not_end_wechat(stage):
    _, ids = three_members(stage)
    with db.transaction(stage.brand.id):
        for channel in (ConsentChannel.SMS, ConsentChannel.CALL):
            members.consent(ids[0], Purpose.MARKETING, is_given=False, door="card", channel=channel)

    assert set(stage.reasons(stage.begun()).values()) == {None}


def test_a_fan_who_is_no_member_can_say_no_and_following_anew_is_a_yes(stage):
    lin, an, mo = stage.followers(3)
    with db.transaction(stage.brand.id):
        assert members.refuse_marketing(db.get(Fan, lin), None, "message")
        assert not members.refuse_marketing(db.get(Fan, lin), None, "message")
    assert stage.reasons(stage.begun()) == {lin: SkipReason.NO_CONSENT, an: None, mo: None}

    stage.pass_time(60)
    with db.transaction(stage.brand.id):
        fan = db.get(Fan, lin)
        fan.follow_changed_at = clock.now()
        session.flush()

    assert stage.reasons(stage.begun("第二条"))[lin] is None


def test_a_no_said_before_she_was_known_as_a_member_still_counts(stage):
    lin, _ = stage.followers(2)
    member_id = stage.join(lin, LIN, marketing=True)
    stage.pass_time(60)
    with db.transaction(stage.brand.id):
        db.get(Fan, lin).member_id = None
        session.flush()
        members.refuse_marketing(db.get(Fan, lin), None, "message")
        db.get(Fan, lin).member_id = member_id

    assert stage.reasons(stage.begun())[lin] == SkipReason.NO_CONSENT


def test_children_under_fourteen_are_not_marketed_to(stage):
    fans, ids = three_members(stage)
    fourteen = ages.born_by(clock.now())
    with db.transaction(stage.brand.id):
        db.get(Member, ids[0]).born_on = fourteen + timedelta(days=1)
        db.get(Member, ids[1]).born_on = fourteen

    reasons = stage.reasons(stage.begun())

    assert reasons == {fans[0]: SkipReason.UNDER_14, fans[1]: None, fans[2]: None}
