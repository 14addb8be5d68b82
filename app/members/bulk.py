"""Members and their tags, many at once."""

from __future__ import annotations

from sqlalchemy import func, select, update

from app.core import bulk, db
from app.core.bulk import Rows
from app.members import service
from app.members.models import Member, MemberTag, MemberToken, Tag

SEALED = ("phone_encrypted", "phone_index", "phone_tail", "name_encrypted")


def seal(phone: str, name: str) -> tuple[str, str, str, str]:
    """The columns `SEALED` of one person: nothing readable reaches a staging table."""
    return (
        service.seal_phone(phone),
        service.phone_index(phone),
        phone[-4:],
        service.seal_name(name),
    )


def tokens(phone: str, name: str) -> list[int]:
    """By what one person is found, to be staged beside her sealed columns."""
    return service.tokens_of(phone, name)


def add_tokens(rows: Rows) -> int:
    """Rows of `number, tokens`, of members who have none: whoever has some keeps her own."""
    staged, brand_id = rows.subquery(), db.current_brand_id()
    has_some = select(MemberToken.token).where(
        MemberToken.brand_id == brand_id, MemberToken.member_id == Member.id
    )
    found = (
        select(Member.id.label("member_id"), func.unnest(staged.c.tokens).label("token"))
        .join(staged, staged.c.number == Member.number)
        .where(Member.brand_id == brand_id, ~has_some.exists())
        .subquery()
    )
    in_order = select(found.c.token, found.c.member_id).order_by(found.c.token, found.c.member_id)
    return bulk.insert_new(MemberToken, in_order)


def upsert(rows: Rows) -> int:
    """Rows of `number, joined_on, origin, created_at` and `SEALED`.

    Phone and name are set with the row and never again: a sealed value differs each time, and
    what she changed herself since is hers.
    """
    once = [*SEALED, "origin", "created_at"]
    return bulk.upsert(Member, rows, key=["number"], once=once)


def add_tags(rows: Rows) -> int:
    """Rows of `group, name`."""
    return bulk.insert_new(Tag, rows)


def tag(rows: Rows) -> int:
    """Rows of `member_id, tag_id, source, tagged_at`; a tag she has already stays as it is."""
    return bulk.insert_new(MemberTag, rows)


def set_main_stores(rows: Rows) -> int:
    """Rows of `member_id, store_id`, for members who have no main store yet."""
    found = rows.subquery()
    statement = update(Member).values(main_store_id=found.c.store_id)
    return bulk.count(
        statement.where(
            Member.brand_id == db.current_brand_id(),
            Member.id == found.c.member_id,
            Member.main_store_id.is_(None),
        )
    )
