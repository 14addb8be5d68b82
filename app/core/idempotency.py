"""Answers and half-way results kept under the caller's key, so that a retry is harmless."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import String, Text, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.crypto import keyring
from app.core.db import Model, session

KEPT_FOR = timedelta(minutes=10)
CONTEXT = "kept.value"


class KeptResult(Model):
    """What an outside call gave us, encrypted, until the step after it has succeeded."""

    __tablename__ = "kept_results"

    brand_id: Mapped[int] = mapped_column(primary_key=True)
    client: Mapped[str] = mapped_column(String(96), primary_key=True)
    key: Mapped[str] = mapped_column(String(96), primary_key=True)
    value_encrypted: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime]


def keep(*, brand_id: int, client: str, key: str, value: str) -> None:
    """Keep the value ten minutes; the first one kept under a key stays."""
    values = {
        "brand_id": brand_id,
        "client": client,
        "key": key,
        "value_encrypted": keyring().seal(value, context=CONTEXT),
        "expires_at": clock.now() + KEPT_FOR,
    }
    session.execute(insert(KeptResult).values(values).on_conflict_do_nothing())


def kept(*, brand_id: int, client: str, key: str) -> str | None:
    """The value kept under this key, if it has not expired."""
    statement = select(KeptResult.value_encrypted).where(
        KeptResult.brand_id == brand_id,
        KeptResult.client == client,
        KeptResult.key == key,
        KeptResult.expires_at > clock.now(),
    )
    sealed = session.scalar(statement)
    return None if sealed is None else keyring().open(sealed, context=CONTEXT)


def forget_expired() -> None:
    """Throw away what nobody came back for."""
    session.execute(delete(KeptResult).where(KeptResult.expires_at <= clock.now()))
