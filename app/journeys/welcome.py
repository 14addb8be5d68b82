"""The welcome to a person who followed by a store's code: once, inside WeChat's minute. What a
guide's code is for is answered in the same way to those who follow already.

A customer-service message has no key at WeChat, so a doubt is `unknown` and never sent again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.benefits import service as benefits
from app.brands import service as brands
from app.brands.models import AccountKind
from app.core import clock, db
from app.core.db import session
from app.journeys import acquaintance
from app.journeys.models import Welcome, WelcomeState
from app.members import queries as members
from app.members.models import Fan
from app.members.service import openid_of
from app.stores import queries as store_queries
from app.stores import service as stores
from app.stores.models import CodePurpose, QrCode
from app.wechat import gateway
from app.wechat.errors import When

UNANSWERED = (WelcomeState.DUE, WelcomeState.UNKNOWN)
WINDOW = timedelta(seconds=55)  # WeChat gives a minute after the follow; a call needs time
ROUND_SECONDS = 20  # a job of the queue ends after 60


@dataclass(frozen=True)
class Claim:
    """What the call needs, taken out of the transaction."""

    welcome_id: int
    brand_id: int
    account_id: int
    openid: str
    text: str


@dataclass(frozen=True)
class Outcome:
    """How a call ended, with WeChat's refusal if it was one."""

    state: WelcomeState
    refusal: gateway.WeChatError | None = None


def plan(fan_id: int, store_id: int, followed_at: datetime, code_id: int | None = None) -> None:
    """Write down that a welcome is due; the same follow, or scan, twice is one welcome."""
    values = {
        "brand_id": db.current_brand_id(),
        "fan_id": fan_id,
        "store_id": store_id,
        "code_id": code_id,
        "followed_at": followed_at,
        "state": WelcomeState.DUE,
    }
    session.execute(insert(Welcome).values(values).on_conflict_do_nothing())


def send_due(limit: int = 50) -> int:
    """Claim, call, settle, one by one; answers how many were dealt with.

    An account that does not answer, or rests, is left out for the rest of the round, so that
    the others' followers need not wait for it; the timekeeper rings again for what is due.
    """
    _give_up_late()
    until = time.monotonic() + ROUND_SECONDS
    resting: set[int] = set()
    for dealt in range(limit):
        claim = _claim(resting) if time.monotonic() < until else None
        if claim is None:
            return dealt
        outcome = _call(claim)
        _settle(claim, outcome)
        if outcome.state in UNANSWERED:
            resting.add(claim.account_id)
    return limit


def _claim(resting: set[int]) -> Claim | None:
    """Mark the oldest due one as being called, committed before the call."""
    of_fan = (Fan.brand_id == Welcome.brand_id) & (Fan.id == Welcome.fan_id)
    due = select(Welcome).join(Fan, of_fan).where(Welcome.state == WelcomeState.DUE)
    due = due.where(Fan.account_id.not_in(resting)).order_by(Welcome.followed_at).limit(1)
    with db.system_transaction():
        row = session.scalars(due.with_for_update(of=Welcome, skip_locked=True)).first()
        if row is None:
            return None
        row.state = WelcomeState.CALLING
        db.enter_brand(row.brand_id)
        return _claimed(row)


def _claimed(row: Welcome) -> Claim:
    fan = members.fans_by_ids([row.fan_id])[row.fan_id]
    return Claim(row.id, row.brand_id, fan.account_id, openid_of(fan), _text(row))


def _text(row: Welcome) -> str:
    brand, store = brands.get(row.brand_id), stores.get(row.store_id)
    code = store_queries.code(row.code_id) if row.code_id else None
    if code is not None and code.purpose != CodePurpose.FOLLOW:
        return _answer_to(code, f"欢迎来到{brand.name}{store.name}。", store.code)
    gifts = "和".join(
        gift.amount_label + " 券" if gift.kind == "amount" else f"一份{gift.condition}"
        for gift in benefits.joining_gifts(brand)
    )
    hello = f"欢迎来到{brand.name}{store.name}。"
    if not gifts:
        return hello
    return f"{hello}\n您的新人礼已备好：{gifts}，今天就能用。{_way_in(brand.id, store.code)}"


def _answer_to(code: QrCode, hello: str, store_code: str) -> str:
    """What a guide's code is for, with the way to it."""
    if code.purpose == CodePurpose.COUPON:
        path = f"pages/claim/claim?code={quote(code.claim_code or '')}"
        return f"{hello}\n给您留了一张券，点开就领。{_link(code.brand_id, path, '领券')}"
    way_in = _way_in(code.brand_id, store_code, "打开会员卡")
    return f"{hello}\n开一张会员卡，积分和券都在里面。{way_in}"


def _way_in(brand_id: int, store_code: str, words: str = "领新人礼") -> str:
    return _link(brand_id, f"pages/join/join?store={quote(store_code)}", words)


def _link(brand_id: int, path: str, words: str) -> str:
    """To a page of the mini-program, in WeChat's notation; none without a mini-program."""
    account = brands.find_account(brand_id, AccountKind.MINIPROGRAM)
    if account is None:
        return ""
    link = f'data-miniprogram-appid="{account.appid}" data-miniprogram-path="{path}"'
    return f"\n<a {link}>{words}</a>"


def _give_up_late() -> None:
    late = Welcome.followed_at < clock.now() - WINDOW
    statement = update(Welcome).where(Welcome.state == WelcomeState.DUE, late)
    with db.system_transaction():
        session.execute(statement.values(state=WelcomeState.LATE))


def _call(claim: Claim) -> Outcome:
    """No key protects this message: what leaves a doubt is never tried again."""
    try:
        gateway.send_custom_text(claim.account_id, claim.openid, claim.text)
    except gateway.WeChatError as error:
        return Outcome(_after_refusal(error), error)
    except gateway.NoAnswer as error:
        return Outcome(WelcomeState.UNKNOWN if error.was_sent else WelcomeState.DUE)
    return Outcome(WelcomeState.SENT)


def _after_refusal(error: gateway.WeChatError) -> WelcomeState:
    """One that may be tried again stays due; her minute decides whether it still comes."""
    if error.rule.leaves_doubt:
        return WelcomeState.UNKNOWN
    return WelcomeState.REFUSED if error.rule.when is When.NEVER else WelcomeState.DUE


def _settle(claim: Claim, outcome: Outcome) -> None:
    refusal = outcome.refusal
    with db.transaction(claim.brand_id):
        row = session.get_one(Welcome, (claim.brand_id, claim.welcome_id))
        row.state = outcome.state
        row.errcode = refusal.errcode if refusal else None
        if outcome.state is WelcomeState.SENT:
            row.sent_at, row.errcode = clock.now(), 0
        if refusal and refusal.action is gateway.Action.DROP_FAN:
            acquaintance.ask_about(row.fan_id)


def waiting_for(code_id: int) -> int:
    """How many answers to scans of this code are still to be sent."""
    due = Welcome.state.in_((WelcomeState.DUE, WelcomeState.CALLING))
    waiting = select(func.count()).select_from(Welcome).where(Welcome.code_id == code_id, due)
    return session.scalar(waiting) or 0


def doubt_abandoned() -> int:
    """A worker died between the call and its settlement: nobody knows, so nobody sends again."""
    with db.system_transaction():
        abandoned = (Welcome.state == WelcomeState.CALLING) & (
            Welcome.followed_at < clock.now() - 2 * WINDOW
        )
        statement = update(Welcome).where(abandoned).values(state=WelcomeState.UNKNOWN)
        return len(session.execute(statement.returning(Welcome.id)).all())
