"""积分明细: what she reads adds up to what her card shows."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.members.models import Member
from app.points import policy as policies
from app.points import service as points
from app.points.policy import Policy


def test_the_story_adds_up_to_the_figure_on_the_card(lin, house):
    lin.join()
    with db.transaction(house.brand.id):
        member_id = session.scalars(select(Member.id)).one()
        policies.change(Policy(return_days=7))
        points.earn(member_id, amount=50, kind="gift", reference="welcome")
        points.earn_for_order(member_id, order_id=1, paid_fen=12_000, at=clock.now())
    told = lin.get("/points").json

    assert (told["shown"], told["pending"]) == (50, 120)
    assert sum(line["points"] for line in told["lines"]) == told["shown"]
    assert sum(line["pending"] for line in told["lines"]) == told["pending"]
    assert told["lines"][0]["words"] == "消费得积分"

    clock.move(timedelta(days=8))
    again = lin.sign_in().get("/points").json
    assert (again["shown"], again["pending"]) == (170, 0)
    assert sum(line["points"] for line in again["lines"]) == 170
    assert again["lines"][0]["words"] == "过了退货期，到账"


def test_who_has_not_joined_has_no_story(lin):
    told = lin.get("/points").json

    assert (told["shown"], told["lines"], told["next"]) == (0, [], None)


def test_a_place_that_is_none_of_ours_is_refused(lin):
    assert lin.get("/points?before=yesterday").status_code == 422
