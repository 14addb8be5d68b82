"""The welcome to a person who followed by a store's code: once, inside WeChat's minute.

A customer-service message has no key at WeChat, so a doubt is `unknown` and never sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.benefits import service as benefits
from app.brands import service as brands
from app.brands.models import AccountKind
from app.core import clock, db
from app.core.db import session
from app.journeys.models import Welcome, WelcomeState
from app.members import queries as members
from app.stores import service as stores
from app.wechat import gateway

UNANSWERED = (WelcomeState.DUE, WelcomeState.UNKNOWN)
WINDOW = timedelta(seconds=55)  # WeChat gives a minute after the follow; a call needs time


@dataclass(frozen=True)
class Claim:
    """What the call needs, taken out of the transaction."""

    welcome_id: int
    brand_id: int
    account_id: int
    openid: str
    text: str


def plan(fan_id: int, store_id: int, followed_at: datetime) -> None:
    """Write down that a welcome is due; the same follow twice is one welcome."""
    values = {
        "brand_id": db.current_brand_id(),
        "fan_id": fan_id,
        "store_id": store_id,
        "followed_at": followed_at,
        "state": WelcomeState.DUE,
    }
    session.execute(insert(Welcome).values(values).on_conflict_do_nothing())


def send_due(limit: int = 50) -> int:
    """Claim, call, settle, one by one; answers how many were dealt with.

    A WeChat that does not answer ends the round, since each call may wait eight seconds; the
    timekeeper rings again for what is due.
    """
    _give_up_late()
    for dealt in range(limit):
        claim = _claim()
        if claim is None:
            return dealt
        state, errcode = _call(claim)
        _settle(claim, state, errcode)
        if state in UNANSWERED:
            return dealt
    return limit


def _claim() -> Claim | None:
    """Mark the oldest due one as being called, committed before the call."""
    with db.system_transaction():
        due = select(Welcome).where(Welcome.state == WelcomeState.DUE).order_by(Welcome.followed_at)
        row = session.scalars(due.limit(1).with_for_update(skip_locked=True)).first()
        if row is None:
            return None
        row.state = WelcomeState.CALLING
        db.enter_brand(row.brand_id)
        return _claimed(row)


def _claimed(row: Welcome) -> Claim:
    fan = members.fans_by_ids([row.fan_id])[row.fan_id]
    return Claim(row.id, row.brand_id, fan.account_id, fan.openid, _text(row))


def _text(row: Welcome) -> str:
    brand, store = brands.get(row.brand_id), stores.get(row.store_id)
    gifts = "和".join(
        gift.amount_label + " 券" if gift.kind == "amount" else f"一份{gift.condition}"
        for gift in benefits.joining_gifts(brand)
    )
    hello = f"欢迎来到{brand.name}{store.name}。"
    if not gifts:
        return hello
    return f"{hello}\n您的新人礼已备好：{gifts}，今天就能用。{_way_in(brand.id, store.code)}"


def _way_in(brand_id: int, store_code: str) -> str:
    """A link to the mini-program's join page in WeChat's notation; none without a mini-program."""
    account = brands.find_account(brand_id, AccountKind.MINIPROGRAM)
    if account is None:
        return ""
    path = f"pages/join/join?store={quote(store_code)}"
    link = f'data-miniprogram-appid="{account.appid}" data-miniprogram-path="{path}"'
    return f"\n<a {link}>领新人礼</a>"


def _give_up_late() -> None:
    late = Welcome.followed_at < clock.now() - WINDOW
    statement = update(Welcome).where(Welcome.state == WelcomeState.DUE, late)
    with db.system_transaction():
        session.execute(statement.values(state=WelcomeState.LATE))


def _call(claim: Claim) -> tuple[WelcomeState, int | None]:
    try:
        gateway.send_custom_text(claim.account_id, claim.openid, claim.text)
    except gateway.WeChatError as error:
        return WelcomeState.REFUSED, error.errcode
    except gateway.NoAnswer as error:
        return (WelcomeState.UNKNOWN if error.was_sent else WelcomeState.DUE), None
    return WelcomeState.SENT, 0


def _settle(claim: Claim, state: WelcomeState, errcode: int | None) -> None:
    with db.transaction(claim.brand_id):
        row = session.get_one(Welcome, (claim.brand_id, claim.welcome_id))
        row.state, row.errcode = state, errcode
        row.sent_at = clock.now() if state is WelcomeState.SENT else None


def doubt_abandoned() -> int:
    """A worker died between the call and its settlement: nobody knows, so nobody sends again."""
    with db.system_transaction():
        abandoned = (Welcome.state == WelcomeState.CALLING) & (
            Welcome.followed_at < clock.now() - 2 * WINDOW
        )
        statement = update(Welcome).where(abandoned).values(state=WelcomeState.UNKNOWN)
        return len(session.execute(statement.returning(Welcome.id)).all())
