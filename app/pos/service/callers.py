"""Who is calling: a key, a signature that is fresh, a message that was not seen before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db, ratelimit
from app.core.db import session
from app.core.errors import NotSignedIn
from app.pos.models import ApiKey, SeenMessage
from app.pos.service.keys import secrets_of
from app.pos.signing import is_signed, new_secret

FRESH_FOR = timedelta(minutes=5)
USED_EVERY = timedelta(minutes=1)
PUBLIC_ID = re.compile(r"hk_([1-9]\d{0,17})_[2-9A-Z]{16}")
MESSAGE_ID = re.compile(r"[!-~]{1,64}")
TIMESTAMP = re.compile(r"\d{1,12}")
NOBODYS = new_secret()


class SignatureRefused(NotSignedIn):
    """One answer for an unknown key, a revoked one and a wrong signature."""

    code, title = "signature_refused", "密钥或签名不对"


class Stale(NotSignedIn):
    code, title = "request_stale", "webhook-timestamp 和现在差了 5 分钟以上，校准时钟再发"


class Replayed(NotSignedIn):
    code, title = "request_replayed", "这个 webhook-id 已经用过，每个请求换一个新的"


@dataclass(frozen=True)
class Request:
    """What was signed, and by which key, as the headers say."""

    public_id: str
    message_id: str
    timestamp: str
    signature: str
    body: bytes


@dataclass(frozen=True)
class Machine:
    """Who calls, as an immutable value."""

    brand_id: int
    key_id: int
    name: str
    scopes: frozenset[str]
    store_id: int | None = None  # a till's own store

    @property
    def audit_name(self) -> str:
        """How the audit names it."""
        return f"api_key:{self.key_id}"


def recognise(asked: Request) -> Machine:
    """The machine that signed this request; its brand is named for the open transaction.

    Raises SignatureRefused, Stale, Replayed, TooOften. Commit soon: until then the message
    counts as unseen for others.
    """
    key = _key(asked.public_id)
    _check_signature(asked, key)
    if key is None:
        raise SignatureRefused()
    _refuse_stale(asked.timestamp)
    _see(key, asked.message_id)
    ratelimit.take(f"api_key:{key.id}", per_minute=key.per_minute)
    _remember_use(key)
    return Machine(key.brand_id, key.id, key.name, frozenset(key.scopes), key.store_id)


def forget_seen() -> None:
    """Throw away message ids that are too old to be fresh. In a transaction over all brands."""
    session.execute(delete(SeenMessage).where(SeenMessage.expires_at <= clock.now()))


def _key(public_id: str) -> ApiKey | None:
    """Its id names its brand, so that the row is read behind the brand's own wall."""
    named = PUBLIC_ID.fullmatch(public_id)
    if named is None:
        return None
    db.enter_brand(int(named[1]))
    return session.scalar(select(ApiKey).filter_by(public_id=public_id, revoked_at=None))


def _check_signature(asked: Request, key: ApiKey | None) -> None:
    secrets = secrets_of(key) if key else [NOBODYS]
    is_whole = MESSAGE_ID.fullmatch(asked.message_id) and TIMESTAMP.fullmatch(asked.timestamp)
    signed = (asked.message_id, asked.timestamp, asked.body)
    if not is_whole or not is_signed(asked.signature, secrets, *signed):
        raise SignatureRefused()


def _refuse_stale(timestamp: str) -> None:
    if abs(clock.now().timestamp() - int(timestamp)) > FRESH_FOR.total_seconds():
        raise Stale()


def _see(key: ApiKey, message_id: str) -> None:
    expires_at = clock.now() + 2 * FRESH_FOR
    seen = {"brand_id": key.brand_id, "key_id": key.id, "message_id": message_id}
    statement = insert(SeenMessage).values(**seen, expires_at=expires_at).on_conflict_do_nothing()
    if session.scalar(statement.returning(SeenMessage.key_id)) is None:
        raise Replayed()


def _remember_use(key: ApiKey) -> None:
    now = clock.now()
    if key.last_used_at is None or key.last_used_at < now - USED_EVERY:
        session.execute(update(ApiKey).where(ApiKey.id == key.id).values(last_used_at=now))
