"""The receipt log, its sums, and notes that others add to it."""

from typing import Any

from sandbox import journal
from sandbox.admin.blueprint import body, bp, text, whole
from sandbox.box import the_box

PAGE = 1000


@bp.get("/log")
def get_log() -> dict[str, Any]:
    """Lines after a number, oldest first."""
    limit = max(1, min(whole("limit", 200), PAGE))
    return {"entries": journal.read(the_box().store, whole("after", 0), limit)}


@bp.post("/notes")
def post_note() -> dict[str, Any]:
    """Add a line of one's own: what a guide's phone showed, for example."""
    given = body()
    box = the_box()
    person_id, detail = given.get("person_id"), given.get("detail")
    entry = journal.Entry(
        box.clock.now_ms(),
        "note",
        text(given, "what"),
        detail=str(detail) if detail else None,
        person_id=str(person_id) if person_id else None,
    )
    return {"seq": journal.write(box.store, entry)}


@bp.get("/sums")
def get_sums() -> dict[str, Any]:
    """The figures since a moment."""
    return journal.sums(the_box().store, whole("since_ms", 0))
