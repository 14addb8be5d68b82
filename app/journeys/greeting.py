"""The welcome to a WeCom customer: one message, within twenty seconds, on a lane of its own.

The lane reads what WeCom told by itself, past the line of everything else, and calls side by
side: a call that hangs takes one of sixteen places and nobody else's seconds. WeCom knows the
code and no key, so a doubt is `unknown` and never sent again.
"""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from app.brands import service as brands
from app.core import audit, db
from app.core.errors import BadInput
from app.staff.models import Staff, Way
from app.staff.service import bindings
from app.stores import service as shops
from app.stores.models import QrCode
from app.tasks import filling
from app.wechat import contacts, gateway, greetings
from app.wechat import service as wechat
from app.wechat.greetings import Claimed
from app.wechat.models import ContactState

SIDE_BY_SIDE = 16
SECONDS = 20  # of taking new ones in; the job's limit is 60 and a call ends within eight
LOOK_AGAIN = 0.05  # while calls are under way or wait, for who comes meanwhile
SOMEONE_ELSE_SENDS, HAS_BEGUN = 41096, 41051
DEFAULT = "您好，我是{店名}的{导购}。到货、活动和售后，都可以直接问我。"
VARIABLES = ("导购", "店名", "品牌")


@dataclass(frozen=True)
class Ended:
    """How a call went."""

    state: ContactState
    errcode: int | None = None


@dataclass(frozen=True)
class Greeting:
    """A welcome that is about to be sent."""

    claimed: Claimed
    text: str = field(repr=False)


def work() -> None:
    """Until nothing is due or under way, or the time is up; what is left is rung for again."""
    until = time.monotonic() + SECONDS
    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        flying: dict[Future[Ended], Claimed] = {}
        while True:
            if time.monotonic() < until:
                wechat.drain_corps()
                for one in _ready(SIDE_BY_SIDE - len(flying)):
                    flying[threads.submit(_call, one)] = one.claimed
            if not flying and not _is_waiting(until):
                return
            landed, _ = wait(flying, LOOK_AGAIN, FIRST_COMPLETED)
            for call in landed:
                ended = call.result()
                greetings.settle(flying.pop(call), ended.state, ended.errcode)


def _is_waiting(until: float) -> bool:
    """Whether somebody is due again in a moment: it is worth staying for her."""
    if time.monotonic() >= until:
        return False
    with db.system_transaction():
        is_any = greetings.is_any_due()
    if is_any:
        time.sleep(LOOK_AGAIN)
    return is_any


def _ready(places: int) -> list[Greeting]:
    """Claimed, and written; who is to have none is settled here."""
    found = []
    for claimed in greetings.claim(places) if places else []:
        text = _text(claimed)
        if text:
            found.append(Greeting(claimed, text))
        else:
            greetings.settle(claimed, ContactState.OFF)
    return found


def _call(one: Greeting) -> Ended:
    if greetings.is_late(one.claimed):
        return Ended(ContactState.LATE)
    try:
        contacts.welcome(one.claimed.brand_id, one.claimed.code, one.text)
    except gateway.WeChatError as refusal:
        return Ended(_after(refusal), refusal.errcode)
    except gateway.NoAnswer as silence:
        return Ended(ContactState.UNKNOWN if silence.was_sent else ContactState.DUE)
    return Ended(ContactState.SENT)


def _after(refusal: gateway.WeChatError) -> ContactState:
    """Again only where WeCom says that nothing was sent and it will not be long."""
    if refusal.errcode == SOMEONE_ELSE_SENDS:
        return ContactState.DUE
    if refusal.errcode == HAS_BEGUN:
        return ContactState.GREETED
    return ContactState.UNKNOWN if refusal.rule.leaves_doubt else ContactState.REFUSED


def _text(claimed: Claimed) -> str:
    """The brand's words with the guide's name; empty where the brand wants none."""
    with db.transaction(claimed.brand_id):
        brand = brands.get(claimed.brand_id)
        words = wording(brand.id)
        code = _code(claimed) if words else None
        store = shops.get(code.store_id).name if code else None
        known = {"品牌": brand.name, "店名": store or brand.name, "导购": _guide(claimed, code)}
        return filling.fill(words, known)


def _code(claimed: Claimed) -> QrCode | None:
    scene = claimed.state
    return shops.codes_by_scene({scene}).get((claimed.account_id, scene)) if scene else None


def _guide(claimed: Claimed, code: QrCode | None) -> str:
    """Whose code it was, or who was added; her account at WeCom may be bound to nobody here."""
    bound = None if code else bindings.staff_named(Way.WECOM, {claimed.userid})
    staff_id = code.staff_id if code else (bound or {}).get(claimed.userid)
    person = db.get(Staff, staff_id) if staff_id else None
    return person.name if person else "导购"


def wording(brand_id: int) -> str:
    """The brand's welcome as it was written; empty: none is sent."""
    written = brands.contact_welcome(brand_id)
    return DEFAULT if written is None else written


def write(words: str, *, actor: str) -> None:
    """Another welcome from the next customer on; empty ends them. Raises BadInput."""
    wrong = filling.fault(words, VARIABLES) if words.strip() else None
    if wrong:
        raise BadInput(wrong)
    brand_id = db.current_brand_id()
    brands.set_contact_welcome(brand_id, words.strip())
    audit.record("wecom.welcome_written", actor=actor, subject=f"brand:{brand_id}")
