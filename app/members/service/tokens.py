"""The keyed tokens by which a member is found: last four digits, whole name, pieces of it.

Equality is all they allow. The member number is no secret and has an index of its own, and so
has the keyed hash of the whole phone (docs/decisions/0013).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.core import db
from app.core.crypto import keyring
from app.core.db import session
from app.core.words import tidy
from app.members.models import Member, MemberToken
from app.members.service.phones import open_name, open_phone

TAIL = 4
PIECE = 2
# How people are addressed, not what they are called: as a piece it would find nearly everybody.
HONORIFICS = ("女士", "先生", "小姐")


def normal(text: str) -> str:
    """Full-width and half-width, large and small letters, spaces: all the same to a search."""
    return "".join(tidy(unicodedata.normalize("NFKC", text).casefold()).split())


def tokens_of(phone: str | None, name: str | None) -> list[int]:
    """Every token of a member with this phone and name, in one order."""
    found = set(_phone_tokens(phone)) | set(_name_tokens(normal(name or "")))
    return sorted(found)


def tail_token(digits: str) -> int:
    """Of the last four digits of these."""
    return _token("tail", digits[-TAIL:])


def name_token(name: str) -> int:
    """Of a whole name."""
    return _token("name", normal(name))


def piece_tokens(text: str) -> list[int]:
    """Of the pieces of two characters that these words are made of."""
    return [_token("piece", piece) for piece in _pieces(normal(text))]


def keep_tokens(member: Member) -> None:
    """Her tokens are those of her phone and name as they are now; call it after a change."""
    forget_tokens(member.id)
    rows = [
        {"brand_id": member.brand_id, "member_id": member.id, "token": token}
        for token in tokens_of(open_phone(member), open_name(member))
    ]
    if rows:
        session.execute(insert(MemberToken).on_conflict_do_nothing(), rows)


def forget_tokens(member_id: int) -> None:
    """Nobody finds her by search any more."""
    hers = (MemberToken.brand_id == db.current_brand_id()) & (MemberToken.member_id == member_id)
    session.execute(delete(MemberToken).where(hers))


def _phone_tokens(phone: str | None) -> Iterator[int]:
    if phone:
        yield tail_token(phone)


def _name_tokens(name: str) -> Iterator[int]:
    if name:
        yield _token("name", name)
        yield from (_token("piece", piece) for piece in _pieces(name))


def _pieces(name: str) -> set[str]:
    pieces = {name[at : at + PIECE] for at in range(len(name) - PIECE + 1)}
    return pieces.difference(HONORIFICS)


def _token(kind: str, value: str) -> int:
    """64 bits of a keyed hash that holds in this brand alone; a clash costs a line on a page."""
    digest = keyring().index(value, context=f"{db.current_brand_id()}.search.{kind}")
    return int.from_bytes(bytes.fromhex(digest)[:8], signed=True)
