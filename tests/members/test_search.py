"""Search: by the phone's end, the number, the name or a part of it, and by nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import select, true

from app.cli import members as commands
from app.core import db
from app.core.db import session
from app.members import service as members
from app.members.models import Member, MemberToken
from app.members.service import search as searching
from tests import factories

PHONES = {"周小梅": "13800005678", "周大海": "13900005678", "林梅": "18612344471"}


@pytest.fixture
def people(house):
    """Three members with names; answers each one's id by her name."""
    found = {}
    for name, phone in PHONES.items():
        fan = factories.make_fan(house.brand.id, house.brand.service.id, f"o-{phone}")
        found[name] = name_her(house, factories.make_member(house.brand.id, fan.id, phone).id, name)
    return found


def name_her(house, member_id: int, name: str) -> int:
    with db.transaction(house.brand.id):
        member = db.get(Member, member_id)
        member.name_encrypted = members.seal_name(name)
        members.keep_tokens(member)
    return member_id


def find(house, asked: str, scope=None) -> list[int]:
    with db.transaction(house.brand.id):
        return [hit.id for hit in searching.search(asked, true() if scope is None else scope)]


def test_the_last_four_digits_find_everybody_whose_phone_ends_so(house, people):
    assert set(find(house, "5678")) == {people["周小梅"], people["周大海"]}


def test_more_digits_than_four_tell_them_apart(house, people):
    assert find(house, "800005678") == [people["周小梅"]]


@pytest.mark.parametrize("asked", ["13800005678", "+86 138 0000 5678", "１３８００００５６７８"])
def test_a_whole_phone_finds_one_however_it_is_written(house, people, asked):
    assert find(house, asked) == [people["周小梅"]]


def test_a_member_number_finds_her_in_small_letters_and_with_a_gap(house, people):
    with db.transaction(house.brand.id):
        number = db.get(Member, people["林梅"]).number

    assert find(house, f"{number[:4]} {number[4:]}".lower()) == [people["林梅"]]


def test_a_whole_name_comes_before_names_that_contain_it(house, people):
    name_her(house, people["周大海"], "林梅香")

    assert find(house, "林梅") == [people["林梅"], people["周大海"]]


def test_a_part_of_a_name_is_enough(house, people):
    assert find(house, "小梅") == [people["周小梅"]]


@pytest.mark.parametrize("asked", ["", "周", "5", "678", "00005678901234", "%", "女士", "\x00\x00"])
def test_what_means_nobody_finds_nobody(house, people, asked):
    name_her(house, people["林梅"], "林女士")

    assert find(house, asked) == []


def test_who_is_out_of_scope_is_not_found(house, people):
    assert find(house, "5678", Member.id == people["周大海"]) == [people["周大海"]]


def test_never_more_than_fifty(house, people):
    with db.transaction(house.brand.id):
        for place in range(60):
            member = Member(
                number=f"M{place}",
                origin="import",
                joined_on=factories.clock.now().date(),
                created_at=factories.clock.now(),
                name_encrypted=members.seal_name("周小梅"),
            )
            session.add(member)
            session.flush()
            members.keep_tokens(member)

    assert len(find(house, "周小梅")) == searching.MOST_HITS


def test_a_withdrawn_phone_and_a_changed_name_are_found_no_more(house, people):
    with db.transaction(house.brand.id):
        member = db.get(Member, people["林梅"])
        member.phone_encrypted = member.phone_index = member.phone_tail = None
        member.name_encrypted = members.seal_name("林兰")
        members.keep_tokens(member)

    assert find(house, "4471") == find(house, "林梅") == []
    assert find(house, "林兰") == [people["林梅"]]


def test_nobody_can_read_the_tokens_and_another_brands_differ(house, people):
    other = factories.make_brand("qinghe", "青禾")

    with db.transaction(house.brand.id):
        ours = members.tokens_of("+8613800005678", "周小梅")
        kept = set(session.scalars(select(MemberToken.token).filter_by(member_id=people["周小梅"])))
    with db.transaction(other.id):
        theirs = members.tokens_of("+8613800005678", "周小梅")

    assert kept == set(ours)
    assert not set(ours) & set(theirs)
    assert 5678 not in ours


def test_members_from_before_the_tokens_are_indexed_by_command(app, house, people):
    with db.transaction(house.brand.id):
        members.forget_tokens(people["林梅"])
    assert find(house, "4471") == []

    done = app.test_cli_runner().invoke(commands.members, ["index-search", "hemuji"])

    assert "3 位会员" in done.output
    assert find(house, "4471") == [people["林梅"]]
