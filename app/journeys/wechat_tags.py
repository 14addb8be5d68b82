"""Tags that a push needs, as tags of WeChat's: 100 an account, 20 a fan, 50 fans a call.

WeChat's hundred are too few for every store and guide, so only tags of scheduled or paused
pushes are carried over; ours stay the truth. A comparison tells the drift both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db
from app.core.db import session
from app.journeys.models import TagLink
from app.members import queries as members
from app.members.models import Fan, Tag
from app.pushes.models import Push, PushState
from app.wechat import gateway, openids

log = structlog.get_logger()
NAME_BYTES = 30
AT_ONCE = 50
NEEDED_BY = (PushState.WAITING, PushState.SCHEDULED, PushState.PAUSED)


@dataclass(frozen=True)
class Needed:
    """A tag that a push needs at an account, and WeChat's tag for it once there is one."""

    brand_id: int
    account_id: int
    tag_id: int
    name: str
    wechat_tag_id: int | None

    @property
    def wechat_name(self) -> str:
        """At most thirty bytes, and no other tag's: it ends in our own number."""
        ending = f"#{self.tag_id}"
        room = NAME_BYTES - len(ending)
        return self.name.encode()[:room].decode(errors="ignore") + ending


@dataclass(frozen=True)
class Drift:
    """Who carries the tag on one side alone. `is_linked` is False where WeChat has no room."""

    needed: Needed
    is_linked: bool
    here: int = 0
    there: int = 0
    only_here: int = 0
    only_there: int = 0

    @property
    def is_true(self) -> bool:
        """Whether both sides say the same."""
        return self.is_linked and self.only_here == 0 and self.only_there == 0


def compare(brand_id: int) -> list[Drift]:
    """The drift of every needed tag, written down. Changes nothing at WeChat."""
    return [_compare(needed) for needed in _needed(brand_id)]


def carry_over(brand_id: int) -> list[Drift]:
    """Make WeChat's tags like ours; answers what differs still, such as a fan with twenty tags."""
    return [_compare(_carry_over(needed)) for needed in _needed(brand_id)]


def latest() -> list[tuple[Tag, TagLink]]:
    """The current brand's linked tags with their last comparison."""
    same = (Tag.brand_id == TagLink.brand_id) & (Tag.id == TagLink.tag_id)
    statement = select(Tag, TagLink).join(TagLink, same).order_by(Tag.group, Tag.name)
    return [(row.Tag, row.TagLink) for row in session.execute(statement)]


def _needed(brand_id: int) -> list[Needed]:
    with db.transaction(brand_id):
        links = {(link.account_id, link.tag_id): link for link in session.scalars(select(TagLink))}
        of_push = (Tag.brand_id == Push.brand_id) & (Tag.id == Push.tag_id)
        asked = select(Push.account_id, Tag.id, Tag.name).join(Tag, of_push)
        rows = session.execute(asked.where(Push.state.in_(NEEDED_BY)).distinct()).all()
    return [
        Needed(
            brand_id,
            account_id,
            tag_id,
            name,
            links[account_id, tag_id].wechat_tag_id if (account_id, tag_id) in links else None,
        )
        for account_id, tag_id, name in sorted(rows)
    ]


def _compare(needed: Needed) -> Drift:
    if needed.wechat_tag_id is None:
        return Drift(needed, is_linked=False, here=len(_here(needed)))
    here, there = _both(needed, needed.wechat_tag_id)
    only_here, only_there = len(here - there), len(there - here)
    drift = Drift(needed, True, len(here), len(there), only_here, only_there)
    _write_down(drift, needed.wechat_tag_id)
    return drift


def _carry_over(needed: Needed) -> Needed:
    """First off, then on: a fan's twenty places are made free before one is taken."""
    wechat_tag_id = needed.wechat_tag_id or _linked(needed)
    if wechat_tag_id is None:
        return needed
    here, there = _both(needed, wechat_tag_id)
    _in_helpings(gateway.untag_fans, needed.account_id, wechat_tag_id, there - here)
    _in_helpings(gateway.tag_fans, needed.account_id, wechat_tag_id, here - there)
    return Needed(needed.brand_id, needed.account_id, needed.tag_id, needed.name, wechat_tag_id)


def _linked(needed: Needed) -> int | None:
    """WeChat's tag of this name, made if it is new; None when it has a hundred already."""
    known = {tag.name: tag.tag_id for tag in gateway.tags(needed.account_id)}
    try:
        found = known.get(needed.wechat_name)
        if found is None:
            found = gateway.create_tag(needed.account_id, needed.wechat_name).tag_id
    except gateway.WeChatError as refusal:
        if refusal.action is not gateway.Action.ADMIN:
            raise
        log.warning("tags.no_room", account_id=needed.account_id, errcode=refusal.errcode)
        return None
    return found


def _both(needed: Needed, wechat_tag_id: int) -> tuple[set[str], set[str]]:
    pages = gateway.fans_of_tag(needed.account_id, wechat_tag_id)
    there = {openid for page in pages for openid in page}
    return _here(needed), there


def _here(needed: Needed) -> set[str]:
    """Followers alone: WeChat tags nobody else."""
    with db.transaction(needed.brand_id):
        carry = members.fans_with_tag(needed.tag_id, needed.account_id)
        sealed = select(Fan.openid_encrypted).where(Fan.id.in_(carry), Fan.is_following)
        return {
            openids.opened(needed.brand_id, needed.account_id, one)
            for one in session.scalars(sealed)
        }


def _in_helpings(
    put: Callable[[int, int, Sequence[str]], None],
    account_id: int,
    wechat_tag_id: int,
    openids: Iterable[str],
) -> None:
    waiting = iter(sorted(openids))
    while helping := list(islice(waiting, AT_ONCE)):
        try:
            put(account_id, wechat_tag_id, helping)
        except gateway.WeChatError as refusal:
            if refusal.action not in (gateway.Action.ADMIN, gateway.Action.DROP_FAN):
                raise
            _one_by_one(put, account_id, wechat_tag_id, helping)


def _one_by_one(
    put: Callable[[int, int, Sequence[str]], None],
    account_id: int,
    wechat_tag_id: int,
    openids: Sequence[str],
) -> None:
    """A call is all or nothing: the one whom WeChat refuses must not cost the others."""
    for openid in openids:
        try:
            put(account_id, wechat_tag_id, [openid])
        except gateway.WeChatError as refusal:
            if refusal.action not in (gateway.Action.ADMIN, gateway.Action.DROP_FAN):
                raise
            log.info("tags.fan_refused", wechat_tag_id=wechat_tag_id, errcode=refusal.errcode)


def _write_down(drift: Drift, wechat_tag_id: int) -> None:
    needed = drift.needed
    found = {
        "wechat_tag_id": wechat_tag_id,
        "compared_at": clock.now(),
        "here": drift.here,
        "there": drift.there,
        "only_here": drift.only_here,
        "only_there": drift.only_there,
    }
    key = {"brand_id": needed.brand_id, "account_id": needed.account_id, "tag_id": needed.tag_id}
    statement = insert(TagLink).values(key | found)
    with db.transaction(needed.brand_id):
        session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=found))
