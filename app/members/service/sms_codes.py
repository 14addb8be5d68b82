"""Codes sent by SMS: one a minute for a phone, ten minutes, five tries, used once."""

from __future__ import annotations

import hmac
import math
import secrets
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db
from app.core.crypto import keyring
from app.core.db import session
from app.core.errors import BadInput, TooMany
from app.members.models import SmsCode
from app.members.models.sms_codes import MOST_TRIES
from app.members.service.phones import phone_index

BETWEEN, LASTS = timedelta(minutes=1), timedelta(minutes=10)
DIGITS = 6


class CodeTooSoon(TooMany):
    code, title = "code_too_soon", "刚发过一条，一分钟后可以再发"


class WrongSmsCode(BadInput):
    """A wrong one, an old one, a used one, one tried too often, none at all: one answer."""

    code, title = "wrong_sms_code", "验证码不对或已经失效，核对后再试，或重新获取"


def new_sms_code(phone: str) -> str:
    """A code for this phone (E.164), to be sent once this is committed; the one before is void.

    Raises CodeTooSoon with `retry_after` in whole seconds within a minute of the last.
    """
    code, now = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}", clock.now()
    made = {"code_hash": _hash(phone, code), "tries": 0}
    made |= {"sent_at": now, "expires_at": now + LASTS}
    key = {"brand_id": db.current_brand_id(), "phone_index": phone_index(phone)}
    statement = insert(SmsCode).values(key | made)
    written = statement.on_conflict_do_update(
        index_elements=list(key), set_=made, where=SmsCode.sent_at <= now - BETWEEN
    )
    if session.scalar(written.returning(SmsCode.tries)) is None:
        raise CodeTooSoon(retry_after=_wait(phone))
    return code


def _wait(phone: str) -> int:
    sent = session.scalars(select(SmsCode.sent_at).filter_by(phone_index=phone_index(phone))).one()
    return max(1, math.ceil((sent + BETWEEN - clock.now()).total_seconds()))


def try_sms_code(phone: str, code: str) -> bool:
    """Spend one of the five tries; whether it is the code. Commit it before anything follows."""
    tried = (
        update(SmsCode)
        .where(
            SmsCode.phone_index == phone_index(phone),
            SmsCode.expires_at > clock.now(),
            SmsCode.tries < MOST_TRIES,
        )
        .values(tries=SmsCode.tries + 1)
        .returning(SmsCode.code_hash)
    )
    found = session.scalar(tried)
    return hmac.compare_digest(found or "", _hash(phone, code))


def use_sms_code(phone: str, code: str) -> None:
    """It is worth one act, in the transaction of that act. Raises WrongSmsCode when another has
    been quicker."""
    hers = SmsCode.phone_index == phone_index(phone)
    used = delete(SmsCode).where(hers, SmsCode.code_hash == _hash(phone, code))
    if session.scalar(used.returning(SmsCode.tries)) is None:
        raise WrongSmsCode()


def forget_sms_codes() -> None:
    """Throw away what is void. In a transaction over all brands."""
    session.execute(delete(SmsCode).where(SmsCode.expires_at <= clock.now()))


def _hash(phone: str, code: str) -> str:
    return keyring().index(f"{phone}:{code}", context=f"{db.current_brand_id()}.sms_code")
