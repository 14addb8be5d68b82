"""No personal data lies in plain text: every column that holds words says what words."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB
from sqlalchemy.types import String

from app import tables
from app.cli.keys import SEALED as ROTATED
from tests.house.columns import COMPARED, KEYED, KNOWN, LAST_FOUR, OF_NOBODY, SEALED

PERSONAL = ("phone", "openid", "unionid", "mobile", "address", "id_card", "birthday", "mail")


def worded(metadata: MetaData) -> set[str]:
    """Columns that can hold words, or bytes."""
    kinds = (String, JSON, JSONB, LargeBinary, ARRAY)
    return {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, kinds)
    }


def unclassed(metadata: MetaData) -> set[str]:
    return {name for name in worded(metadata) - KNOWN if not name.endswith((SEALED, KEYED))}


def test_every_column_of_words_is_sealed_keyed_or_said_to_be_of_nobody() -> None:
    assert unclassed(tables.metadata) == set(), "see tests/house/columns.py"


def test_a_plain_personal_column_is_found() -> None:
    """The negative control."""
    more = MetaData()
    Table("members", more, Column("phone", Text), Column("phone_encrypted", Text))

    assert unclassed(more) == {"members.phone"}


def test_the_table_names_no_column_that_is_gone_and_none_twice() -> None:
    named = [name for names in OF_NOBODY.values() for name in names.split()]
    named += [*LAST_FOUR, *COMPARED]

    assert set(named) <= worded(tables.metadata)
    assert len(named) == len(set(named))


@pytest.mark.parametrize("word", PERSONAL)
def test_nothing_that_is_called_personal_is_said_to_be_of_nobody(word: str) -> None:
    named = {name for names in OF_NOBODY.values() for name in names.split()}

    assert not {name for name in named if word in name.split(".")[1]}


def test_the_rotation_knows_every_sealed_column() -> None:
    sealed = {name for name in worded(tables.metadata) if name.endswith(SEALED)}

    assert {one.name for one in ROTATED} == sealed
