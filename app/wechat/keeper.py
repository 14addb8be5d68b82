"""What WeChat lends for two hours, kept in SQL: one process fetches, all others read.

The lease in the row says who may fetch. While `lease_token` is set somebody is fetching and the
others wait; a lease without a holder is a pause after a refusal or a failure, so that a storm of
refused calls cannot become a storm of fetches.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from sqlalchemy.dialects.postgresql import insert

from app.brands import service as brands
from app.core import clock, codes, db
from app.core.crypto import keyring
from app.core.db import session
from app.wechat.errors import NoAnswer, WeChatError
from app.wechat.models import Lent

REFRESH_AT = 0.8  # of its life
LEASE = timedelta(seconds=20)  # two calls of at most 8 s fit in
PAUSE_AFTER_REFUSAL = timedelta(seconds=60)  # at most one forced refresh a minute
PAUSE_AFTER_SILENCE = timedelta(seconds=5)
WAIT_SECONDS = 10.0
LOOK_SECONDS = 0.05


class NoToken(NoAnswer):
    """No token could be had, so the call that needed it was not made."""

    def __init__(self) -> None:
        super().__init__("no access token could be had", was_sent=False)


@dataclass(frozen=True)
class Claim:
    """The right to fetch, with what the fetch needs."""

    account_id: int
    holder: str
    appid: str
    secret: str = field(repr=False)
    refused: str | None = field(repr=False)
    was_alive: bool  # the refused one died before its time


@dataclass(frozen=True)
class Issued:
    """A token or ticket as WeChat gave it."""

    token: str = field(repr=False)
    asked_at: datetime
    seconds: int
    is_foreign: bool = False  # somebody else had made WeChat replace the one we held


Row = TypeVar("Row", bound=Lent)


class Keeper(Generic[Row]):
    """Keeps one kind of thing for all accounts. `fetch` asks WeChat, once or twice."""

    def __init__(
        self,
        model: type[Row],
        fetch: Callable[[Claim], Issued],
        on_stored: Callable[[Row, Issued], None] | None = None,
    ) -> None:
        self._model, self._fetch, self._on_stored = model, fetch, on_stored

    def get(self, account_id: int, refused: str | None = None, *, has_expired: bool = False) -> str:
        """A living one, fetched if need be; another one than `refused`.

        `has_expired`: WeChat said of the refused one that its time was over, no more.
        Raises WeChatError, or NoToken when there is none to be had.
        """
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            found = self.kept_or_claim(account_id, refused, has_expired=has_expired)
            if isinstance(found, str):
                return found
            if isinstance(found, Claim):
                return self.fetch_as_holder(found)
            time.sleep(LOOK_SECONDS)  # another process is fetching
        raise NoToken()

    def kept_or_claim(
        self, account_id: int, refused: str | None, *, has_expired: bool = False
    ) -> str | Claim | None:
        """What is stored, or the right to fetch, or None: look again in a moment."""
        with db.system_transaction():
            row = session.get(self._model, account_id)
            if row is not None and (fresh := self._usable(row, refused, row.refresh_after)):
                return fresh
            row = self._locked(account_id)
            now = clock.now()
            if fresh := self._usable(row, refused, row.refresh_after):
                return fresh  # somebody was quicker
            if row.lease_until is None or row.lease_until <= now:
                return self._claim(row, refused, has_expired=has_expired)
            if ageing := self._usable(row, refused, row.expires_at):
                return ageing  # somebody else fetches the next one
            if row.lease_token is None:
                raise NoToken()
            return None

    def fetch_as_holder(self, claim: Claim) -> str:
        """Fetch and store; whatever happens, the lease ends or becomes a pause."""
        try:
            issued = self._fetch(claim)
        except WeChatError:
            self._pause(claim, PAUSE_AFTER_REFUSAL)
            raise
        except NoAnswer:
            self._pause(claim, PAUSE_AFTER_SILENCE)
            raise NoToken() from None
        self._settle(claim, lambda row: self._store(row, claim, issued))
        return issued.token

    def _usable(self, row: Row, refused: str | None, until: datetime | None) -> str | None:
        if row.token_encrypted is None or until is None or until <= clock.now():
            return None
        token = keyring().open(row.token_encrypted, context=self._context(row.account_id))
        return None if token == refused else token

    def _locked(self, account_id: int) -> Row:
        new = insert(self._model).values(account_id=account_id)
        session.execute(new.on_conflict_do_nothing())
        return session.get_one(
            self._model, account_id, with_for_update=True, populate_existing=True
        )

    def _claim(self, row: Row, refused: str | None, *, has_expired: bool) -> Claim:
        now = clock.now()
        row.lease_until, row.lease_token = now + LEASE, codes.code()
        account = brands.account_by_id(row.account_id)
        was_due = has_expired or row.expires_at is None or row.expires_at <= now
        was_alive = refused is not None and not was_due
        secret = brands.secret(account)
        return Claim(row.account_id, row.lease_token, account.appid, secret, refused, was_alive)

    def _store(self, row: Row, claim: Claim, issued: Issued) -> None:
        life = timedelta(seconds=issued.seconds)
        row.token_encrypted = keyring().seal(issued.token, context=self._context(row.account_id))
        row.refresh_after = issued.asked_at + life * REFRESH_AT
        row.expires_at = issued.asked_at + life
        row.lease_until = clock.now() + PAUSE_AFTER_REFUSAL if claim.refused else None
        row.lease_token = None
        if self._on_stored:
            self._on_stored(row, issued)

    def _pause(self, claim: Claim, pause: timedelta) -> None:
        def rest(row: Row) -> None:
            row.lease_until, row.lease_token = clock.now() + pause, None

        self._settle(claim, rest)

    def _settle(self, claim: Claim, change: Callable[[Row], None]) -> None:
        """Only by the holder: a slow one must not overwrite what its successor stored."""
        with db.system_transaction():
            row = session.get_one(self._model, claim.account_id, with_for_update=True)
            if row.lease_token == claim.holder:
                change(row)

    def _context(self, account_id: int) -> str:
        return f"{self._model.__tablename__}.{account_id}"
