"""Members, fans, tags, consents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import append_only, fence, grant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "fan_sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("fan_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_fan_sessions_brand_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_fan_sessions")),
    )
    op.create_table(
        "tags",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("group", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_tags_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_tags")),
        sa.UniqueConstraint("brand_id", "group", "name", name=op.f("uq_tags_brand_id_group_name")),
    )
    op.create_table(
        "members",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("phone_encrypted", sa.Text(), nullable=True),
        sa.Column("phone_index", sa.String(length=64), nullable=True),
        sa.Column("phone_tail", sa.String(length=4), nullable=True),
        sa.Column("name_encrypted", sa.Text(), nullable=True),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("card_opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("main_store_id", sa.BigInteger(), nullable=True),
        sa.Column("guide_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "guide_id"],
            ["staff.brand_id", "staff.id"],
            name=op.f("fk_members_brand_id_guide_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "main_store_id"],
            ["stores.brand_id", "stores.id"],
            name=op.f("fk_members_brand_id_main_store_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_members_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_members")),
        sa.UniqueConstraint("brand_id", "number", name=op.f("uq_members_brand_id_number")),
        sa.UniqueConstraint(
            "brand_id", "phone_index", name=op.f("uq_members_brand_id_phone_index")
        ),
    )
    op.create_index(
        op.f("ix_members_brand_id_main_store_id"),
        "members",
        ["brand_id", "main_store_id"],
        unique=False,
    )
    op.create_table(
        "consents",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("is_given", sa.Boolean(), nullable=False),
        sa.Column("text_version", sa.String(length=16), nullable=False),
        sa.Column("door", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "member_id"],
            ["members.brand_id", "members.id"],
            name=op.f("fk_consents_brand_id_member_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_consents_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_consents")),
    )
    op.create_index(
        op.f("ix_consents_brand_id_member_id_purpose_at"),
        "consents",
        ["brand_id", "member_id", "purpose", "at"],
        unique=False,
    )
    op.create_table(
        "fans",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("openid", sa.String(length=64), nullable=False),
        sa.Column("unionid", sa.String(length=64), nullable=True),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("is_following", sa.Boolean(), nullable=False),
        sa.Column("follow_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_followed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["wechat_accounts.id"], name=op.f("fk_fans_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "member_id"],
            ["members.brand_id", "members.id"],
            name=op.f("fk_fans_brand_id_member_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_fans_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_fans")),
        sa.UniqueConstraint(
            "brand_id", "account_id", "openid", name=op.f("uq_fans_brand_id_account_id_openid")
        ),
    )
    op.create_index(
        op.f("ix_fans_brand_id_member_id"), "fans", ["brand_id", "member_id"], unique=False
    )
    op.create_index(op.f("ix_fans_brand_id_unionid"), "fans", ["brand_id", "unionid"], unique=False)
    op.create_table(
        "member_tags",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("tag_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("tagged_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "member_id"],
            ["members.brand_id", "members.id"],
            name=op.f("fk_member_tags_brand_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "tag_id"],
            ["tags.brand_id", "tags.id"],
            name=op.f("fk_member_tags_brand_id_tag_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_member_tags_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "member_id", "tag_id", name=op.f("pk_member_tags")),
    )
    op.create_index(
        op.f("ix_member_tags_brand_id_tag_id"), "member_tags", ["brand_id", "tag_id"], unique=False
    )
    op.create_table(
        "fan_tags",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("fan_id", sa.BigInteger(), nullable=False),
        sa.Column("tag_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("tagged_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "fan_id"],
            ["fans.brand_id", "fans.id"],
            name=op.f("fk_fan_tags_brand_id_fan_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "tag_id"],
            ["tags.brand_id", "tags.id"],
            name=op.f("fk_fan_tags_brand_id_tag_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_fan_tags_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "fan_id", "tag_id", name=op.f("pk_fan_tags")),
    )
    op.create_index(
        op.f("ix_fan_tags_brand_id_tag_id"), "fan_tags", ["brand_id", "tag_id"], unique=False
    )
    fence("members", "fans", "tags", "fan_tags", "member_tags", "consents")
    grant("fan_sessions")
    append_only("consents")


def downgrade() -> None:
    op.drop_table("fan_sessions")
    op.drop_table("consents")
    op.drop_table("member_tags")
    op.drop_table("fan_tags")
    op.drop_table("tags")
    op.drop_table("fans")
    op.drop_table("members")
