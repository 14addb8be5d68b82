"""The brand's own fields: typed, refused by name, with a history that can be undone."""

from __future__ import annotations

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from app.core import db
from app.core.db import session
from app.core.errors import BadInput
from app.members.models import CustomValue, FieldKind
from app.members.service import fields
from app.members.service.field_values import before_and_after

MEI = "staff:1"


def define(house, name: str, kind: FieldKind, *options: str) -> int:
    with db.transaction(house.brand.id):
        return fields.define_field(name, kind, options).id


def fill(house, member, field_id: int, given):
    with db.transaction(house.brand.id):
        return fields.change_value(member.id, field_id, given, actor=MEI)


def held(house, member) -> dict:
    with db.transaction(house.brand.id):
        return {each.field.name: each.value for each in fields.held_by(member.id)}


@pytest.mark.parametrize(
    ("kind", "options", "given", "kept"),
    [
        (FieldKind.TEXT, (), "  不吃香菜 ", "不吃香菜"),
        (FieldKind.NUMBER, (), "38.50", "38.5"),
        (FieldKind.NUMBER, (), "1000000", "1000000"),
        (FieldKind.DATE, (), "2026-11-30", "2026-11-30"),
        (FieldKind.CHOICE, ("干", "油"), "油", ["油"]),
        (FieldKind.CHOICES, ("晨", "午", "晚"), ["晚", "晨"], ["晨", "晚"]),
    ],
)
def test_each_kind_keeps_its_value(house, lin, kind, options, given, kept):
    field_id = define(house, "字段", kind, *options)

    fill(house, lin, field_id, given)

    assert held(house, lin) == {"字段": kept}


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (FieldKind.TEXT, "字" * 201),
        (FieldKind.TEXT, "打 13800005678 找她"),
        (FieldKind.NUMBER, "三"),
        (FieldKind.NUMBER, "NaN"),
        (FieldKind.NUMBER, "1e400"),
        (FieldKind.NUMBER, "0.00001"),
        (FieldKind.DATE, "2026-02-30"),
        (FieldKind.CHOICE, "混合"),
        (FieldKind.CHOICE, ["干", "油"]),
        (FieldKind.CHOICES, ["干", "混合"]),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_the_fields_name(house, lin, kind, given):
    options = ("干", "油") if kind in fields.OF_CHOICE else ()
    field_id = define(house, "肤质", kind, *options)

    with pytest.raises(BadInput) as refused:
        fill(house, lin, field_id, given)
    assert list(refused.value.extra["fields"]) == ["肤质"]
    assert held(house, lin) == {"肤质": None}


def test_the_database_refuses_a_value_in_the_wrong_column(house, lin):
    field_id = define(house, "尺码", FieldKind.NUMBER)
    row = {"brand_id": house.brand.id, "member_id": lin.id, "field_id": field_id}

    with pytest.raises(IntegrityError), db.transaction(house.brand.id):
        session.execute(
            insert(CustomValue).values(row | {"kind": "number", "text_encrypted": "38"})
        )
    with pytest.raises(IntegrityError), db.transaction(house.brand.id):
        session.execute(insert(CustomValue).values(row | {"kind": "text", "number_value": 38}))


def test_a_change_can_be_undone_and_both_are_in_the_history(house, lin):
    field_id = define(house, "尺码", FieldKind.NUMBER)
    fill(house, lin, field_id, "38")
    change = fill(house, lin, field_id, "39")

    with db.transaction(house.brand.id):
        fields.undo_change(change.id, member_id=lin.id, actor=MEI)

    assert held(house, lin) == {"尺码": "38"}
    with db.transaction(house.brand.id):
        told = [before_and_after(row) for row in fields.history(lin.id)]
    assert told == [("39", "38"), ("38", "39"), (None, "38")]


def test_a_change_that_somebody_has_changed_again_is_not_undone(house, lin):
    field_id = define(house, "尺码", FieldKind.NUMBER)
    first = fill(house, lin, field_id, "38")
    fill(house, lin, field_id, "39")

    with pytest.raises(fields.ChangedSince), db.transaction(house.brand.id):
        fields.undo_change(first.id, member_id=lin.id, actor=MEI)
    assert held(house, lin) == {"尺码": "39"}


def test_the_same_value_again_is_no_change(house, lin):
    field_id = define(house, "尺码", FieldKind.NUMBER)
    fill(house, lin, field_id, "38")

    assert fill(house, lin, field_id, " 38.0 ") is None


@pytest.mark.parametrize(
    ("name", "kind", "options", "wrong"),
    [
        ("", "text", (), "name"),
        ("字" * 33, "text", (), "name"),
        ("尺码", "size", (), "kind"),
        ("肤质", "choice", (), "options"),
        ("肤质", "choice", ("干", "干"), "options"),
        ("尺码", "number", ("38",), "options"),
    ],
)
def test_a_field_that_cannot_be_says_where(house, name, kind, options, wrong):
    with pytest.raises(BadInput) as refused:
        define(house, name, kind, *options)
    assert list(refused.value.extra["fields"]) == [wrong]


def test_two_fields_have_two_names(house):
    define(house, "尺码", FieldKind.NUMBER)

    with pytest.raises(fields.SameName):
        define(house, "尺码", FieldKind.TEXT)


def test_a_retired_field_is_filled_in_no_more_and_keeps_what_is_in_it(house, lin):
    field_id = define(house, "尺码", FieldKind.NUMBER)
    fill(house, lin, field_id, "38")
    with db.transaction(house.brand.id):
        fields.retire_field(field_id)

    assert held(house, lin) == {}
    with pytest.raises(fields.NoField):
        fill(house, lin, field_id, "39")
    with db.transaction(house.brand.id):
        fields.reuse_field(field_id)
    assert held(house, lin) == {"尺码": "38"}
