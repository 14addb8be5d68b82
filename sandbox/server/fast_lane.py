"""The short way of template/send: the same work without Flask, many in one transaction.

A bench of 20,000 sends must measure the sender, not the sandbox. With any fault planned, a call
goes the ordinary way, so that every fault works here too.
"""

import asyncio
import json
import sqlite3
import time
from typing import Any
from urllib.parse import parse_qs

from sandbox import accounts, faults, journal, quotas
from sandbox.accounts import SERVICE, Account
from sandbox.api.calls import ISSUED, parsed
from sandbox.api.errors import WeChatRefusal
from sandbox.api.service_messages import SEND
from sandbox.box import Box
from sandbox.sending import receipts, service_messages
from sandbox.sending.orders import Taken
from sandbox.server.groups import Groups

JSON = [("Content-Type", "application/json")]


class FastLane:
    """Takes template sends; everything else is not its business."""

    def __init__(self, box: Box) -> None:
        self._box, self._groups = box, Groups(box.store)

    def takes(self, scope: Any) -> bool:
        """Whether this call may go the short way."""
        is_send = scope.path == SEND and scope.method == "POST"
        return is_send and not faults.any_planned(self._box.store)

    async def __call__(self, scope: Any, proto: Any) -> None:
        """Answer when the group is committed and the settable time is over."""
        started = time.perf_counter()
        call = Call(self._box, scope.query_string, await proto(), started)
        try:
            taken = await self._groups.submit(call.work)
            receipts.send(self._box, taken)
            answer = {"errcode": 0, "errmsg": "ok", "msgid": taken.msg_id}
        except WeChatRefusal as refusal:
            answer = refusal.body()
        wait = call.pace["answer_seconds"] - (time.perf_counter() - started)
        if wait > 0:
            await asyncio.sleep(wait)
        proto.response_bytes(200, JSON, json.dumps(answer, ensure_ascii=False).encode())


class Call:
    """One send and its line in the log."""

    def __init__(self, box: Box, query: str, body: bytes, started: float) -> None:
        self._box, self._query, self._body, self._started = box, query, body, started
        self.pace = receipts.settings(box)

    def work(self, connection: sqlite3.Connection) -> Taken:
        """Take the message or refuse it; both are logged in the same transaction."""
        now_ms = self._box.clock.now_ms()
        noted: dict[str, Any] = {}
        try:
            taken = self._take(connection, now_ms, noted)
        except WeChatRefusal as refusal:
            self._log(connection, now_ms, errcode=refusal.errcode, rid=refusal.rid, **noted)
            raise
        noted |= {"person_id": taken.person_id, "repeat": taken.is_repeat}
        self._log(connection, now_ms, errcode=0, **noted)
        return taken

    def _take(self, connection: sqlite3.Connection, now_ms: int, noted: dict[str, Any]) -> Taken:
        account = self._account(connection, now_ms)
        noted["appid"] = account.appid
        quotas.count_in(connection, quotas.of(self._box.store, account.appid, SEND),
                        account.appid, SEND, now_ms)  # fmt: skip
        asked = parsed(self._body)
        noted["key"] = asked.get("client_msg_id")
        taken = service_messages.take(connection, account, asked, now_ms)
        receipts.keep(connection, taken)
        return taken

    def _account(self, connection: sqlite3.Connection, now_ms: int) -> Account:
        token = parse_qs(self._query).get("access_token", [""])[0]
        if not token:
            raise WeChatRefusal(41001)
        found = connection.execute(ISSUED, (token, now_ms)).fetchone()
        account = accounts.find(self._box.store, found["appid"]) if found else None
        if account is None:
            raise WeChatRefusal(40001)
        if found["expires_ms"] <= now_ms:
            raise WeChatRefusal(42001)
        if account.kind != SERVICE:
            raise WeChatRefusal(48001)
        return account

    def _log(self, connection: sqlite3.Connection, now_ms: int, **noted: Any) -> None:
        ms = round((time.perf_counter() - self._started) * 1000, 2)
        name = SEND.split("/", 2)[-1]
        entry = journal.Entry(now_ms, "api", name, path=SEND, ms=ms, status=200, **noted)
        connection.execute(journal.INSERT, vars(entry))
