"""`flask …`: what an operator does by hand. Mounted by the application."""

from __future__ import annotations

from flask import Flask

from app.cli import (
    analytics,
    brand,
    checks,
    credit,
    database,
    doctor,
    keys,
    members,
    privacy,
    replies,
    tags,
)
from app.imports.cli import imports


def mount(app: Flask) -> None:
    """Add the commands."""
    groups = (
        imports,
        analytics.analytics,
        brand.brand,
        credit.credit,
        database.database,
        doctor.doctor,
        members.members,
        privacy.privacy,
    )
    for command in (*groups, keys.keys, replies.replies, tags.tags, *checks.COMMANDS):
        app.cli.add_command(command)
