"""Keys: made and shown once, changed with an overlap, revoked at once. Each act is audited."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from app.core import audit, clock, codes, db
from app.core.crypto import keyring
from app.core.db import session
from app.core.errors import BadInput, NotFound
from app.pos.models import ApiKey, ApiScope
from app.pos.signing import new_secret
from app.staff.service import Actor
from app.stores import service as stores

OVERLAP = timedelta(hours=24)
LONGEST_NAME, PER_MINUTE, MOST_PER_MINUTE = 40, 600, 6_000


class NoKey(NotFound):
    code, title = "no_api_key", "没有这把接口密钥，或已经停用"


class BadKey(BadInput):
    code, title = "api_key_incomplete", "密钥还缺几项，补上再生成"


@dataclass(frozen=True)
class NewKey:
    """What the system's owner is handed; the secret is never shown again."""

    key: ApiKey
    secret: str


def all_keys() -> list[ApiKey]:
    """All keys of the brand: those that hold first, then by name."""
    order = (ApiKey.revoked_at.is_not(None), ApiKey.name, ApiKey.id)
    return list(session.scalars(select(ApiKey).order_by(*order)))


def add_key(
    actor: Actor,
    *,
    name: str,
    scopes: Collection[str],
    per_minute: int = PER_MINUTE,
    store_id: int | None = None,
) -> NewKey:
    """A key for one system; with a store, for a till of that store alone.

    Raises BadKey naming the fields, NoStore."""
    _refuse_wrong(name, scopes, per_minute)
    secret = new_secret()
    key = ApiKey(
        store_id=stores.get(store_id).id if store_id else None,
        public_id=f"hk_{db.current_brand_id()}_{codes.code()}",
        name=name.strip(),
        scopes=sorted(scopes),
        per_minute=per_minute,
        secret_encrypted=seal_secret(secret),
        made_by=actor.staff_id,
        made_at=clock.now(),
    )
    session.add(key)
    session.flush()
    _audit("api_key.made", actor, key, scopes=key.scopes, store_id=key.store_id)
    return NewKey(key, secret)


def rotate_key(actor: Actor, key_id: int) -> NewKey:
    """A new secret; the one before holds for a day more. Raises NoKey."""
    key, secret = _living(key_id), new_secret()
    key.previous_encrypted, key.previous_until = key.secret_encrypted, clock.now() + OVERLAP
    key.secret_encrypted = seal_secret(secret)
    session.flush()
    _audit("api_key.rotated", actor, key)
    return NewKey(key, secret)


def revoke_key(actor: Actor, key_id: int) -> ApiKey:
    """No request under it is taken from now on. Raises NoKey."""
    key = _living(key_id)
    key.revoked_at = clock.now()
    key.previous_encrypted = key.previous_until = None
    session.flush()
    _audit("api_key.revoked", actor, key)
    return key


def secrets_of(key: ApiKey) -> list[str]:
    """The secrets that hold now, the newest first."""
    held = [key.secret_encrypted]
    if key.previous_encrypted and key.previous_until and key.previous_until > clock.now():
        held.append(key.previous_encrypted)
    return [keyring().open(sealed, context=_context()) for sealed in held]


def seal_secret(secret: str) -> str:
    """A secret at rest."""
    return keyring().seal(secret, context=_context())


def _context() -> str:
    return f"{db.current_brand_id()}.api_keys.secret"


def _living(key_id: int) -> ApiKey:
    held = select(ApiKey).filter_by(id=key_id, revoked_at=None).with_for_update()
    key = session.scalar(held)
    if key is None:
        raise NoKey()
    return key


def _refuse_wrong(name: str, scopes: Collection[str], per_minute: int) -> None:
    wrong = {
        "name": not 0 < len(name.strip()) <= LONGEST_NAME and f"写上名字，最多 {LONGEST_NAME} 个字",
        "scopes": not (scopes and set(scopes) <= set(ApiScope)) and "至少选一项权限",
        "per_minute": not 1 <= per_minute <= MOST_PER_MINUTE and f"1 到 {MOST_PER_MINUTE:,}",
    }
    fields = {field: [why] for field, why in wrong.items() if why}
    if fields:
        raise BadKey(fields=fields)


def _audit(act: str, actor: Actor, key: ApiKey, **detail: object) -> None:
    audit.record(act, actor=actor.audit_name, subject=f"api_key:{key.id}", **detail)
