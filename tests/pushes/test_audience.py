from __future__ import annotations

import hashlib
from collections import Counter

import pytest

from app.core import db
from app.members import service as members
from app.pushes import service as pushes
from app.pushes.models import REASON_WORDS, SkipReason

LIN, AN, MO = "13800005678", "13800005679", "13800005680"


def test_who_carries_the_tag_herself_or_as_a_member_is_meant_once(stage):
    tagged, both, by_member, _nobody = stage.followers(2) + stage.followers(2, tagged=False)
    for fan_id, phone in ((both, LIN), (by_member, AN)):
        member_id = stage.join(fan_id, phone, marketing=True)
        with db.transaction(stage.brand.id):
            members.tag_member(member_id, "购买", "护肤", "rule")

    run_id = stage.begun()

    assert set(stage.deliveries(run_id)) == {tagged, both, by_member}


def test_another_accounts_fans_are_not_meant(stage):
    here, there = stage.followers(2)
    with db.transaction(stage.brand.id):
        session_fan = members.visit_mini(stage.brand.mini.id, "o-mini", None)
        members.tag_fans([session_fan.id], "购买", "护肤", "rule")

    assert set(stage.deliveries(stage.begun())) == {here, there}


def test_each_who_gets_nothing_has_the_first_reason_that_applies(stage):
    free, left, silent, gone_back, agreed, used_up, left_and_silent = stage.followers(7)
    stage.join(silent, LIN, marketing=False)
    stage.withdraw(stage.join(gone_back, AN, marketing=True))
    stage.join(agreed, MO, marketing=True)
    stage.join(left_and_silent, "13800005681", marketing=False)
    stage.leave(left, left_and_silent)
    stage.charge([used_up, silent], 4)

    run_id = stage.begun()

    assert stage.reasons(run_id) == {
        free: None,
        agreed: None,
        left: SkipReason.NOT_FOLLOWING,
        left_and_silent: SkipReason.NOT_FOLLOWING,
        silent: SkipReason.NO_CONSENT,
        gone_back: SkipReason.NO_CONSENT,
        used_up: SkipReason.MONTHLY_CAP,
    }


def test_the_last_word_on_consent_counts(stage):
    [lin] = stage.followers(1)
    member_id = stage.join(lin, LIN, marketing=False)
    stage.say(member_id, is_given=True)

    assert stage.reasons(stage.begun()) == {lin: None}

    stage.say(member_id, is_given=False)
    assert stage.reasons(stage.begun("第二条")) == {lin: SkipReason.NO_CONSENT}


@pytest.mark.parametrize(
    ("people", "share", "held_out"), [(200, 500, 10), (10, 500, 1), (9, 500, 0)]
)
def test_the_hold_out_has_its_exact_share_of_those_who_could_be_reached(
    stage, people, share, held_out
):
    fans = stage.crowd(people + 20)
    stage.leave(*fans[:20])

    reasons = Counter(stage.reasons(stage.begun(holdout_basis_points=share)).values())

    assert reasons[SkipReason.HOLDOUT] == held_out
    assert reasons[None] == people - held_out


def test_the_lot_falls_by_run_and_fan_so_that_anybody_can_draw_it_again(stage):
    fans = stage.crowd(50)

    run_id = stage.begun(holdout_basis_points=2000)

    by_lot = sorted(fans, key=lambda fan: hashlib.md5(f"{run_id}:{fan}".encode()).hexdigest())
    reasons = stage.reasons(run_id)
    assert {fan for fan in fans if reasons[fan] == SkipReason.HOLDOUT} == set(by_lot[:10])


def test_another_run_draws_another_lot(stage):
    stage.crowd(50)

    first, second = (
        {fan for fan, reason in stage.reasons(run_id).items() if reason}
        for run_id in (
            stage.begun("一", holdout_basis_points=2000),
            stage.begun("二", holdout_basis_points=2000),
        )
    )

    assert len(first) == len(second) == 10
    assert first != second


def test_the_count_ahead_adds_up_and_is_what_the_run_then_freezes(stage):
    fans = stage.crowd(400)
    stage.leave(*fans[:37])
    stage.charge(fans[100:130], 4)
    stage.join(fans[200], LIN, marketing=False)

    with db.transaction(stage.brand.id):
        ahead = pushes.reach(stage.tag_id, 0, stage.account.id)
    frozen = stage.report(stage.begun())

    assert ahead.skipped == {
        SkipReason.NOT_FOLLOWING: 37,
        SkipReason.NO_CONSENT: 1,
        SkipReason.MONTHLY_CAP: 30,
    }
    assert ahead.selected == 400 == ahead.will_send + sum(ahead.skipped.values())
    assert (frozen.selected, frozen.planned, frozen.skipped) == (400, 332, ahead.skipped)


def test_the_count_for_another_month_knows_that_months_quota(stage):
    fans = stage.crowd(5)
    stage.charge(fans, 4, month="2031-01")

    with db.transaction(stage.brand.id):
        this = pushes.reach(stage.tag_id, 0, stage.account.id)
        later = pushes.reach(stage.tag_id, 0, stage.account.id, "2031-01")

    assert (this.will_send, later.will_send) == (5, 0)


def test_an_audience_is_frozen_once(stage):
    stage.followers(3)
    run_id = stage.begun()
    stage.followers(2)

    with db.transaction(stage.brand.id):
        assert not pushes.freeze(run_id)

    assert stage.report(run_id).selected == 3


def test_every_reason_has_words():
    assert set(REASON_WORDS) == set(SkipReason)
