"""The names by which a member is known: taken from every door, found, ended."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, literal, or_, select, union_all, update
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db
from app.core.crypto import keyring
from app.core.db import session
from app.members.models import Fan, IdentityKind, Member, MemberIdentity, TwinReason
from app.members.service.phones import parse_phone, phone_index, seal_phone
from app.members.service.tokens import keep_tokens
from app.members.service.twins import suspect

VALUE_CONTEXT = "member_identities.value"


def note_fans(fan_ids: Collection[int], source: str) -> None:
    """Write down that these WeChats are their members'; one that is known already stays."""
    fans = Fan.id.in_(fan_ids)
    named = union_all(
        _fan_rows(IdentityKind.OPENID, source).where(fans),
        _fan_rows(IdentityKind.UNIONID, source).where(fans, Fan.unionid_index.is_not(None)),
    )
    names = ["brand_id", "member_id", "fan_id", "kind", "account", "source", "since"]
    statement = insert(MemberIdentity).from_select(names, named)
    session.execute(statement.on_conflict_do_nothing())


def _fan_rows(kind: IdentityKind, source: str) -> Any:
    return select(
        Fan.brand_id,
        Fan.member_id,
        Fan.id,
        literal(kind.value),
        literal(""),
        literal(source),
        literal(clock.now()),
    ).where(Fan.brand_id == db.current_brand_id(), Fan.member_id.is_not(None))


def note_phone(member_id: int, phone: str, source: str) -> None:
    """Write down that this phone (E.164) leads to her from now on, and to nobody else."""
    _end(MemberIdentity.value_index == phone_index(phone), member_id, reason="recycled")
    values = _phone_values(phone) | {"member_id": member_id, "source": source}
    session.execute(insert(MemberIdentity).values(values).on_conflict_do_nothing())


def _phone_values(phone: str) -> dict[str, Any]:
    return {
        "brand_id": db.current_brand_id(),
        "kind": IdentityKind.PHONE,
        "account": "",
        "value_encrypted": seal_phone(phone),
        "value_index": phone_index(phone),
        "value_tail": phone[-4:],
        "since": clock.now(),
    }


def _end(which: Any, except_member_id: int, *, reason: str) -> None:
    current = (MemberIdentity.kind == IdentityKind.PHONE) & MemberIdentity.until.is_(None)
    others = MemberIdentity.member_id != except_member_id
    ended = update(MemberIdentity).where(current, others, which)
    session.execute(ended.values(until=clock.now(), ended_reason=reason))


def change_phone(member: Member, phone: str, *, source: str) -> None:
    """Her phone is another one now; the old one stays as history and leads to her no more.

    Raises NotAPhone. A phone that is somebody else's goes over: whoever gives it has proved that
    it is hers today.
    """
    number = parse_phone(phone)
    release_phone(number, to_member_id=member.id)
    hers = (MemberIdentity.member_id == member.id) & MemberIdentity.until.is_(None)
    old = update(MemberIdentity).where(hers, MemberIdentity.kind == IdentityKind.PHONE)
    old = old.where(MemberIdentity.value_index != phone_index(number))
    session.execute(old.values(until=clock.now(), ended_reason="changed"))
    member.phone_index, member.phone_encrypted = phone_index(number), seal_phone(number)
    member.phone_tail = number[-4:]
    session.flush()
    keep_tokens(member)
    note_phone(member.id, number, source)


def release_phone(phone: str, *, to_member_id: int | None) -> int | None:
    """Take this phone (E.164) from whoever has it now; answers who that was.

    Her card, points and coupons stay hers. The two may be one person: a person is asked.
    """
    had = select(Member).where(Member.phone_index == phone_index(phone))
    before = session.scalar(had.where(Member.id.is_distinct_from(to_member_id)).with_for_update())
    if before is None:
        return None
    before.phone_index = before.phone_encrypted = before.phone_tail = None
    session.flush()
    keep_tokens(before)
    _end(MemberIdentity.value_index == phone_index(phone), to_member_id or 0, reason="recycled")
    return before.merged_into_id or before.id


def forget_phones(member_id: int) -> None:
    """She took her phone back: no trace of any of hers stays, in her row or among the names."""
    hers = (MemberIdentity.member_id == member_id) & (MemberIdentity.kind == IdentityKind.PHONE)
    session.execute(delete(MemberIdentity).where(hers))
    rows = select(Member).where(or_(Member.id == member_id, Member.merged_into_id == member_id))
    for member in session.scalars(rows).all():
        member.phone_index = member.phone_encrypted = member.phone_tail = None
        session.flush()
        keep_tokens(member)


def identify(
    member_id: int, kind: IdentityKind, value: str, *, source: str, account: str = ""
) -> bool:
    """She is known by this outside id. False when it is somebody else's: then the two may be one
    person, and a person is asked."""
    values = outside_values(kind, value, account) | {"member_id": member_id, "source": source}
    session.execute(insert(MemberIdentity).values(values).on_conflict_do_nothing())
    holder = holder_of(kind, value, account=account)
    if holder == member_id:
        return True
    if holder is not None:
        suspect(member_id, holder, TwinReason.OUTSIDE_ID)
    return False


def outside_values(kind: IdentityKind, value: str, account: str = "") -> dict[str, Any]:
    """The columns of an outside id: sealed, found by a keyed hash, shown by its tail."""
    brand_id = db.current_brand_id()
    return {
        "brand_id": brand_id,
        "kind": kind,
        "account": account,
        "value_encrypted": keyring().seal(value, context=f"{brand_id}.{VALUE_CONTEXT}"),
        "value_index": _index(kind, value),
        "value_tail": value[-4:],
        "since": clock.now(),
    }


def holder_of(kind: IdentityKind, value: str, *, account: str = "") -> int | None:
    """Whom this outside id leads to now."""
    current = select(MemberIdentity.member_id).filter_by(
        kind=kind, account=account, value_index=_index(kind, value), until=None
    )
    return session.scalar(current)


def _index(kind: IdentityKind, value: str) -> str:
    return keyring().index(value, context=f"{db.current_brand_id()}.identity.{kind}")
