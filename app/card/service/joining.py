"""Joining: WeChat's phone code stands between two transactions, and a retry is harmless."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Protocol

import structlog

from app.card import agreement, queries
from app.card.service.sessions import Visitor, WeChatSilent
from app.core import db, idempotency
from app.core.errors import Conflict
from app.members import service as members
from app.members.models import TwinReason
from app.points import queries as points
from app.wechat import gateway

DOOR = "card"
NOTHING_CHANGED = "这次没有入会，您的会员卡没有变化。过一会儿再试一次。"
log = structlog.get_logger()


class PhoneCodeRefused(Conflict):
    code = "phone_code_refused"
    title = "这次手机号授权已经用过，或超过了 5 分钟"


class AgreementChanged(Conflict):
    code, title = "agreement_changed", "会员协议刚刚更新，这次没有入会"


@dataclass(frozen=True)
class Wish:
    """What she asked for on the join page."""

    phone_code: str
    agreed: bool
    marketing: bool
    agreement: str
    store: str


class Ticks(Protocol):
    """What she ticked, and where she is, whatever proved her phone."""

    @property
    def agreed(self) -> bool: ...
    @property
    def marketing(self) -> bool: ...
    @property
    def store(self) -> str: ...


@dataclass(frozen=True)
class Joined:
    """What joining did; kept under the request's key, so that a retry hears the same."""

    returning: bool
    points: int


def join(visitor: Visitor, wish: Wish, key: str) -> Joined:
    """Make her a member, or find the member she is already. The same key has one effect."""
    refuse_old_agreement(visitor.brand_id, wish.agreement)
    phone = _phone(visitor, wish.phone_code, f"join:{key}:phone")
    return finish(visitor, wish, phone, key)


def finish(
    visitor: Visitor,
    wish: Ticks,
    phone: str,
    key: str,
    *,
    proof: Callable[[], None] = lambda: None,
) -> Joined:
    """Join with a proved phone; `proof` uses up what proved it. Raises OtherMember, and what
    `proof` raises."""
    try:
        with db.transaction(brand_id=visitor.brand_id):
            return _join_once(visitor, wish, phone, _answer_key(key), proof)
    except members.OtherMember as found:
        with db.transaction(brand_id=visitor.brand_id):
            members.suspect(*found.twins, TwinReason.PHONE)
        raise


def refuse_old_agreement(brand_id: int, version: str) -> None:
    """She must have ticked the words that hold now. Raises AgreementChanged."""
    with db.transaction(brand_id=brand_id):
        if version != agreement.current().version:
            raise AgreementChanged(detail="回到上一页再进来，看过新的协议后重新勾选。")


def known_answer(visitor: Visitor, key: str) -> Joined | None:
    """What a request under this key was answered, if it was."""
    with db.transaction(brand_id=visitor.brand_id):
        known = _kept(visitor, _answer_key(key))
    return Joined(**json.loads(known)) if known is not None else None


def _answer_key(key: str) -> str:
    return f"join:{key}:answer"


def _join_once(
    visitor: Visitor, wish: Ticks, phone: str, key: str, proof: Callable[[], None]
) -> Joined:
    known = _kept(visitor, key)
    if known is not None:
        return Joined(**json.loads(known))
    proof()
    store = queries.store_by_code(wish.store)
    done = members.join(
        fan_id=visitor.fan_id,
        phone=phone,
        agreed=wish.agreed,
        marketing=wish.marketing,
        door=DOOR,
        store_id=store.id if store else None,
    )
    joined = Joined(not done.is_new_card or done.was_imported, points.balance(done.member.id))
    _keep(visitor, key, json.dumps(asdict(joined)))
    return joined


def _phone(visitor: Visitor, code: str, key: str) -> str:
    """The code is worth one exchange: its result is kept until the join has gone through."""
    phone = _kept_phone(visitor, key)
    if phone is not None:
        return phone
    try:
        phone = gateway.phone_number(visitor.account_id, code, visitor.openid)
    except gateway.WeChatError as refusal:
        return _phone_of_a_twin(visitor, key, refusal)
    except gateway.NoAnswer as silence:
        raise WeChatSilent(detail=NOTHING_CHANGED) from silence
    with db.transaction(brand_id=visitor.brand_id):
        _keep(visitor, key, phone)
    return phone


def _phone_of_a_twin(visitor: Visitor, key: str, refusal: gateway.WeChatError) -> str:
    """Two taps at once: the slower one finds what the faster one got."""
    phone = _kept_phone(visitor, key)
    if phone is not None:
        return phone
    log.info("card.phone_refused", errcode=refusal.errcode)
    if refusal.action is gateway.Action.ASK_NEW_CODE:
        raise PhoneCodeRefused(detail="这次没有入会。再点一次「用微信手机号入会」。") from refusal
    raise WeChatSilent(detail=NOTHING_CHANGED) from refusal


def _kept_phone(visitor: Visitor, key: str) -> str | None:
    with db.transaction(brand_id=visitor.brand_id):
        return _kept(visitor, key)


def _keep(visitor: Visitor, key: str, value: str) -> None:
    client = f"fan:{visitor.fan_id}"
    idempotency.keep(brand_id=visitor.brand_id, client=client, key=key, value=value)


def _kept(visitor: Visitor, key: str) -> str | None:
    client = f"fan:{visitor.fan_id}"
    return idempotency.kept(brand_id=visitor.brand_id, client=client, key=key)
