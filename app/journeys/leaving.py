"""She unfollowed, or came back: what that means beyond the account is the brand's choice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from app.brands import service as brands
from app.core import clock, db
from app.members import service as members
from app.members.models import ConsentChannel, Erasure, Fan
from app.members.service import erasures, promises
from app.members.service.promises import Leaving, Promises

DOOR = "unfollow"


def left(fans: Iterable[Fan]) -> None:
    """Those who are gone still: marketing by WeChat ends, or all of her is due to go, or
    nothing follows."""
    chosen = promises.of_brand(brands.get(db.current_brand_id()))
    for fan in fans:
        if not fan.is_following and fan.erased_at is None:
            _left(fan, chosen)


def _left(fan: Fan, chosen: Promises) -> None:
    if chosen.on_leaving == Leaving.NO_MARKETING and fan.member_id is not None:
        members.refuse_marketing(fan, fan.member_id, DOOR, ConsentChannel.WECHAT)
    if chosen.on_leaving == Leaving.ERASE:
        due_at = clock.now() + timedelta(days=chosen.cooling_off_days)
        erasures.ask_erasure(
            member_id=fan.member_id, fan_id=fan.id, door=DOOR, by=f"fan:{fan.id}", due_at=due_at
        )


def came_back(fans: Iterable[Fan]) -> None:
    """An erasure that only leaving had asked for is taken back by following again in time."""
    chosen = promises.of_brand(brands.get(db.current_brand_id()))
    if chosen.on_leaving != Leaving.ERASE:
        return
    for fan in fans:
        waiting: Erasure | None = erasures.open_erasure(fan.member_id, fan.id)
        if fan.is_following and waiting is not None and waiting.door == DOOR:
            erasures.take_back_erasure(waiting.id, by=f"fan:{fan.id}")
