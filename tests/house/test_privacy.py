"""Every table is in the table of privacy rules, or said to be of no person."""

import pytest

from app import tables
from app.core.privacy import Fate
from app.journeys.privacy.table import NOT_OF_PEOPLE, RULES

NAMED = {rule.table for rule in RULES}
WHO = {"member_id", "fan_id", "openid_index"}


def unruled(names) -> set[str]:
    return set(names) - NAMED - NOT_OF_PEOPLE


def test_every_table_has_a_rule_or_is_of_no_person() -> None:
    assert unruled(tables.metadata.tables) == set()


def test_a_table_that_nobody_thought_of_is_found() -> None:
    assert unruled([*tables.metadata.tables, "diaries"]) == {"diaries"}


def test_no_table_that_names_a_person_is_said_to_be_of_none() -> None:
    speaking = {name for name, table in tables.metadata.tables.items() if WHO & set(table.c.keys())}

    assert speaking & NOT_OF_PEOPLE == set()


def test_each_table_has_one_rule_and_no_rule_speaks_of_a_table_that_is_gone() -> None:
    assert len(NAMED) == len(RULES)
    assert set(tables.metadata.tables) >= NAMED | NOT_OF_PEOPLE


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.table)
def test_what_is_kept_names_its_ground_and_what_is_told_is_in_the_table(rule) -> None:
    assert bool(rule.why) is (rule.fate is Fate.KEPT)
    if rule.tell is None:
        assert set(rule.columns) <= set(rule.model.__table__.c.keys())


def test_rows_go_before_the_rows_they_point_at() -> None:
    """What is erased must not still be pointed at by a rule that comes later."""
    place = {rule.table: number for number, rule in enumerate(RULES)}
    wrong = [
        (rule.table, key.column.table.name)
        for rule in RULES
        for key in rule.model.__table__.foreign_keys
        if key.column.table.name in place
        and key.column.table.name != rule.table
        and next(r for r in RULES if r.table == key.column.table.name).fate is Fate.ERASED
        and place[key.column.table.name] < place[rule.table]
    ]

    assert wrong == []
