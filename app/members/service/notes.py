"""Notes of staff about a member: sealed, with readers of their author's choice."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from app.core import clock, db
from app.core.crypto import keyring
from app.core.db import session
from app.core.errors import BadInput, Conflict
from app.members.models import Member, Note, Readers
from app.members.service.contacts import NoMember

TEXT_CONTEXT = "notes.text"
LONGEST_NOTE = 500
UNDO_FOR = timedelta(seconds=15)  # the toast offers ten; the rest is the way there


class NoWords(BadInput):
    code, title = "no_words", f"写点什么，最多 {LONGEST_NOTE} 个字"


class TooLate(Conflict):
    code, title = "too_late", "撤销的时间过了，或者不是你写的"


def write_note(member_id: int, *, author_id: int, text: str, readers: str) -> Note:
    """Raises NoMember, NoWords, BadInput for readers that do not exist."""
    words = text.strip()
    if not 0 < len(words) <= LONGEST_NOTE:
        raise NoWords(fields={"text": [NoWords.title]})
    if readers not in set(Readers):
        raise BadInput(fields={"readers": ["选一项：谁可以看"]})
    if db.get(Member, member_id) is None:
        raise NoMember()
    note = Note(
        member_id=member_id,
        author_id=author_id,
        readers=Readers(readers),
        text_encrypted=keyring().seal(words, context=_context(db.current_brand_id())),
        at=clock.now(),
    )
    session.add(note)
    session.flush()
    return note


def take_back_note(note_id: int, *, author_id: int) -> None:
    """Its author thought better of it, within seconds: it was never there. Raises TooLate."""
    fresh = (Note.author_id == author_id) & (Note.at > clock.now() - UNDO_FOR)
    mine = (Note.brand_id == db.current_brand_id()) & (Note.id == note_id) & fresh
    if session.scalar(delete(Note).where(mine).returning(Note.id)) is None:
        raise TooLate()


def note_text(note: Note) -> str:
    """What it says, for whoever may read it."""
    return open_note(note.text_encrypted)


def open_note(sealed: str) -> str:
    """The same of a row's sealed column alone."""
    return keyring().open(sealed, context=_context(db.current_brand_id()))


def _context(brand_id: int) -> str:
    return f"{brand_id}.{TEXT_CONTEXT}"
