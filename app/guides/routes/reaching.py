"""打电话, 发消息 from her sheet: the system does it, and nobody sees a number."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.calls import service as calls
from app.core import db
from app.core.errors import AppError
from app.core.web import steps
from app.guides import queries, reaching
from app.guides.routes.door import bp, brand, guide, here
from app.tasks import jobs
from app.tasks.service import Tap, messages


@bp.get("/members/<int:member_id>/message")
def member_message(member_id: int) -> ResponseReturnValue:
    """What to write, and what was written. Raises NoMember."""
    return _message_page(member_id, "")


@bp.post("/members/<int:member_id>/message")
@steps
def member_message_send(member_id: int) -> ResponseReturnValue:
    """The system writes to her, once for each key; a refusal stands on the page with her words.
    Raises NoMember."""
    text = request.form.get("text", "")
    try:
        with db.transaction(guide().brand_id):
            hers = queries.owned(member_id, guide())
            claim = messages.claim_to(hers.id, text, _tap())
    except (messages.NoWords, messages.CannotWrite, *messages.TOO_MANY) as refused:
        with db.transaction(guide().brand_id):
            return _message_page(member_id, text, refused), refused.status
    if claim is not None:
        jobs.send(claim)
    return redirect(url_for("guide.member_message", member_id=member_id), 303)


@bp.get("/members/<int:member_id>/call")
def member_call(member_id: int) -> ResponseReturnValue:
    """What will happen, before it rings. Raises NoMember."""
    return _call_page(member_id)


@bp.post("/members/<int:member_id>/call")
@steps
def member_call_ring(member_id: int) -> ResponseReturnValue:
    """The store's telephone rings, then hers; once for each key. Raises NoMember."""
    try:
        with db.transaction(guide().brand_id):
            hers = queries.owned(member_id, guide())
            claim = calls.claim(hers, here(), guide(), _tap().own_key)
    except calls.CannotCall as refused:
        with db.transaction(guide().brand_id):
            return _call_page(member_id, refused), refused.status
    if claim is not None:
        calls.ring(claim)
    return redirect(url_for("guide.member_call", member_id=member_id), 303)


def _message_page(member_id: int, text: str, refused: AppError | None = None) -> str:
    hers = queries.owned(member_id, guide())
    return render_template(
        "guide/message.html",
        page=reaching.message_page(hers, here()),
        text=text,
        refusal=str(refused) if refused else "",
        zone=brand().zoneinfo,
    )


def _call_page(member_id: int, refused: AppError | None = None) -> str:
    hers, store = queries.owned(member_id, guide()), here()
    return render_template(
        "guide/call.html",
        page=reaching.call_page(hers, store),
        store=store,
        refusal=str(refused) if refused else "",
        zone=brand().zoneinfo,
    )


def _tap() -> Tap:
    return Tap(guide(), 0, request.form.get("key", ""))
