"""G20: erasure is complete and stays.

Fifty people with planted phones, names and openids are erased among others who are not. What is
looked for afterwards are these names in clear, the very ciphertexts of them, and their keyed
hashes (which only the tombstones may hold): in every table as text, in Valkey, in a copy of each
person's data. Then the old till file and an old member master come in again, and a backup from
before the erasure is served and the tombstones applied to it.

The negative control leaves one rule out at a time: what its table held must be found.
"""

from __future__ import annotations

import csv
import json
import random
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Text, cast, make_url, select, text
from sqlalchemy.exc import DBAPIError

from app import tables
from app.brands import service as brands
from app.core import clock, database, db, events, queue
from app.core.db import session
from app.core.privacy import Fate, Rule
from app.imports import buried, progress, runs
from app.imports import service as imports
from app.imports.staging import copy_rows
from app.imports.steps import step
from app.journeys.privacy import copying, erasing, returning
from app.journeys.privacy.table import RULES
from app.members import bulk as member_rows
from app.members import service as members
from app.members.models import Channel, Direction, Member, Tombstone
from app.members.service import contacts, erasures
from tests import factories, ground
from tests.soak.scene import Scene, row, scene

HEADER = ("订单号", "行号", "门店号", "会员号", "付款时间", "商品编码", "数量", "实付", "原价")
SECRET = ("_encrypted", "_index", "hash", "token")
FEWEST = 8  # characters of a planted name: shorter ones are found by chance


@dataclass(frozen=True)
class Planted:
    """One person of the story."""

    member_id: int
    number: str
    phone: str
    name: str
    openid: str

    @property
    def names(self) -> set[str]:
        """What must not be found in clear; a phone also without its country."""
        return {self.number, self.phone, f"+86{self.phone}", self.name, self.openid}


def measure(seed: int, *, people: int = 50, others: int = 20) -> dict[str, Any]:
    """Row G20."""
    random.seed(seed)
    with scene() as stage, tempfile.TemporaryDirectory() as folder:
        house = _house(stage)
        planted = [_person(house, n) for n in range(people + others)]
        till = _till_file(Path(folder), planted)
        first = _bring(house, till)
        gone, left = planted[:people], planted[people:]
        shared = _needles(house.brand.id, left)  # a token of 女士 is everybody's
        needles = _needles(house.brand.id, gone) - shared
        before = _hits(house.brand.id, needles)
        control = _without_each_rule(house.brand.id, gone[0])
        with _backup(stage) as backup:
            figures = _erase(house, gone, shared, needles)
            figures |= _old_files(house, till, gone, first)
            kept = _kept_tombstones(house.brand.id)
            with _served(stage, backup):
                figures |= _restored(house, needles, kept)
    missed = [name for name, found in control.items() if not found]
    figures |= {"people": people, "hits_before": before, "rules": len(control), "missed": missed}
    nothing = ("hits_after", "hits_in_valkey", "hits_in_copies", "came_back", "hits_reapplied")
    everything = figures["erased"] == people and figures["others_changed"] == 0
    refused = figures["lines_refused"] == figures["lines_expected"] and figures["masters_in"] == 0
    return row(
        "G20",
        seed,
        passed=all(figures[name] == 0 for name in nothing) and everything and refused,
        control_failed=not missed and before > 0 and figures["hits_restored"] > 0,
        figures=figures,
    )


# The story


def _house(stage: Scene) -> Any:
    brand = stage.open_brand()
    store = factories.make_store(brand.id, account_id=brand.service.id)
    factories.make_staff(brand.id, "wei", name="小魏", store_ids=[store.id])
    with db.transaction(brand.id):
        store = db.get(type(store.store), store.id)
        store.code = "S-1"
    return type("House", (), {"brand": brand, "store_id": store.id})


def _person(house: Any, n: int) -> Planted:
    """Somebody with something in as many tables as there are."""
    brand, phone = house.brand, f"139{random.randrange(10**8):08}"
    openid, name = f"o-planted-{uuid4().hex}", f"植{random.randrange(10**8):08}女士"
    fan = factories.make_fan(brand.id, brand.service.id, openid, unionid=f"u-{uuid4().hex}")
    member = factories.make_member(brand.id, fan.id, phone)
    with db.transaction(brand.id):
        known = db.get(Member, member.id)
        known.number, known.name_encrypted = (
            f"TILL-{n:05}-{uuid4().hex[:6]}",
            members.seal_name(name),
        )
        session.flush()
        members.keep_tokens(known)
        members.tag_fans([fan.id], "来源", "门店扫码", "rule")
        members.tag_member(member.id, "资料", "生日月", "rule")
        contacts.record(_call(member.id, name, phone))
        key = f"planted:{n}"
        events.record("wechat.menu_clicked", fan_id=fan.id, member_id=member.id, dedupe_key=key)
        number = known.number
    return Planted(member.id, number, phone, name, openid)


def _call(member_id: int, name: str, phone: str) -> contacts.Told:
    return contacts.Told(
        "callcentre",
        uuid4().hex,
        member_id,
        Channel.CALL,
        Direction.IN,
        clock.now(),
        text=f"{name} 来电，请回 {phone}",
    )


def _till_file(folder: Path, planted: Iterable[Planted]) -> Path:
    path = folder / "till.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        for n, person in enumerate(planted):
            at = "2026-01-05 14:31:00"
            out.writerow([f"A-{n}", 1, "S-1", person.number, at, "5001", 1, "12.30", "15.00"])
    return path


def _bring(house: Any, till: Path) -> dict[str, int]:
    return imports.import_orders_csv(
        house.brand.id, till, folder=till.parent, progress=progress.silent, again=True
    ).counts


# Looking


def _needles(brand_id: int, people: Iterable[Planted]) -> set[str]:
    """The names in clear, and every ciphertext and keyed hash that lies in their rows."""
    found: set[str] = set()
    with db.transaction(brand_id):
        for person in people:
            found |= person.names
            whose = erasing.person_of(person.member_id, None)
            for rule in RULES:
                found |= _secrets(rule, whose)
    return found


def _secrets(rule: Rule, whose: Any) -> set[str]:
    named = [column for column in rule.model.__table__.c if column.name.endswith(SECRET)]
    columns = [cast(column, Text) for column in named]
    if not columns:
        return set()
    rows = session.execute(select(*columns).where(rule.hers(whose)))
    return {str(value) for line in rows for value in line if value and len(value) >= FEWEST}


def _hits(brand_id: int, needles: set[str]) -> int:
    """How many of the needles stand in the database, as a dump would show it."""
    with db.system_transaction(brand_id):
        return _found_in(_dump(), needles)


def _dump() -> str:
    """Every table as text; of the tombstones all but the hashes, which are meant to stay."""
    found = []
    for table in tables.metadata.sorted_tables:
        if table.name != Tombstone.__tablename__:
            found += session.scalars(text(f'SELECT t::text FROM "{table.name}" t'))
    return "\n".join(found)


def _found_in(haystack: str, needles: set[str]) -> int:
    return sum(needle in haystack for needle in needles)


def _valkey() -> str:
    """Every key with what it holds."""
    connection, found = queue.connection(), []
    for key in connection.scan_iter("*"):
        kind = connection.type(key).decode()
        read = {"string": connection.get, "hash": connection.hgetall, "set": connection.smembers}
        value = read[kind](key) if kind in read else connection.dump(key)
        found.append(f"{key!r} {value!r}")
    return "\n".join(found)


# What is done to them


def _erase(house: Any, gone: list[Planted], others: set[str], needles: set[str]) -> dict[str, int]:
    brand_id = house.brand.id
    of_others = _hits(brand_id, others)
    with db.transaction(brand_id):
        for person in gone:
            erasures.ask_erasure(
                member_id=person.member_id, fan_id=None, door="card", by="soak", due_at=clock.now()
            )
    erased = 0
    while done := erasing.work():
        erased += done
    return {
        "erased": erased,
        "hits_after": _hits(brand_id, needles),
        "hits_in_valkey": _found_in(_valkey(), needles),
        "hits_in_copies": _found_in(_copies(brand_id, gone), needles),
        "others_changed": of_others - _hits(brand_id, others),
        "tombstones": len(_kept_tombstones(brand_id)),
    }


def _copies(brand_id: int, people: Iterable[Planted]) -> str:
    """What each of them would be handed out now."""
    with db.transaction(brand_id):
        brand = brands.get(brand_id)
        made = [
            copying.as_json(copying.copy_of(erasing.person_of(one.member_id, None), brand))
            for one in people
        ]
    return json.dumps(made, ensure_ascii=False)


def _old_files(
    house: Any, till: Path, gone: list[Planted], first: dict[str, int]
) -> dict[str, int]:
    """The till file again, and a master that brings the same phones under new numbers."""
    again = _bring(house, till)
    with db.transaction(house.brand.id):
        numbers = {person.number for person in gone}
        came_back = session.scalars(select(Member.id).where(Member.number.in_(numbers))).all()
    return {
        "lines_expected": len(gone),
        "lines_refused": again.get(imports.ERASED, 0),
        "came_back": len(came_back),
        "orders_before": first["orders"],
        "orders_of_others": again["orders"],
        "masters_in": _master_rows_left(house.brand.id, till.parent, gone),
    }


def _master_rows_left(brand_id: int, folder: Path, gone: list[Planted]) -> int:
    columns = ["number", "joined_on", *member_rows.SEALED]
    with runs.staged(brand_id, folder / "master") as (staging, _work), step(brand_id):
        rows = [
            (f"NEW-{n}", "2026-01-01", *member_rows.seal(f"+86{one.phone}", one.name))
            for n, one in enumerate(gone)
        ]
        copy_rows(staging.members, columns, rows)
        return len(rows) - buried.leave_out_members(staging)


def _kept_tombstones(brand_id: int) -> list[str]:
    with db.transaction(brand_id):
        return list(returning.lines())


def _restored(house: Any, needles: set[str], kept: list[str]) -> dict[str, int]:
    """The backup as it comes back, and after the tombstones were applied to it, twice."""
    brand_id = house.brand.id
    restored = _hits(brand_id, needles)
    with db.transaction(brand_id):
        returning.read(kept)
    done = returning.reapply(brand_id, by="soak")
    again = returning.reapply(brand_id, by="soak")
    return {
        "hits_restored": restored,
        "reapplied": done.members,
        "reapplied_twice": again.members + again.fans,
        "hits_reapplied": _hits(brand_id, needles),
    }


@contextmanager
def _backup(stage: Scene) -> Iterator[database.Urls]:
    """A copy of the whole database as it stands now."""
    name = f"huike_backup_{uuid4().hex[:12]}"
    source = make_url(stage.process.urls.app).database
    stage.process.disconnect()
    try:
        yield database.prepare(ground.admin_url(), name, template=source)
    finally:
        database.drop(ground.admin_url(), name)


@contextmanager
def _served(stage: Scene, backup: database.Urls) -> Iterator[None]:
    """The process works on the backup, as after a restore."""
    before, stage.process.urls = stage.process.urls, backup
    stage.process.connect()
    yield
    stage.process.urls = before
    stage.process.connect()


# The control


class _Undone(Exception):
    """Nothing of the control stays."""


def _without_each_rule(brand_id: int, person: Planted) -> dict[str, bool]:
    """For each rule that has rows of hers: whether leaving it out is found."""
    return {
        rule.table: _is_missed(brand_id, person, rule)
        for rule in RULES
        if _leaves_something(brand_id, person, rule)
    }


def _leaves_something(brand_id: int, person: Planted, rule: Rule) -> bool:
    """Whether there is anything of hers in this table that has to go."""
    with db.transaction(brand_id):
        whose = erasing.person_of(person.member_id, None)
        held = rule.count(whose) > 0
        return held and (rule.fate is Fate.ERASED or rule.table in ("fans", "members"))


def _is_missed(brand_id: int, person: Planted, left_out: Rule) -> bool:
    """Forget her without this rule, look, and undo it all."""
    needles = _needles(brand_id, [person])
    rules = [rule for rule in RULES if rule is not left_out]
    try:
        with db.transaction(brand_id):
            whose = erasing.person_of(person.member_id, None)
            erasing.bury(whose)
            found = _stays(rules, whose, left_out) or _found_in(_dump(), needles) > 0
            raise _Undone
    except _Undone:
        return found


def _stays(rules: list[Rule], whose: Any, left_out: Rule) -> bool:
    """Rows of hers still there, or still pointed at by what should be gone."""
    try:
        erasing.forget(whose, rules)
    except DBAPIError:
        return True  # the database itself found the row that was left
    return left_out.fate is Fate.ERASED and left_out.count(whose) > 0
