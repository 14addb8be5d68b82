"""Finding one person: by her phone or its end, member number, name or a part of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import aliased

from app.core.db import session
from app.members.models import Member, MemberToken
from app.members.service.phones import NotAPhone, open_phone, parse_phone, phone_index
from app.members.service.tokens import TAIL, name_token, normal, piece_tokens, tail_token

MOST_HITS = 50
LONGEST_QUERY = 64
WHOLE_PHONE = 11
SHORTEST_QUERY = 2


def search(asked: str, scope: ColumnElement[bool]) -> list[Member]:
    """Members within `scope` that these words mean, exact hits first, at most MOST_HITS.

    Fewer than two characters, or fewer than four digits of a phone, mean nobody.
    """
    words = normal(asked)[:LONGEST_QUERY]
    found: dict[int, Member] = {}
    for hits in _ways(words, scope):
        found |= {member.id: member for member in hits if member.id not in found}
        if len(found) >= MOST_HITS:
            break
    return list(found.values())[:MOST_HITS]


def _ways(words: str, scope: ColumnElement[bool]) -> Iterator[Sequence[Member]]:
    """From the exact to the likely; a way that does not fit the words is not gone."""
    if len(words) < SHORTEST_QUERY:
        return
    yield _members(select(Member).where(Member.number.in_({words, words.upper()}), scope))
    digits = words.removeprefix("+86")
    if digits.isascii() and digits.isdigit():
        yield from _by_phone(digits, scope)
    else:
        yield _having([name_token(words)], scope)
        yield _having(piece_tokens(words), scope)


def _by_phone(digits: str, scope: ColumnElement[bool]) -> Iterator[Sequence[Member]]:
    if len(digits) >= WHOLE_PHONE:
        try:
            index = phone_index(parse_phone(digits))
        except NotAPhone:
            return
        yield _members(select(Member).where(Member.phone_index == index, scope))
    elif len(digits) == TAIL:
        yield _having([tail_token(digits)], scope)
    elif len(digits) > TAIL:
        alike = _having([tail_token(digits)], scope, limit=None)
        yield [member for member in alike if (open_phone(member) or "").endswith(digits)]


def _having(
    tokens: Sequence[int], scope: ColumnElement[bool], limit: int | None = MOST_HITS
) -> list[Member]:
    """Members who carry all of these tokens, the newest first, as the token's index has them."""
    held = [aliased(MemberToken) for _ in tokens]
    if not held:
        return []
    first = held[0]
    wanted = select(Member).join(first, _hers(first)).where(scope, first.token == tokens[0])
    for token, other in zip(tokens[1:], held[1:], strict=True):
        same = (other.brand_id == first.brand_id) & (other.member_id == first.member_id)
        wanted = wanted.join(other, same & (other.token == token))
    return _members(wanted.order_by(first.member_id.desc()).limit(limit))


def _hers(held: type[MemberToken]) -> ColumnElement[bool]:
    return (held.brand_id == Member.brand_id) & (held.member_id == Member.id)


def _members(wanted: Select[Member]) -> list[Member]:
    return list(session.scalars(wanted))
