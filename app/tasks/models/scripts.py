"""Scripts (话术): what to say in a situation, its versions, and who used it for whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, SmallInteger, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to
from app.tasks.models.tasks import Outcome, Situation


class Script(NumberedBrandRow):
    """Something to say in a situation. Its words are those of its newest version."""

    __tablename__ = "scripts"
    __table_args__ = (Index(None, "brand_id", "situation"),)

    situation: Mapped[Situation] = mapped_column(String(8))
    is_on: Mapped[bool] = mapped_column(default=True, server_default=true())
    version: Mapped[int] = mapped_column(SmallInteger, default=1)
    created_at: Mapped[datetime]


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
    """A guide copied it for a member. `key` is of script, guide, member and day: copied twice on
    one day it is one use."""

    __tablename__ = "script_uses"
    __table_args__ = (
        belongs_to("scripts", "script_id"),
        belongs_to("members", "member_id"),
        belongs_to("staff", "staff_id"),
        belongs_to("tasks", "task_id"),
        UniqueConstraint("brand_id", "key"),
        Index(None, "brand_id", "script_id"),
        Index(None, "brand_id", "member_id"),
        Index("ix_script_uses_task", "brand_id", "task_id", postgresql_where="task_id IS NOT NULL"),
    )

    script_id: Mapped[int]
    version: Mapped[int] = mapped_column(SmallInteger)
    member_id: Mapped[int]
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
