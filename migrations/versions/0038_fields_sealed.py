"""Seal free text in the brand's own fields, and every change of one.

A merged member keeps her values from now on; what standing merges had put aside in their records
comes back into the table, so that no record holds a value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from app.core.crypto import Keyring
from migrations import sealing

revision = "0038"
down_revision = "0037"

TABLES = ("custom_values", "custom_changes", "member_merges")
BATCH = 1000
COLUMNS = "brand_id, member_id, field_id, kind, text_value, number_value, date_value, chosen"
BRING_BACK = f"""
INSERT INTO custom_values ({COLUMNS})
SELECT v.brand_id, v.member_id, v.field_id, v.kind, v.text_value, v.number_value, v.date_value,
    v.chosen
FROM member_merges m, jsonb_populate_recordset(NULL::custom_values,
    (m.record #> '{{custom_values,moved}}') || (m.record #> '{{custom_values,aside}}')) v
WHERE m.undone_at IS NULL
ON CONFLICT DO NOTHING"""  # noqa: S608 - ours
NAME_WHAT_WAS_TAKEN = """
UPDATE member_merges SET record = jsonb_set(record, '{custom_values}', coalesce((
    SELECT jsonb_agg(one -> 'field_id')
    FROM jsonb_array_elements(record #> '{custom_values,moved}') one), '[]'))
WHERE jsonb_typeof(record -> 'custom_values') = 'object'"""
RECORD_ASIDE = """
UPDATE member_merges m SET record = jsonb_set(record, '{custom_values}', (
    SELECT jsonb_build_object(
        'moved', coalesce(jsonb_agg(to_jsonb(v)) FILTER (
            WHERE m.record -> 'custom_values' @> to_jsonb(v.field_id)), '[]'),
        'aside', coalesce(jsonb_agg(to_jsonb(v)) FILTER (
            WHERE NOT m.record -> 'custom_values' @> to_jsonb(v.field_id)), '[]'))
    FROM custom_values v
    WHERE v.brand_id = m.brand_id AND v.member_id = m.merged_id AND m.undone_at IS NULL))
WHERE jsonb_typeof(record -> 'custom_values') = 'array'"""
TAKE_AWAY = """
DELETE FROM custom_values v USING member_merges m
WHERE v.brand_id = m.brand_id AND v.member_id = m.merged_id AND m.undone_at IS NULL"""


def upgrade() -> None:
    op.add_column("custom_values", sa.Column("text_encrypted", sa.Text(), nullable=True))
    for name in ("before_encrypted", "after_encrypted"):
        op.add_column("custom_changes", sa.Column(name, sa.Text(), nullable=True))
    with sealing.rows_seen(*TABLES):
        op.execute(BRING_BACK)
        op.execute(NAME_WHAT_WAS_TAKEN)
        _convert_values("text_value", "text_encrypted", _seal_text)
        sealing.convert("custom_changes", ("before", "after"), _sealed_change)
    _check_text("text_encrypted")
    op.drop_column("custom_values", "text_value")
    for name in ("before", "after"):
        op.drop_column("custom_changes", name)


def downgrade() -> None:
    op.add_column("custom_values", sa.Column("text_value", sa.Text(), nullable=True))
    for name in ("before", "after"):
        op.add_column("custom_changes", sa.Column(name, JSONB(none_as_null=True), nullable=True))
    with sealing.rows_seen(*TABLES):
        _convert_values("text_encrypted", "text_value", _open_text)
        columns = ("before_encrypted", "after_encrypted")
        sealing.convert("custom_changes", columns, _plain_change)
    _check_text("text_value")
    op.drop_column("custom_values", "text_encrypted")
    for name in ("before_encrypted", "after_encrypted"):
        op.drop_column("custom_changes", name)
    with sealing.rows_seen(*TABLES):
        op.execute(RECORD_ASIDE)
        op.execute(TAKE_AWAY)


def _check_text(column: str) -> None:
    op.drop_constraint(op.f("ck_custom_values_text"), "custom_values")
    condition = f"(kind = 'text') = ({column} IS NOT NULL)"
    op.create_check_constraint(op.f("ck_custom_values_text"), "custom_values", condition)


def _convert_values(old: str, new: str, change: Any) -> None:
    """Rewrite texts in batches; what is done has both columns until the old one goes."""
    batch = sa.text(
        f"SELECT brand_id, member_id, field_id, {old} AS value FROM custom_values"  # noqa: S608
        f" WHERE {old} IS NOT NULL AND {new} IS NULL LIMIT {BATCH}"
    )
    write = sa.text(
        f"UPDATE custom_values SET {new} = :new"  # noqa: S608
        " WHERE brand_id = :brand_id AND member_id = :member_id AND field_id = :field_id"
    )
    while rows := op.get_bind().execute(batch).mappings().all():
        keys = sealing.ring()
        changed = [dict(row) | {"new": change(keys, row["brand_id"], row["value"])} for row in rows]
        op.get_bind().execute(write, changed)


def _seal_text(keys: Keyring, brand_id: int, value: str) -> str:
    return keys.seal(value, context=f"{brand_id}.custom_values.text")


def _open_text(keys: Keyring, brand_id: int, value: str) -> str:
    return keys.open(value, context=f"{brand_id}.custom_values.text")


def _sealed_change(keys: Keyring, row: sa.Row[Any]) -> Mapping[str, Any]:
    return {
        f"{name}_encrypted": None
        if value is None
        else keys.seal(json.dumps(value, ensure_ascii=False), context=_of_change(row))
        for name, value in (("before", row.before), ("after", row.after))
    }


def _plain_change(keys: Keyring, row: sa.Row[Any]) -> Mapping[str, Any]:
    return {
        name: sealed and keys.open(sealed, context=_of_change(row))
        for name, sealed in (("before", row.before_encrypted), ("after", row.after_encrypted))
    }


def _of_change(row: sa.Row[Any]) -> str:
    return f"{row.brand_id}.custom_changes.value"
