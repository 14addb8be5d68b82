"""A member's sheet at the counter."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.core import asked
from app.guides import queries
from app.guides.routes.door import bp, brand, guide, here


@bp.get("/members/<int:member_id>")
def member(member_id: int) -> ResponseReturnValue:
    """One sheet for the counter."""
    found = queries.sheet(member_id, here(), guide())
    given = asked.number("given")
    return render_template("guide/member.html", sheet=found, zone=brand().zoneinfo, given=given)
