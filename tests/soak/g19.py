"""G19: a privileged act has its audit row in the same transaction, and an edit, a removal or a
cut tail is named.

The control keeps the rows and leaves out the sealed head: then a cut tail is not noticed.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from app.core import audit, clock, db, events
from app.core.audit import checking
from app.exports import service as exports
from app.exports.models import Form, Kind, Why
from app.members import service as members
from app.members.models import Fan
from app.pos import service as machines
from app.process import Process
from app.staff.models import Face
from tests import factories, ground
from tests.soak.g8 import _state
from tests.soak.scene import row

ROWS = 10_000
REFUSE = (
    "CREATE TRIGGER broken BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change()"
)
Act = Callable[[SimpleNamespace], None]


def measure(seed: int, *, rows: int = ROWS, tries: int = 10) -> dict[str, Any]:
    """Row G19. `misnamed` lists what was done to the chain and what the validator said instead."""
    rng = random.Random(seed)
    with _stage() as (house, owner):
        half_done = _acts_without_a_row(house, owner)
        _fill(house, rows)
        started = time.monotonic()
        whole = _verify(house)
        seconds = time.monotonic() - started
        owner.execute(text("CREATE TABLE audit_before AS TABLE audit"))
        owner.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
        misnamed = [
            f"{change} said {said}"
            for change, link in _changes(rng, rows, tries)
            if (said := _said_after(house, owner, change)) != link
        ]
        unnoticed = _without_the_head(house, owner, rows)
    figures = {
        "acts_that_fail_with_their_row": len(ACTS),
        "half_done": half_done,
        "rows": whole[0],
        "changes": 3 * tries,
        "misnamed": misnamed,
        "verify_seconds": round(seconds, 2),
        "control_said": unnoticed,
    }
    passed = not half_done and not misnamed and whole == (rows + len(ACTS), None)
    return row("G19", seed, passed=passed, control_failed=unnoticed is None, figures=figures)


def _take_phone_back(house: SimpleNamespace) -> None:
    event = events.record("wechat.withdrew", fan_id=house.fan.id)
    asked = members.Asked(db.get(Fan, house.fan.id), clock.now(), event or 0)
    members.withdraw_phone(asked)


def _make_key(house: SimpleNamespace) -> None:
    machines.add_key(house.mei_acting, name="呼叫中心", scopes=["contacts:write"])


def _ask_for_a_file(house: SimpleNamespace) -> None:
    exports.ask(house.mei_acting, exports.Wish(Kind.STORES, Form.CSV, Why.RECONCILE))


ACTS: tuple[Act, ...] = (_take_phone_back, _make_key, _ask_for_a_file)


def _acts_without_a_row(house: SimpleNamespace, owner: Connection) -> list[str]:
    """Which acts left anything behind though their row could not be written; then they do."""
    owner.execute(text(REFUSE))
    before, left = _state(), []
    for act in ACTS:
        try:
            _do(house, act)
            left.append(f"{act.__name__} went through")
        except DBAPIError:
            left += [act.__name__] if _state() != before else []
    owner.execute(text("DROP TRIGGER broken ON audit"))
    for act in ACTS:
        _do(house, act)
    return left


def _do(house: SimpleNamespace, act: Act) -> None:
    with db.transaction(house.brand.id):
        act(house)


def _fill(house: SimpleNamespace, rows: int) -> None:
    for start in range(0, rows, 500):
        with db.transaction(house.brand.id):
            for number in range(start, min(start + 500, rows)):
                audit.record("push.scheduled", actor="staff:1", subject=f"push:{number}")


def _changes(rng: random.Random, rows: int, tries: int) -> list[tuple[str, int]]:
    """What somebody who owns the database does, and the link that must be named."""
    picked = [rng.randint(2, rows - 1) for _ in range(3 * tries)]
    edited = "UPDATE audit SET {} WHERE seq = {}"
    what = ("actor = 'staff:2'", "at = at + interval '1 second'", "detail = '{\"x\": 1}'")
    edits = [(edited.format(rng.choice(what), seq), seq) for seq in picked[:tries]]
    cuts = [(f"DELETE FROM audit WHERE seq = {seq}", seq) for seq in picked[tries : 2 * tries]]
    tails = [(f"DELETE FROM audit WHERE seq >= {seq}", seq) for seq in picked[2 * tries :]]
    return edits + cuts + tails


def _said_after(house: SimpleNamespace, owner: Connection, change: str) -> int | None:
    """What the validator says; then the rows are put back."""
    owner.execute(text(change))
    said = _verify(house)[1]
    owner.execute(
        text("DELETE FROM audit a USING audit_before b WHERE a.seq = b.seq AND a::text <> b::text")
    )
    owner.execute(text("INSERT INTO audit SELECT * FROM audit_before ON CONFLICT DO NOTHING"))
    return said


def _verify(house: SimpleNamespace) -> tuple[int, int | None]:
    with db.transaction(house.brand.id):
        return audit.verify()


def _without_the_head(house: SimpleNamespace, owner: Connection, rows: int) -> int | None:
    """The chain alone, as it was before there were heads: a cut tail leaves it whole."""
    owner.execute(text(f"DELETE FROM audit WHERE seq > {rows // 2}"))
    with db.transaction(house.brand.id):
        return checking._first_broken(rows // 2, {})


@contextmanager
def _stage() -> Any:
    """A brand with a member, and a connection of somebody who is above all walls."""
    admin = ground.admin_url()
    with ground.cloned(admin) as urls:
        settings = ground.make_settings(urls, WECHAT_API_BASE_URL="http://127.0.0.1:9")
        process = Process(settings, urls)
        name = db.make_url(urls.app).database
        engine = create_engine(admin.set(database=name), isolation_level="AUTOCOMMIT")
        try:
            house = factories.make_house()
            house.fan = factories.make_fan(house.brand.id, house.brand.service.id)
            factories.make_member(house.brand.id, house.fan.id)
            house.mei_acting = factories.actor(factories.sign_in("mei", Face.CONSOLE), Face.CONSOLE)
            with engine.connect() as owner:
                yield house, owner
        finally:
            engine.dispose()
            process.disconnect()
