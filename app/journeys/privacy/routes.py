"""/api/v1/me/…: her rights on the card. /p/…: signed links that need no login."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import Blueprint, Response, current_app, g, jsonify, make_response, render_template
from flask.typing import ResponseReturnValue

from app.core import clock, db
from app.core.settings import Settings
from app.journeys.privacy import copying, links, rights, schemas
from app.members import service as members
from app.members.models import ConsentChannel, Member, Purpose
from app.members.service import consents

card = APIBlueprint("rights", __name__, url_prefix="/api/v1/me", tag="Member card")
door = Blueprint(
    "privacy_door",
    __name__,
    url_prefix="/p",
    template_folder="templates",
    static_folder="static",
)
BY_LINK = "link"


@card.get("/privacy")
@card.output(schemas.PrivacySchema)
@card.doc(summary="Consents by purpose and channel, and what she may do", responses=[401, 404])
def show_privacy() -> Any:
    return rights.privacy_page(g.visitor)


@card.put("/consents")
@card.input(schemas.SwitchedSchema)
@card.output(schemas.PrivacySchema)
@card.doc(summary="Give or take back one consent, at once", responses=[401, 404, 409, 422])
def switch_consent(json_data: dict[str, Any]) -> Any:
    purpose, channel = Purpose(json_data["purpose"]), ConsentChannel(json_data["channel"])
    return rights.switch(
        g.visitor, purpose=purpose, channel=channel, is_given=json_data["is_given"]
    )


@card.put("/profile")
@card.input(schemas.CorrectedSchema)
@card.output(schemas.PrivacySchema)
@card.doc(summary="Correct her name or birthday", responses=[401, 404, 422])
def correct_profile(json_data: dict[str, Any]) -> Any:
    return rights.correct(g.visitor, **json_data)


@card.get("/data")
@card.output(schemas.CopySchema)
@card.doc(summary="A copy of everything kept about her", responses=[401, 404])
def show_data() -> Any:
    return copying.as_json(rights.copy(g.visitor))


@card.post("/data-link")
@card.output(schemas.LinkSchema, status_code=201)
@card.doc(summary="A link to the copy that dies in a day", responses=[401, 404])
def make_data_link() -> Any:
    holder = links.Holder(g.visitor.brand_id, rights.member_id_of(g.visitor))
    token = links.copy_token(_settings().secret_key, holder)
    expires_at = clock.now() + links.COPY_LASTS
    return {"url": f"{_settings().public_url}/p/data/{token}", "expires_at": expires_at}


@card.post("/erasure")
@card.output(schemas.PrivacySchema)
@card.doc(summary="Ask to be forgotten, after the cooling-off days", responses=[401, 404])
def ask_to_be_forgotten() -> Any:
    return rights.leave(g.visitor)


@card.delete("/erasure")
@card.output(schemas.PrivacySchema)
@card.doc(summary="Take it back in time", responses=[401, 404, 409])
def stay() -> Any:
    return rights.stay(g.visitor)


@door.get("/data/<token>")
def show_copy(token: str) -> ResponseReturnValue:
    """Her copy in words."""
    holder = links.read_copy(_settings().secret_key, token)
    if _is_gone(holder):
        return _page("gone.html")
    copy = rights.copy_of_member(holder.brand_id, holder.member_id, by=BY_LINK)
    return _page("copy.html", copy=copy, shown=copying.shown, token=token)


@door.get("/data/<token>.json")
def show_copy_as_json(token: str) -> ResponseReturnValue:
    """The same for machines."""
    holder = links.read_copy(_settings().secret_key, token)
    if _is_gone(holder):
        raise links.NoLink()
    copy = rights.copy_of_member(holder.brand_id, holder.member_id, by=BY_LINK)
    return _private(jsonify(copying.as_json(copy)))


@door.get("/unsubscribe/<token>")
def show_unsubscribe(token: str) -> ResponseReturnValue:
    """Says what a click would do, and does nothing: a program that follows links ends nothing."""
    holder, channel = links.read_stop(_settings().secret_key, token)
    is_on = not _is_gone(holder) and consents.is_reachable(holder.member_id, channel)
    return _page("unsubscribe.html", is_on=is_on, channel=copying.WORDS[channel], token=token)


@door.post("/unsubscribe/<token>")
def unsubscribe(token: str) -> ResponseReturnValue:
    """One click, by her or by her mail program (RFC 8058); twice is once."""
    holder, channel = links.read_stop(_settings().secret_key, token)
    if not _is_gone(holder):
        members.refuse_marketing(None, holder.member_id, BY_LINK, channel)
    return _page("unsubscribe.html", is_on=False, channel=copying.WORDS[channel], token=token)


def _is_gone(holder: links.Holder) -> bool:
    db.enter_brand(holder.brand_id)
    member = db.get(Member, holder.member_id)
    return member is None or member.erased_at is not None


def _page(name: str, **given: Any) -> Response:
    return _private(make_response(render_template(f"privacy/{name}", **given)))


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _settings() -> Settings:
    settings: Settings = current_app.config["HUIKE"]
    return settings
