"""Members and their tags, many at once."""

from __future__ import annotations

from sqlalchemy import Subquery, func, literal, select, update

from app.core import bulk, clock, db
from app.core.bulk import Rows
from app.members import service
from app.members.models import IdentityKind, Member, MemberIdentity, MemberTag, MemberToken, Tag
from app.members.queries import standing_id

NAMED = ("erp_encrypted", "erp_index", "erp_tail")
SEALED = ("phone_encrypted", "phone_index", "phone_tail", "name_encrypted")


def seal(phone: str, name: str) -> tuple[str, str, str, str]:
    """The columns `SEALED` of one person: nothing readable reaches a staging table."""
    return (
        service.seal_phone(phone),
        service.phone_index(phone),
        phone[-4:],
        service.seal_name(name),
    )


def seal_number(number: str) -> tuple[str, str, str]:
    """The columns `NAMED`: by which number the till's system knows her."""
    values = service.outside_values(IdentityKind.ERP, number)
    return values["value_encrypted"], values["value_index"], values["value_tail"]


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


def add_names(rows: Rows, source: str) -> int:
    """Rows of `number`, `NAMED` and the three of `SEALED` that are a phone's: both are written
    among the names of members who have that phone now and are not known by that number."""
    staged = rows.subquery()
    phone = _names(staged, IdentityKind.PHONE, "phone", source)
    erp = _names(staged, IdentityKind.ERP, "erp", source)
    is_known = select(MemberIdentity.id).where(
        MemberIdentity.brand_id == db.current_brand_id(),
        MemberIdentity.kind == IdentityKind.ERP,
        MemberIdentity.value_index == staged.c.erp_index,
    )
    added = bulk.insert_new(MemberIdentity, phone.where(Member.phone_index == staged.c.phone_index))
    return added + bulk.insert_new(MemberIdentity, erp.where(~is_known.exists()))


def _names(staged: Subquery, kind: IdentityKind, column: str, source: str) -> Rows:
    return (
        select(
            standing_id().label("member_id"),
            literal(kind.value).label("kind"),
            literal("").label("account"),
            staged.c[f"{column}_encrypted"].label("value_encrypted"),
            staged.c[f"{column}_index"].label("value_index"),
            staged.c[f"{column}_tail"].label("value_tail"),
            literal(source).label("source"),
            literal(clock.now()).label("since"),
        )
        .join_from(staged, Member, Member.number == staged.c.number)
        .where(Member.brand_id == db.current_brand_id(), Member.erased_at.is_(None))
        .order_by(Member.id)
    )


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
