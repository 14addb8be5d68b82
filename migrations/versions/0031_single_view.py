"""Search tokens, custom fields, notes, who put a tag on; what members spent can be sorted by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.fence import fence

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    _fields()
    _search()
    _notes_and_tags()
    fence(
        "custom_fields",
        "reveal_counts",
        "custom_changes",
        "custom_values",
        "member_tokens",
        "notes",
    )


def _fields() -> None:
    op.create_table(
        "custom_fields",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("options", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind IN ('choice', 'choices')) = (cardinality(options) > 0)",
            name=op.f("ck_custom_fields_options"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_custom_fields_brand_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_custom_fields")),
        sa.UniqueConstraint(
            "brand_id", "id", "kind", name=op.f("uq_custom_fields_brand_id_id_kind")
        ),
        sa.UniqueConstraint("brand_id", "name", name=op.f("uq_custom_fields_brand_id_name")),
    )
    op.create_table(
        "custom_changes",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("field_id", sa.BigInteger(), nullable=False),
        sa.Column("before", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("after", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "field_id"],
            ["custom_fields.brand_id", "custom_fields.id"],
            name=op.f("fk_custom_changes_brand_id_field_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "member_id"],
            ["members.brand_id", "members.id"],
            name=op.f("fk_custom_changes_brand_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_custom_changes_brand_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_custom_changes")),
    )
    op.create_index(
        op.f("ix_custom_changes_brand_id_member_id_id"),
        "custom_changes",
        ["brand_id", "member_id", "id"],
    )
    op.create_table(
        "custom_values",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("field_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("text_value", sa.Text(), nullable=True),
        sa.Column("number_value", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("date_value", sa.Date(), nullable=True),
        sa.Column("chosen", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.CheckConstraint(
            "(kind = 'date') = (date_value IS NOT NULL)", name=op.f("ck_custom_values_date")
        ),
        sa.CheckConstraint(
            "(kind = 'number') = (number_value IS NOT NULL)", name=op.f("ck_custom_values_number")
        ),
        sa.CheckConstraint(
            "(kind = 'text') = (text_value IS NOT NULL)", name=op.f("ck_custom_values_text")
        ),
        sa.CheckConstraint(
            "(kind IN ('choice', 'choices')) = (chosen IS NOT NULL)",
            name=op.f("ck_custom_values_chosen"),
        ),
        sa.CheckConstraint(
            "kind <> 'choice' OR cardinality(chosen) = 1", name=op.f("ck_custom_values_one_choice")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "field_id", "kind"],
            ["custom_fields.brand_id", "custom_fields.id", "custom_fields.kind"],
            name=op.f("fk_custom_values_brand_id_field_id_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "member_id"],
            ["members.brand_id", "members.id"],
            name=op.f("fk_custom_values_brand_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_custom_values_brand_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "member_id", "field_id", name=op.f("pk_custom_values")),
    )
    op.create_index(
        "ix_custom_values_chosen",
        "custom_values",
        ["chosen"],
        postgresql_using="gin",
        postgresql_where="chosen IS NOT NULL",
    )
    op.create_index(
        "ix_custom_values_date",
        "custom_values",
        ["brand_id", "field_id", "date_value"],
        postgresql_where="date_value IS NOT NULL",
    )
    op.create_index(
        "ix_custom_values_number",
        "custom_values",
        ["brand_id", "field_id", "number_value"],
        postgresql_where="number_value IS NOT NULL",
    )


def _search() -> None:
    op.create_table(
        "reveal_counts",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "staff_id"],
            ["staff.brand_id", "staff.id"],
            name=op.f("fk_reveal_counts_brand_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_reveal_counts_brand_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "staff_id", "on", name=op.f("pk_reveal_counts")),
    )
    op.create_table(
        "member_tokens",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "member_id"],
            ["members.brand_id", "members.id"],
            name=op.f("fk_member_tokens_brand_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_member_tokens_brand_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "token", "member_id", name=op.f("pk_member_tokens")),
    )
    op.create_index(
        op.f("ix_member_tokens_brand_id_member_id"), "member_tokens", ["brand_id", "member_id"]
    )
    op.create_index(
        op.f("ix_member_tiers_brand_id_spent_fen_member_id"),
        "member_tiers",
        ["brand_id", "spent_fen", "member_id"],
    )


def _notes_and_tags() -> None:
    op.create_table(
        "notes",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("readers", sa.String(length=8), nullable=False),
        sa.Column("text_encrypted", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "author_id"],
            ["staff.brand_id", "staff.id"],
            name=op.f("fk_notes_brand_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "member_id"],
            ["members.brand_id", "members.id"],
            name=op.f("fk_notes_brand_id_member_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_notes_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_notes")),
    )
    op.create_index(
        op.f("ix_notes_brand_id_member_id_at_id"), "notes", ["brand_id", "member_id", "at", "id"]
    )
    op.add_column("member_tags", sa.Column("tagged_by_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_member_tags_brand_id_tagged_by_id"),
        "member_tags",
        "staff",
        ["brand_id", "tagged_by_id"],
        ["brand_id", "id"],
    )


def downgrade() -> None:
    op.drop_index("ix_member_tiers_brand_id_spent_fen_member_id", "member_tiers")
    op.drop_column("member_tags", "tagged_by_id")
    for table in (
        "notes",
        "member_tokens",
        "custom_values",
        "custom_changes",
        "reveal_counts",
        "custom_fields",
    ):
        op.drop_table(table)
