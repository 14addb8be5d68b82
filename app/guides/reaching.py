"""How a guide reaches a member from her sheet: whether she can, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.calls import service as calls
from app.calls.models import CallState
from app.core import clock
from app.members import service as people
from app.members.models import Member
from app.stores.models import Store
from app.tasks import queries as tasks
from app.tasks import words
from app.tasks.service.messages import Way, way_to

SHOWN = 5
CALLS = {
    CallState.ASKED: "接好了，店里的电话会响",
    CallState.REFUSED: "话务没有接这个电话",
    CallState.CALLING: "正在接",
    CallState.UNKNOWN: "不知道接通没有，不会再自动打",
}


@dataclass(frozen=True)
class Reach:
    """Why she can be called or written to now, or not."""

    way: Way
    no_call: str

    @property
    def reasons(self) -> list[str]:
        """What stands under the buttons that are off."""
        said = (("打电话", self.no_call), ("发消息", self.way.why_not))
        return [f"{what}：{why}" for what, why in said if why]


@dataclass(frozen=True)
class Line:
    """One thing that was tried, and when."""

    words: str
    at: datetime


@dataclass(frozen=True)
class Page:
    """Calling or writing to one member."""

    member_id: int
    shown_name: str
    phone_masked: str
    reach: Reach
    tried: Sequence[Line]


def reach(member: Member, store: Store, now: datetime) -> Reach:
    """From this store, now."""
    return Reach(way_to(member.id, now), calls.why_not(member, store, now))


def message_page(member: Member, store: Store) -> Page:
    """With what was sent to her last."""
    sent = tasks.messages_to(member.id, SHOWN)
    return _page(member, store, [Line(words.MESSAGES[each.state], each.at) for each in sent])


def call_page(member: Member, store: Store) -> Page:
    """With the last calls to her."""
    rang = calls.calls_to(member.id, SHOWN)
    return _page(member, store, [Line(CALLS[each.state], each.at) for each in rang])


def _page(member: Member, store: Store, tried: Sequence[Line]) -> Page:
    return Page(
        member_id=member.id,
        shown_name=people.shown_name(member),
        phone_masked=people.masked_phone(member),
        reach=reach(member, store, clock.now()),
        tried=tried,
    )
