"""Many calls of one API in an account's name, by several threads at once.

Token, quota and health are looked up once for all of them; what goes wrong is shared, so that
an account that does not answer costs three silences and not one a thread.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from app.core import clock
from app.wechat import calling, health, http, tokens
from app.wechat.endpoints import Endpoint
from app.wechat.errors import Action, NoAnswer, Paused, Pauses, WeChatError
from app.wechat.http import Answer


class Line:
    """Open one a batch. Raises Paused, NoToken or WeChatError when none can be had."""

    def __init__(self, account_id: int, endpoint: Endpoint, calls: int) -> None:
        admitted = calling.admit(account_id, endpoint, calls)
        self.is_probe = admitted.is_probe  # then the first call is to be made alone
        self._account_id, self._endpoint = account_id, endpoint
        self._token = tokens.current(account_id)
        self._lock = threading.Lock()
        self._silences = 0
        self._was_silent = admitted.was_silent
        self._rest: Paused | None = None

    def call(self, body: Mapping[str, Any]) -> Answer:
        """As `calling.call`; a refused token is replaced once for all threads."""
        token = self._token
        try:
            return self._once(token, body)
        except WeChatError as refusal:
            if refusal.action is not Action.REFRESH_TOKEN:
                raise
            has_expired = refusal.errcode == calling.TOKEN_EXPIRED
        return self._once(self._replaced(token, has_expired=has_expired), body)

    def close(self) -> None:
        """Say that it answers, if it had been silent before."""
        if self._was_silent and self._rest is None:
            health.note_answer(self._account_id, self._endpoint)

    def _once(self, token: str, body: Mapping[str, Any]) -> Answer:
        if self._rest is not None:
            raise Paused(str(self._rest), self._rest.until)
        try:
            answer = http.exchange(self._endpoint, query={"access_token": token}, body=body)
        except NoAnswer:
            self._note_silence()
            raise
        except WeChatError as refusal:
            self._note_refusal(refusal)
            raise
        self._silences = 0
        return answer

    def _replaced(self, refused: str, *, has_expired: bool) -> str:
        with self._lock:
            if self._token == refused:
                self._token = tokens.after_refusal(
                    self._account_id, refused, has_expired=has_expired
                )
            return self._token

    def _note_silence(self) -> None:
        with self._lock:
            if self._rest is not None:
                return
            self._silences, self._was_silent = self._silences + 1, True
            health.note_silence(self._account_id, self._endpoint)
            enough = 1 if self.is_probe else health.OPENS_AFTER
            if enough and self._silences >= enough:
                self._rest = Paused("WeChat does not answer", clock.now() + health.OPEN_FOR)

    def _note_refusal(self, refusal: WeChatError) -> None:
        with self._lock:
            self._silences = 0
            if self._rest is None and refusal.rule.pauses is not Pauses.NOTHING:
                until = health.note_refusal(self._account_id, self._endpoint, refusal)
                self._rest = Paused(f"WeChat answered {refusal.errcode}", until)
