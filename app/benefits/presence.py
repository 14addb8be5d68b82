"""Who stands at this till: shown by her code, once, or told by her phone."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.benefits.models import Presence, Way
from app.core import clock, codes, db
from app.core.db import session
from app.core.errors import Conflict, NotFound
from app.members import codes as member_codes
from app.members import queries as members
from app.members import signed_codes
from app.members.models import Member

LASTS = timedelta(minutes=30)
KEPT_FOR = timedelta(days=1)


class NobodyThere(NotFound):
    code, title = "no_shopper", "这位顾客不在这台收银上，或已超过 30 分钟，请重新扫会员码"


class CodeUsed(Conflict):
    code, title = "member_code_used", "这个会员码已经扫过，请她等下一个码"


def by_code(text: str, *, store_id: int, opened_by: str) -> Presence:
    """She shows her code: as a QR code or by its digits. The same till may scan it again; for any
    other it is used up.

    Raises NotACode, CodeEnded, CodeUsed, NobodyThere for somebody who is no member any more.
    """
    member_id, minute = read(text)
    return open_for(member_id, store_id=store_id, opened_by=opened_by, way=Way.CODE, minute=minute)


def read(text: str) -> tuple[int, int]:
    """Whose code this is, and of which minute, as long as it holds. Raises NotACode, CodeEnded."""
    now = clock.now()
    if not text.startswith(signed_codes.PREFIX):
        return member_codes.read(text, now)
    member_id, minute = signed_codes.read(text)
    member_codes.refuse_ended(minute, now)
    return member_id, minute


def open_for(
    member_id: int, *, store_id: int, opened_by: str, way: Way, minute: int | None = None
) -> Presence:
    """She stands here from now on, for half an hour. Raises CodeUsed, NobodyThere."""
    member = members.member(member_id)
    if member is None or member.erased_at is not None:
        raise NobodyThere()
    row = {
        "brand_id": db.current_brand_id(),
        "token": codes.code(),
        "member_id": member.id,
        "store_id": store_id,
        "way": way,
        "minute": minute,
        "opened_by": opened_by,
        "opened_at": clock.now(),
    }
    made = insert(Presence).values(row).on_conflict_do_nothing().returning(Presence.id)
    opened_id = session.scalar(made)
    known = {"id": opened_id} if opened_id else {"member_id": member.id, "minute": minute}
    found = session.scalars(select(Presence).filter_by(**known)).one()
    if (found.opened_by, found.store_id) != (opened_by, store_id):
        raise CodeUsed()
    return found


def hand_over(member_id: int, minute: int, *, store_id: int, opened_by: str) -> None:
    """She stood at this till and not at the other that her code had opened."""
    ours = (Presence.brand_id == db.current_brand_id()) & (Presence.member_id == member_id)
    known = update(Presence).where(ours, Presence.minute == minute)
    session.execute(known.values(store_id=store_id, opened_by=opened_by))


def shopper(token: str, store_id: int) -> Member:
    """The member who stands in this store under this token. Raises NobodyThere."""
    here = select(Presence).where(
        Presence.token == token,
        Presence.store_id == store_id,
        Presence.opened_at > clock.now() - LASTS,
    )
    found = session.scalar(here)
    member = members.member(found.member_id) if found else None
    if member is None or member.erased_at is not None:
        raise NobodyThere()
    return member


def forget() -> None:
    """Throw away who stood at a till yesterday. In a transaction over all brands."""
    session.execute(delete(Presence).where(Presence.opened_at < clock.now() - KEPT_FOR))
