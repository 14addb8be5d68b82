"""Many who come and leave at once: the last word counts, in WeChat's order and not in ours."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.core import clock, db
from app.members import service as members
from app.members.service import Step
from tests import factories


@pytest.fixture
def brand(app):
    return factories.make_brand()


def steps_of(account_id: int, now: datetime) -> list[Step]:
    """Lin comes, leaves and comes again in one second; Bo's leave is told before his coming."""
    later = now + timedelta(seconds=9)
    return [
        Step(account_id, "o-lin", now, 1),
        Step(account_id, "o-lin", now, 2, is_following=False),
        Step(account_id, "o-lin", now, 3),
        Step(account_id, "o-bo", later, 4, is_following=False),
        Step(account_id, "o-bo", now, 5),
    ]


def state_of(fan) -> tuple:
    return fan.is_following, fan.follow_changed_at, fan.follow_order, bool(fan.unionid_due_at)


def test_a_batch_leaves_the_fans_that_one_step_after_another_leaves(brand):
    singly, together = brand.service.id, brand.mini.id
    now = clock.now().replace(microsecond=0)
    with db.transaction(brand.id):
        for step in steps_of(singly, now):
            change = members.follow if step.is_following else members.unfollow
            change(step.account_id, step.openid, step.at, order=step.order)
        members.move(steps_of(together, now))

    with db.transaction(brand.id):
        fans = members.known((a, o) for a in (singly, together) for o in ("o-lin", "o-bo"))
    for openid, follows in (("o-lin", True), ("o-bo", False)):
        assert state_of(fans[together, openid]) == state_of(fans[singly, openid])
        assert fans[together, openid].is_following is follows
