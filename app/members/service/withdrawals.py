"""What she takes back in WeChat: her phone is erased at once, a closed account is due for erasure.

Each withdrawal is a row, so that a person can see what was asked and what became of it
(docs/decisions/0008). The erasure of everything else is a job's (`journeys/privacy/erasing.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.core import audit, clock, db
from app.core.db import session
from app.core.errors import NotFound
from app.members.models import Fan, FanSession, Member, Purpose, Withdrawal, WithdrawalState
from app.members.service.consents import consent
from app.members.service.erasures import ask_erasure
from app.members.service.fans import unfollow
from app.members.service.identities import forget_phones
from app.members.service.unionids import openid_of

WECHAT = "wechat"
PHONE, ACCOUNT, NOT_KNOWN = "phone", "account", "not_known"


class NoWithdrawal(NotFound):
    code, title = "no_withdrawal", "没有这条撤回，或已经处理过了"


@dataclass(frozen=True)
class Asked:
    """Who took something back, when, and by which event; `fan` is None for nobody we know."""

    fan: Fan | None
    at: datetime
    event_id: int


def withdraw_phone(asked: Asked) -> None:
    """Erase the phone she gave through this WeChat. She stays a member, without a phone."""
    if not _keep(asked, PHONE, WithdrawalState.DONE) or asked.fan is None:
        return
    member = db.get(Member, asked.fan.member_id or 0)
    if member is None:
        return
    forget_phones(member.id)
    consent(member.id, Purpose.PHONE, is_given=False, door=WECHAT)
    audit.record("phone.withdrawn", actor=WECHAT, subject=f"member:{member.id}")


def close_account(asked: Asked) -> None:
    """Her WeChat account is gone: nothing is sent to her, and her erasure is due."""
    if asked.fan is None:
        _keep(asked, ACCOUNT, WithdrawalState.DONE)
        return
    if not _keep(asked, ACCOUNT, WithdrawalState.ERASURE_DUE):
        return
    unfollow(asked.fan.account_id, openid_of(asked.fan), asked.at, order=asked.event_id)
    session.execute(
        delete(FanSession).where(
            FanSession.brand_id == db.current_brand_id(), FanSession.fan_id == asked.fan.id
        )
    )
    ask_erasure(
        member_id=asked.fan.member_id,
        fan_id=asked.fan.id,
        door=WECHAT,
        by=WECHAT,
        due_at=clock.now(),
    )


def withdraw(asked: Asked, what: str | None, code: str | None) -> None:
    """Something else that WeChat let us use. We keep none of it; what we do not know, a person
    must judge."""
    if what is None:
        _keep(asked, NOT_KNOWN, WithdrawalState.FOR_A_PERSON, code)
    else:
        _keep(asked, what, WithdrawalState.DONE, code)


def settle_withdrawal(withdrawal_id: int, *, actor: str, note: str) -> None:
    """A person has judged it and says what she did. Raises NoWithdrawal."""
    row = db.get(Withdrawal, withdrawal_id)
    if row is None or row.state != WithdrawalState.FOR_A_PERSON:
        raise NoWithdrawal()
    row.state, row.settled_at = WithdrawalState.DONE, clock.now()
    row.settled_by, row.note = actor, note
    audit.record("withdrawal.settled", actor=actor, subject=f"withdrawal:{row.id}", note=note)


def _keep(asked: Asked, what: str, state: WithdrawalState, code: str | None = None) -> bool:
    """False when this very event was dealt with before."""
    is_done = state == WithdrawalState.DONE
    values = {
        "brand_id": db.current_brand_id(),
        "fan_id": asked.fan.id if asked.fan else None,
        "event_id": asked.event_id,
        "what": what,
        "code": code,
        "asked_at": asked.at,
        "state": state,
        "settled_at": clock.now() if is_done else None,
        "settled_by": WECHAT if is_done else None,
    }
    statement = insert(Withdrawal).values(values).on_conflict_do_nothing()
    return session.scalar(statement.returning(Withdrawal.id)) is not None
