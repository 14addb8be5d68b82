"""Sharing the card with a friend: a link that says nothing of her, and opening one."""

from __future__ import annotations

from dataclasses import dataclass

from app.card.service.profile import NotAMember
from app.card.service.sessions import Visitor, fan_of
from app.members import service as members

PATH = "/pages/index/index?share="


@dataclass(frozen=True)
class Share:
    """What her link says instead of her, and the page that it opens."""

    token: str
    path: str


@dataclass(frozen=True)
class Opened:
    """Whether she counts as a friend who came by it."""

    is_new: bool


def share(visitor: Visitor) -> Share:
    """Her own link, the same however often she asks. Raises NotAMember."""
    member_id = fan_of(visitor).member_id
    if member_id is None:
        raise NotAMember()
    token = members.share_token(member_id)
    return Share(token, PATH + token)


def opened(visitor: Visitor, token: str) -> Opened:
    """She came by a friend's link; again changes nothing."""
    return Opened(members.open_share(token, fan_of(visitor)))
