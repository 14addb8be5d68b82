"""会员的积分账: every movement of one member's points, and what they come to."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.console.access import actor, everybody, pages
from app.core.db import session
from app.orders.models import Order
from app.points import queries as points
from app.points import service as ledger
from app.points.queries.story import Story
from app.single_view import scope


@pages.get("/members/<int:member_id>/points")
@everybody
def member_points(member_id: int) -> ResponseReturnValue:
    """What she has, why, and which order each of it came from."""
    member = scope.seen(member_id, actor().store_ids)
    before = request.args.get("before", "")
    told = points.story(member_id, before)
    return render_template(
        "console/members/points.html",
        member=member,
        story=told,
        before=before,
        orders=_order_numbers(told),
        policy=ledger.policy(),
    )


def _order_numbers(told: Story) -> dict[int, str]:
    wanted = {line.order_id for line in told.lines if line.order_id}
    found = select(Order.id, Order.order_no).where(Order.id.in_(wanted))
    return {row.id: row.order_no for row in session.execute(found)} if wanted else {}
