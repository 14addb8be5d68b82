"""The courier: seals a callback, carries it to Huike, and tries again as WeChat does."""

import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import urllib3

from sandbox import accounts, corps, envelope, faults, journal
from sandbox.accounts import Account
from sandbox.clock import Clock
from sandbox.events import Event
from sandbox.messages import REPLY, Message, deliver
from sandbox.settings import Settings
from sandbox.store import Store

TRIES = 3
CARRIERS = 64  # a deaf receiver holds each for five seconds
LOST = "answer lost"


@dataclass(frozen=True)
class Answer:
    """What came back from Huike; no status means nothing came in time."""

    status: int | None
    body: str
    ms: float

    @property
    def accepted(self) -> bool:
        """WeChat sends again unless it got a 200."""
        return self.status == 200


@dataclass(frozen=True)
class Delivery:
    """How a callback went, after its last try."""

    delivered: bool
    attempts: int
    answer_ms: float


class Courier:
    """Carries callbacks in the background; the fan never waits for it."""

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._settings, self._store, self._clock = settings, store, clock
        self._carriers = ThreadPoolExecutor(CARRIERS, thread_name_prefix="courier")
        self._http = urllib3.PoolManager(maxsize=CARRIERS, retries=False)
        self._held: list[tuple[Event, Future[Delivery]]] | None = None
        self._holding = threading.Lock()

    def send(self, event: Event) -> Future[Delivery]:
        """Start the delivery; the future is done after its last try."""
        with self._holding:
            if self._held is not None:
                waiting: Future[Delivery] = Future()
                self._held.append((event, waiting))
                return waiting
        return self._carriers.submit(self._carry, event)

    def hold(self) -> None:
        """Keep callbacks back until they are released."""
        with self._holding:
            self._held = self._held or []

    def release(self, in_order: Callable[[list[Any]], list[Any]]) -> list[Delivery]:
        """Deliver what was kept back, one after the other, in an order of one's own."""
        with self._holding:
            held, self._held = self._held or [], None
        return [self._deliver_held(*pair) for pair in in_order(held)]

    def _deliver_held(self, event: Event, waiting: "Future[Delivery]") -> Delivery:
        delivery = self._carry(event)
        waiting.set_result(delivery)
        return delivery

    def start(self, event: Event) -> None:
        """The same for those who do not wait for it."""
        self.send(event)

    def repeat(self, event: Event, times: int) -> list[Answer]:
        """Send an old event again although it was answered."""
        counted = "SELECT count(*) FROM log WHERE event_id = ? AND kind = 'callback'"
        done = self._store.value(counted, event.event_id)
        return [self._try(event, done + number) for number in range(1, times + 1)]

    def verify_url(self, account: Account) -> bool:
        """WeChat's GET on saving the address: the echo must come back as it went."""
        echo = str(secrets.randbelow(10**19))
        query = envelope.echo_query(account, echo, *self._stamp())
        answer = self._call("GET", account, envelope.Letter(query, b"", ""))
        return answer.accepted and answer.body == echo

    def _carry(self, event: Event) -> Delivery:
        for attempt in range(1, TRIES + 1):
            answer = self._try(event, attempt)
            if answer.accepted and not self._strikes(event, "resend"):
                break
            if attempt < TRIES:
                time.sleep(self._settings.resend_wait)
        return Delivery(answer.accepted, attempt, answer.ms)

    def _strikes(self, event: Event, *kinds: str) -> faults.Fault | None:
        return faults.strike(self._store, faults.CALLBACK, event.appid, *kinds)

    def _try(self, event: Event, attempt: int) -> Answer:
        account = accounts.find(self._store, event.appid) or corps.receiver(
            self._store, event.appid
        )
        if account is None:
            return Answer(None, "", 0.0)
        fault = self._strikes(event, "lose_response", "delay")
        if fault and fault.kind == "delay":
            time.sleep(fault.seconds)
        at_ms = self._clock.now_ms()
        answer = self._post(account, event)
        if fault and fault.kind == "lose_response":
            answer = Answer(None, LOST, answer.ms)
        self._settle(account, event, attempt, at_ms, answer)
        return answer

    def _settle(
        self, account: Account, event: Event, attempt: int, at_ms: int, answer: Answer
    ) -> None:
        understood = self._take_answer(account, event, answer)
        entry = journal.Entry(
            at_ms, "callback", event.what, account.appid, None, understood, event.person_id,
            event.event_id, attempt, answer.ms, answer.status, repeat=attempt > 1,
        )  # fmt: skip
        journal.write(self._store, entry)

    def _post(self, account: Account, event: Event) -> Answer:
        letter = envelope.letter(account, event.openid, event.plaintext, *self._stamp())
        return self._call("POST", account, letter)

    def _call(self, method: str, account: Account, letter: envelope.Letter) -> Answer:
        url = f"{account.callback_url}?{urlencode(letter.query)}"
        started = time.perf_counter()
        limit = urllib3.Timeout(total=self._settings.callback_timeout)
        headers = {"Content-Type": letter.content_type} if letter.body else {}
        body = letter.body or None
        try:
            response = self._http.request(method, url, body=body, headers=headers, timeout=limit)
        except urllib3.exceptions.HTTPError as error:
            return Answer(None, type(error).__name__, _since(started))
        return Answer(response.status, response.data.decode(errors="replace"), _since(started))

    def _stamp(self) -> tuple[str, str]:
        return str(self._clock.now_ms() // 1000), secrets.token_hex(5)

    def _take_answer(self, account: Account, event: Event, answer: Answer) -> str:
        if answer.status is None:
            return answer.body if answer.body == LOST else "no answer"
        if answer.status != 200 or answer.body in ("", "success"):
            return f"HTTP {answer.status}" if answer.status != 200 else answer.body or "empty"
        reply = envelope.open_reply(account, answer.body)
        if reply is None or reply.get("ToUserName") != event.openid:
            return "answer not understood"
        with self._store.writing() as connection:
            message = _reply_message(account, reply, self._clock.now_ms())
            deliver(connection, message, [event.openid])
        return f"reply {message.msgtype}"


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)


REPLY_HEADER = ("ToUserName", "FromUserName", "CreateTime", "MsgType")


def _reply_message(account: Account, reply: dict[str, Any], at_ms: int) -> Message:
    msgtype = reply.get("MsgType", "text")
    content = {name: value for name, value in reply.items() if name not in REPLY_HEADER}
    if msgtype == "text":
        content = {"content": reply.get("Content", "")}
    return Message(account.appid, REPLY, msgtype, content, at_ms)
