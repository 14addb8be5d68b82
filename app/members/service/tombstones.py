"""Tombstones: keyed hashes of the names of people who were erased."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from app.core import bulk, clock, db
from app.core.crypto import keyring
from app.core.db import session
from app.members.models import Fan, Member, Name, Tombstone
from app.wechat import openids

Mark = tuple[Name, str]  # what it is, and its keyed hash


def marks_of(member: Member | None, fans: Iterable[Fan]) -> set[Mark]:
    """By what this person could be recognised again: the same hashes that find her rows."""
    marks = {mark for fan in fans for mark in fan_marks(fan)}
    if member is not None:
        marks.add((Name.NUMBER, number_hash(member.number)))
        if member.phone_index is not None:
            marks.add((Name.PHONE, member.phone_index))
    return marks


def fan_marks(fan: Fan) -> set[Mark]:
    """Her openid in this account, and her unionid where WeChat has told it."""
    marks = {(Name.OPENID, fan.openid_index)}
    if fan.unionid_index is not None:
        marks.add((Name.UNIONID, fan.unionid_index))
    return marks


def number_hash(number: str) -> str:
    """The keyed hash of a member's number."""
    return _hash(number, "number")


def _hash(value: str, what: str) -> str:
    return keyring().index(value, context=f"{db.current_brand_id()}.{what}")


def bury(marks: Collection[Mark], at: datetime) -> None:
    """Set the tombstones; one that was lifted stands again."""
    brand_id = db.current_brand_id()
    rows = [
        {"brand_id": brand_id, "name": name, "hash": hash_, "erased_at": at}
        for name, hash_ in sorted(marks)
    ]
    if not rows:
        return
    statement = insert(Tombstone).values(rows)
    again = {"erased_at": statement.excluded.erased_at, "lifted_at": None}
    session.execute(
        statement.on_conflict_do_update(index_elements=["brand_id", "name", "hash"], set_=again)
    )


def lift(marks: Collection[Mark]) -> int:
    """She joined anew, herself: these names may come in again. Answers how many stood."""
    if not marks:
        return 0
    hers = tuple_(Tombstone.name, Tombstone.hash).in_(marks)
    standing = update(Tombstone).where(hers, Tombstone.lifted_at.is_(None))
    return bulk.count(standing.values(lifted_at=clock.now()))


def standing(name: Name) -> set[str]:
    """The hashes of this kind that a file may not bring in."""
    found = select(Tombstone.hash).where(Tombstone.name == name, Tombstone.lifted_at.is_(None))
    return set(session.scalars(found))


def is_forgotten(account_id: int, openid: str) -> bool:
    """Whether this openid is of somebody who was erased and has not come back herself."""
    brand_id = db.current_brand_id()
    row = session.get(
        Tombstone, (brand_id, Name.OPENID, openids.index(brand_id, account_id, openid))
    )
    return row is not None and row.lifted_at is None
