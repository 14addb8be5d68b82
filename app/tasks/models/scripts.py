"""Scripts (话术): what to say in a situation, its versions, and who used it for whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to
from app.tasks.models.tasks import Outcome, Situation

NONE_YET = "0"


class Script(NumberedBrandRow):
    """Something to say in a situation. Its words are those of its newest version. The counts are
    what its uses came to at `counted_at`, for boards, which show many at once."""

    __tablename__ = "scripts"
    __table_args__ = (
        Index(None, "brand_id", "situation"),
        CheckConstraint("0 <= wins AND wins <= trials AND trials <= uses", name="counts"),
    )

    situation: Mapped[Situation] = mapped_column(String(12))
    is_on: Mapped[bool] = mapped_column(default=True, server_default=true())
    version: Mapped[int] = mapped_column(SmallInteger, default=1)
    created_at: Mapped[datetime]
    uses: Mapped[int] = mapped_column(server_default=NONE_YET)
    trials: Mapped[int] = mapped_column(server_default=NONE_YET)
    wins: Mapped[int] = mapped_column(server_default=NONE_YET)
    counted_at: Mapped[datetime | None]


class ScriptVersion(BrandRow):
    """The words as somebody wrote them. Append-only: a use says which version it was."""

    __tablename__ = "script_versions"
    __table_args__ = (belongs_to("scripts", "script_id"), belongs_to("staff", "written_by_id"))

    script_id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    words: Mapped[str] = mapped_column(String(300))
    written_by_id: Mapped[int]
    written_at: Mapped[datetime]


class ScriptUse(NumberedBrandRow):
    """A guide said it to somebody: a member, or a fan who is none yet. `key` is of script, guide,
    person and day: copied twice on one day it is one use."""

    __tablename__ = "script_uses"
    __table_args__ = (
        belongs_to("scripts", "script_id"),
        belongs_to("members", "member_id"),
        belongs_to("fans", "fan_id"),
        belongs_to("staff", "staff_id"),
        belongs_to("tasks", "task_id"),
        UniqueConstraint("brand_id", "key"),
        Index(None, "brand_id", "script_id"),
        Index(None, "brand_id", "member_id"),
        CheckConstraint("(member_id IS NULL) <> (fan_id IS NULL)", name="whom"),
        Index("ix_script_uses_fan", "brand_id", "fan_id", postgresql_where="fan_id IS NOT NULL"),
        Index("ix_script_uses_task", "brand_id", "task_id", postgresql_where="task_id IS NOT NULL"),
    )

    script_id: Mapped[int]
    version: Mapped[int] = mapped_column(SmallInteger)
    member_id: Mapped[int | None]
    fan_id: Mapped[int | None]
    staff_id: Mapped[int]
    task_id: Mapped[int | None]
    key: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]
    outcome: Mapped[Outcome | None] = mapped_column(String(12))


class ScriptFavourite(BrandRow):
    """One that a guide wants on top."""

    __tablename__ = "script_favourites"
    __table_args__ = (belongs_to("staff", "staff_id"), belongs_to("scripts", "script_id"))

    staff_id: Mapped[int] = mapped_column(primary_key=True)
    script_id: Mapped[int] = mapped_column(primary_key=True)
