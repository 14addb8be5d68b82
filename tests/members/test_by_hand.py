"""What staff do to a member by hand: tags and notes with a way back, numbers with a limit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.brands.models import Brand
from app.core import audit, clock, db
from app.core.audit import AuditRow
from app.core.db import session
from app.core.events import Event
from app.members import service as members
from app.members.models import FanTag, Member, MemberTag, Note, Readers, Tag
from app.members.service import notes, reveals, tagging


def tags_on(house) -> list[tuple[str, str, int | None]]:
    named = select(Tag.name, MemberTag.source, MemberTag.tagged_by_id)
    with db.transaction(house.brand.id):
        return [tuple(row) for row in session.execute(named.join(Tag, Tag.id == MemberTag.tag_id))]


def put_on(house, lin, name: str, by=None) -> tuple[int, bool]:
    with db.transaction(house.brand.id):
        return tagging.put_on(lin.id, name, staff_id=(by or house.mei).id)


def test_a_tag_by_hand_says_whose_hand(house, lin):
    put_on(house, lin, "爱买礼盒")

    assert tags_on(house) == [("爱买礼盒", "staff", house.mei.id)]


def test_a_known_tag_is_used_and_not_made_again(house, lin):
    with db.transaction(house.brand.id):
        known = members.tag("购买", "护肤")

    tag_id, is_new = put_on(house, lin, "购买 · 护肤")

    assert (tag_id, is_new) == (known, True)
    assert put_on(house, lin, "购买 · 护肤") == (known, False)


def test_a_fresh_tag_is_undone_by_who_put_it_on_and_by_nobody_else(house, lin):
    tag_id, _ = put_on(house, lin, "爱买礼盒")

    with pytest.raises(tagging.TooLateToUndo), db.transaction(house.brand.id):
        tagging.undo_put_on(lin.id, tag_id, staff_id=house.wei.id)
    with db.transaction(house.brand.id):
        tagging.undo_put_on(lin.id, tag_id, staff_id=house.mei.id)
    assert tags_on(house) == []


def test_undoing_one_tag_leaves_what_is_told_of_another(house, lin):
    slip, _ = put_on(house, lin, "爱买礼盒")
    meant, _ = put_on(house, lin, "敏感肌")

    with db.transaction(house.brand.id):
        tagging.undo_put_on(lin.id, slip, staff_id=house.mei.id)

    with db.transaction(house.brand.id):
        told = session.scalars(select(Event).filter_by(name="member.tagged", member_id=lin.id))
        assert [event.data["tag_id"] for event in told] == [meant]


def test_an_old_tag_cannot_be_undone_only_taken_off(house, lin):
    tag_id, _ = put_on(house, lin, "爱买礼盒")
    clock.move(timedelta(minutes=1))

    with pytest.raises(tagging.TooLateToUndo), db.transaction(house.brand.id):
        tagging.undo_put_on(lin.id, tag_id, staff_id=house.mei.id)


def test_what_was_taken_off_comes_back_with_who_put_it_there_and_when(house, lin):
    """Also from her WeChats, where rules put tags."""
    tag_id, _ = put_on(house, lin, "爱买礼盒", by=house.wei)
    with db.transaction(house.brand.id):
        fan_ids = [fan.id for fan in members_fans(lin)]
        members.tag_fans(fan_ids, tagging.BY_HAND, "爱买礼盒", "rule")
        before = session.scalars(select(MemberTag.tagged_at)).one()

    with db.transaction(house.brand.id):
        taken = tagging.take_off(lin.id, tag_id, staff_id=house.mei.id)
        assert session.scalars(select(FanTag)).all() == []
    assert tags_on(house) == []
    with db.transaction(house.brand.id):
        tagging.put_back(taken, member_id=lin.id, staff_id=house.mei.id)

    assert tags_on(house) == [("爱买礼盒", "staff", house.wei.id)]
    with db.transaction(house.brand.id):
        assert session.scalars(select(MemberTag.tagged_at)).one() == before
        assert [row.source for row in session.scalars(select(FanTag))] == ["rule"]


def members_fans(lin):
    from app.members import queries

    return queries.fans_of(lin.id)


def test_a_tag_she_does_not_carry_cannot_be_taken_off(house, lin):
    with pytest.raises(tagging.NotTagged), db.transaction(house.brand.id):
        tagging.take_off(lin.id, 1, staff_id=house.mei.id)


def write(house, lin, text="怕晒", readers=Readers.EVERYONE):
    with db.transaction(house.brand.id):
        return notes.write_note(lin.id, author_id=house.wei.id, text=text, readers=readers)


def test_a_note_is_sealed(house, lin):
    note = write(house, lin)

    assert "怕晒" not in note.text_encrypted
    with db.transaction(house.brand.id):
        assert notes.note_text(note) == "怕晒"


def test_a_note_is_taken_back_within_seconds_by_its_author(house, lin):
    note = write(house, lin)

    with pytest.raises(notes.TooLate), db.transaction(house.brand.id):
        notes.take_back_note(note.id, author_id=house.mei.id)
    with db.transaction(house.brand.id):
        notes.take_back_note(note.id, author_id=house.wei.id)
        assert session.scalars(select(Note)).all() == []


def test_later_a_note_stays(house, lin):
    note = write(house, lin)
    clock.move(timedelta(seconds=16))

    with pytest.raises(notes.TooLate), db.transaction(house.brand.id):
        notes.take_back_note(note.id, author_id=house.wei.id)


@pytest.mark.parametrize("text", ["", "  ", "字" * 501])
def test_a_note_without_words_or_with_too_many_is_refused(house, lin, text):
    with pytest.raises(notes.NoWords):
        write(house, lin, text)


def reveal(house, lin, by, why="service") -> str:
    with db.transaction(house.brand.id):
        return reveals.reveal_phone(db.get(Member, lin.id), staff_id=by.id, why=why)


def test_a_revealed_phone_leaves_a_row_that_does_not_hold_it(house, lin):
    assert reveal(house, lin, house.mei) == "+8613800005678"

    with db.transaction(house.brand.id):
        row = session.scalars(select(AuditRow).filter_by(act="phone.revealed")).one()
        assert audit.verify()[1] is None
    assert (row.actor, row.subject) == (f"staff:{house.mei.id}", f"member:{lin.id}")
    assert row.detail == {"why": "service"}


def test_numbers_are_limited_a_day_and_a_person(house, lin):
    with db.system_transaction():
        session.get_one(Brand, house.brand.id).settings = {reveals.LIMIT_SETTING: 2}
    reveal(house, lin, house.mei)
    reveal(house, lin, house.mei)

    with pytest.raises(reveals.TooManyReveals):
        reveal(house, lin, house.mei)
    reveal(house, lin, house.wei)
    clock.move(timedelta(days=1))
    reveal(house, lin, house.mei)


def test_without_a_reason_nothing_is_shown_or_counted(house, lin):
    with pytest.raises(reveals.NoReason):
        reveal(house, lin, house.mei, why="curious")
    with db.transaction(house.brand.id):
        assert reveals.reveals_left(house.mei.id) == reveals.DEFAULT_LIMIT
