"""After a backup was restored: whoever was erased since it was made is erased again.

Her rows are known by her tombstones: they carry the same hash, and are older than it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects.postgresql import insert

from app.core import audit, db
from app.core.db import session
from app.core.privacy import Person
from app.journeys.privacy.erasing import forget, person_of
from app.members.models import Fan, Member, Name, Tombstone
from app.members.service import tombstones

BATCH = 5_000


@dataclass(frozen=True)
class Reapplied:
    """What a look at the whole brand came to."""

    tombstones: int
    members: int
    fans: int


def lines() -> Iterator[str]:
    """Every tombstone of the current brand, one JSON object a line, to be kept beside backups."""
    for row in session.scalars(select(Tombstone).order_by(Tombstone.name, Tombstone.hash)):
        lifted = row.lifted_at.isoformat() if row.lifted_at else None
        yield json.dumps(
            {"name": row.name, "hash": row.hash, "at": row.erased_at.isoformat(), "lifted": lifted}
        )


def read(told: Iterable[str]) -> int:
    """Set the tombstones of such lines, the later word counting; answers how many came in."""
    rows = [_row(json.loads(line)) for line in told if line.strip()]
    if not rows:
        return 0
    statement = insert(Tombstone).values(rows)
    newer = {name: statement.excluded[name] for name in ("erased_at", "lifted_at")}
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["brand_id", "name", "hash"],
            set_=newer,
            where=Tombstone.erased_at <= statement.excluded.erased_at,
        )
    )
    return len(rows)


def _row(told: dict[str, str]) -> dict[str, object]:
    lifted = told["lifted"]
    return {
        "brand_id": db.current_brand_id(),
        "name": Name(told["name"]),
        "hash": told["hash"],
        "erased_at": datetime.fromisoformat(told["at"]),
        "lifted_at": datetime.fromisoformat(lifted) if lifted else None,
    }


def reapply(brand_id: int, *, by: str) -> Reapplied:
    """Erase again whoever came back, each in a transaction of her own. Twice is harmless."""
    with db.transaction(brand_id):
        buried = {(row.name, row.hash): row.erased_at for row in session.scalars(select(Tombstone))}
        members = _members(buried)
    for member_id in members:
        with db.transaction(brand_id):
            _again(person_of(member_id, None), f"member:{member_id}", by)
    with db.transaction(brand_id):
        fans = _fans()
    for fan_id in fans:
        with db.transaction(brand_id):
            _again(person_of(None, fan_id), f"fan:{fan_id}", by)
    return Reapplied(len(buried), len(members), len(fans))


Buried = dict[tuple[Name, str], datetime]


def _members(buried: Buried) -> list[int]:
    same_phone = and_(Tombstone.name == Name.PHONE, Tombstone.hash == Member.phone_index)
    older = Member.created_at < Tombstone.erased_at
    by_phone = select(Member.id).join(Tombstone, same_phone).where(older)
    found = set(session.scalars(by_phone))
    if not any(name == Name.NUMBER for name, _ in buried):
        return sorted(found)
    everybody = select(Member.id, Member.number, Member.created_at).where(
        Member.erased_at.is_(None)
    )
    for row in session.execute(everybody.execution_options(yield_per=BATCH)):
        at = buried.get((Name.NUMBER, tombstones.number_hash(row.number)))
        if at is not None and row.created_at < at:
            found.add(row.id)
    return sorted(found)


def _fans() -> list[int]:
    """By openid or unionid; whoever belonged to one of the members is gone with her by now."""
    older = Fan.created_at < Tombstone.erased_at
    same = or_(
        and_(Tombstone.name == Name.OPENID, Tombstone.hash == Fan.openid_index),
        and_(Tombstone.name == Name.UNIONID, Tombstone.hash == Fan.unionid_index),
    )
    found = select(Fan.id).join(Tombstone, same).where(older, Fan.erased_at.is_(None))
    return sorted(set(session.scalars(found)))


def _again(person: Person, subject: str, by: str) -> None:
    """Her tombstones stay as they are: a later one would reach who she has become since."""
    forget(person)
    audit.record("person.erased_again", actor=by, subject=subject)
