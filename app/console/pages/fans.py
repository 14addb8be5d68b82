"""粉丝: who was in the stores last, and one person's timeline. No names, no phones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, func, select

from app.brands import service as brands
from app.brands.models import WechatAccount
from app.console.access import HEADQUARTERS, actor, brand, everybody, only, pages
from app.core import asked
from app.core.db import session
from app.core.errors import BadInput, NotFound
from app.journeys import followers, wechat_tags
from app.journeys.models import CheckState
from app.members import queries as members
from app.members import service as people
from app.members import timeline
from app.members.models import Fan, Member, TwinReason
from app.stores import queries as stores
from app.visits.models import Visit

SHOWN, SHOWN_CHECKS = 50, 7
LONGEST_REASON = 100
CHECK_WORDS = {
    CheckState.LISTING: ("正在读名单", "is-running"),
    CheckState.COMPARING: ("正在核对", "is-running"),
    CheckState.DONE: ("核对完了", "is-done"),
    CheckState.GIVEN_UP: ("没有做完", "is-warn"),
}


class NotBound(BadInput):
    code, title = "not_bound", "没有认给会员，改好后再交"


class NoFan(NotFound):
    """One answer for a fan of other stores and for none at all."""

    code, title = "no_fan", "没有这位粉丝，或不在你的范围内"


@dataclass(frozen=True)
class Shown:
    """A fan as the list shows her: a number, where she was, whether she follows."""

    fan_id: int
    seen_at: datetime
    store_name: str
    bond: str
    member_number: str | None


@pages.get("/fans")
@everybody
def fans() -> ResponseReturnValue:
    """The latest fans of one store, or of all that she may see."""
    names = {
        store.id: store.name
        for _, found in stores.tree()
        for store in found
        if actor().may_see_store(store.id)
    }
    chosen = asked.number("store")
    wanted = [chosen] if chosen in names else list(names)
    may_see_checks = actor().role in HEADQUARTERS
    return render_template(
        "console/fans/list.html",
        rows=_latest(wanted, names),
        stores=names,
        chosen=chosen,
        checks=followers.latest(SHOWN_CHECKS) if may_see_checks else None,
        tag_links=wechat_tags.latest() if may_see_checks else [],
        check_words=CHECK_WORDS,
        accounts={each.id: each.name for each in brands.accounts(brand().id)},
    )


@pages.get("/fans/<int:fan_id>")
@everybody
def fan(fan_id: int) -> ResponseReturnValue:
    """What happened to her, newest first, over all her WeChats. Raises NoFan."""
    found = _seen_fan(fan_id)
    member = members.member(found.member_id) if found.member_id else None
    hers = members.fans_of(member.id) if member else [found]
    return render_template(
        "console/fans/timeline.html",
        bond=timeline.bond_words(brands.account_by_id(found.account_id).kind, found.is_following),
        fan=found,
        member=member,
        phone=people.masked_phone(member) if member else None,
        moments=timeline.of_person([each.id for each in hers], member.id if member else None),
        shown=timeline.SHOWN,
        may_bind=actor().role in HEADQUARTERS,
        longest_reason=LONGEST_REASON,
    )


@pages.post("/fans/<int:fan_id>/bind")
@only(*HEADQUARTERS)
def fan_bind(fan_id: int) -> ResponseReturnValue:
    """This WeChat is that member's, says a person; where it is another's, the two are noted for
    a merge. Raises NoFan, NotBound."""
    found, reason = _seen_fan(fan_id), request.form.get("reason", "").strip()
    member = members.by_number(request.form.get("number", "").strip().replace("\0", ""))
    if found.erased_at is not None:
        raise NoFan()
    if member is None or member.erased_at is not None:
        raise NotBound(fields={"number": ["没有这个会员号，核对后再填"]})
    if not reason or len(reason) > LONGEST_REASON:
        raise NotBound(fields={"reason": [f"写 1 到 {LONGEST_REASON} 个字的原因"]})
    try:
        people.bind_by_staff(found, member, reason=reason, actor=actor().audit_name)
        flash(f"认给了会员 {member.number}")
    except people.OtherMember as other:
        people.suspect(*other.twins, TwinReason.STAFF)
        flash("这个微信已经是另一位会员，记进了会员 › 合并，等人决定")
    return redirect(url_for("console.fan", fan_id=fan_id))


def _seen_fan(fan_id: int) -> Fan:
    """Headquarters sees everybody, the others who was in their stores; one query tells both
    kinds of nobody, in the same time. Raises NoFan."""
    hers, scope = select(Fan).where(Fan.id == fan_id), actor().store_ids
    if scope is not None:
        at_hers = (Visit.brand_id == Fan.brand_id) & Visit.store_id.in_(scope)
        hers = hers.where(select(Visit.id).where(Visit.fan_id == Fan.id, at_hers).exists())
    found = session.scalar(hers)
    if found is None:
        raise NoFan()
    return found


def _latest(store_ids: Sequence[int], names: dict[int, str]) -> list[Shown]:
    last = (
        select(Visit.fan_id, Visit.store_id, func.max(Visit.scanned_at).label("seen_at"))
        .where(Visit.store_id.in_(store_ids))
        .group_by(Visit.fan_id, Visit.store_id)
        .order_by(func.max(Visit.scanned_at).desc())
        .limit(SHOWN)
        .subquery()
    )
    columns = (Fan, last.c.seen_at, last.c.store_id, Member.number, WechatAccount.kind)
    rows = (
        select(*columns)
        .join(last, last.c.fan_id == Fan.id)
        .join(WechatAccount, WechatAccount.id == Fan.account_id)
        .outerjoin(Member, _her_member())
        .order_by(last.c.seen_at.desc())
    )
    return [
        Shown(fan.id, seen_at, names[store_id], timeline.bond_words(kind, fan.is_following), number)
        for fan, seen_at, store_id, number, kind in session.execute(rows)
    ]


def _her_member() -> ColumnElement[bool]:
    return (Member.brand_id == Fan.brand_id) & (Member.id == Fan.member_id)
