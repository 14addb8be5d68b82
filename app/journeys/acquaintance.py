"""Learning who a new follower is: WeChat's event has no unionid, its user/info has.

The unionid ties the follower to the same person's mini-program, hence to her member card.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from app.brands.models import AccountKind, WechatAccount
from app.core import clock, db
from app.core.db import session
from app.members import queries as member_queries
from app.members import service as members
from app.members.models import Fan
from app.visits import service as visits
from app.wechat import contacts, gateway, openids
from app.wechat.errors import When
from app.wechat.http import Answer

TRY_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True)
class Stranger:
    """A fan whose unionid is due, taken out of the transaction for the call."""

    fan_id: int
    brand_id: int
    account_id: int
    openid: str
    is_customer: bool  # of the brand's WeCom, which has an API of its own


def ask_about(fan_id: int) -> None:
    """WeChat would not reach her: it is to be asked whether she still follows."""
    due = update(Fan).where(Fan.id == fan_id).values(unionid_due_at=clock.now())
    session.execute(due)


def make(limit: int = 50) -> int:
    """Ask WeChat about fans that are due; answers how many were dealt with.

    An account that does not answer is asked no more in this round; those left are due again in
    a minute.
    """
    dealt, silent = 0, set()
    for stranger in _claim(limit):
        if stranger.account_id in silent:
            continue
        try:
            _learn(stranger)
            dealt += 1
        except gateway.NoAnswer:
            silent.add(stranger.account_id)
    return dealt


def _claim(limit: int) -> list[Stranger]:
    """Put each off by a minute, so that a worker that dies costs a minute and no other asks."""
    due = select(
        Fan.brand_id, Fan.id, Fan.account_id, Fan.openid_encrypted, WechatAccount.kind
    ).join(WechatAccount, WechatAccount.id == Fan.account_id)
    due = due.where(Fan.unionid_due_at <= clock.now()).order_by(Fan.unionid_due_at).limit(limit)
    with db.system_transaction():
        rows = session.execute(due.with_for_update(of=Fan, skip_locked=True)).all()
        claimed = update(Fan).where(Fan.id.in_([row.id for row in rows]))
        session.execute(claimed.values(unionid_due_at=clock.now() + TRY_AGAIN))
    return [_stranger(row) for row in rows]


def _stranger(row: Any) -> Stranger:
    openid = openids.opened(row.brand_id, row.account_id, row.openid_encrypted)
    is_customer = row.kind == AccountKind.WECOM
    return Stranger(row.id, row.brand_id, row.account_id, openid, is_customer)


def _learn(stranger: Stranger) -> None:
    try:
        info = _asked(stranger)
    except gateway.WeChatError as refusal:
        if refusal.rule.when is When.NEVER:
            _forget(stranger)
        return  # due again in a minute
    with db.transaction(stranger.brand_id):
        fan = members.learn_unionid(stranger.fan_id, info.get("unionid"))
        if info.get("subscribe") == 0:
            members.unfollow(stranger.account_id, stranger.openid, clock.now())
        member = member_queries.member(fan.member_id) if fan.member_id else None
        if member is not None:
            visits.recognised(fan.id, member.card_opened_at)


def _asked(stranger: Stranger) -> Answer:
    if stranger.is_customer:
        return {"unionid": contacts.unionid_of(stranger.brand_id, stranger.openid)}
    return gateway.user_info(stranger.account_id, stranger.openid)


def _forget(stranger: Stranger) -> None:
    """WeChat will not say who this is, however often it is asked."""
    with db.transaction(stranger.brand_id):
        members.learn_unionid(stranger.fan_id, None)
