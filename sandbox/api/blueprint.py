"""What every API call passes through: planned faults, error shape, and the receipt log."""

import time
from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from sandbox import faults, journal
from sandbox.api.errors import WeChatRefusal
from sandbox.box import the_box
from sandbox.fates import BLACKHOLE, FATE, HALF, HOLD, LOSE

bp = Blueprint("wechat", __name__)
PREFIXES = ("/cgi-bin/", "/sns/", "/wxa/")
UNANSWERED = (LOSE, HALF, BLACKHOLE)
NOT_FROM_HUIKE = ("/cgi-bin/showqrcode",)  # phones and printers fetch it


@bp.before_request
def begin() -> Response | None:
    """Note the time, and let a planned fault strike."""
    g.started, g.at_ms, g.noted = time.perf_counter(), the_box().clock.now_ms(), {}
    g.fault = None
    if request.path in NOT_FROM_HUIKE:
        return None
    g.fault = faults.strike(the_box().store, request.path, _asking(), *faults.API_KINDS)
    return _instead(g.fault) if g.fault else None


def _asking() -> str:
    """The appid that a call names, by token or by itself; nothing is checked here."""
    token = request.args.get("access_token")
    if token:
        found = the_box().store.value("SELECT appid FROM tokens WHERE token = ?", token)
        return found or ""
    given = request.args.get("appid") or (request.get_json(force=True, silent=True) or {})
    return str(given.get("appid") or "") if isinstance(given, dict) else str(given)


def _instead(fault: faults.Fault) -> Response | None:
    """What some faults answer in the place of any work."""
    if fault.kind == "errcode":
        raise WeChatRefusal(fault.errcode)
    if fault.kind == "status":
        return Response("<html><body>error</body></html>", fault.status, mimetype="text/html")
    return Response() if fault.kind == BLACKHOLE else None


@bp.errorhandler(WeChatRefusal)
def refuse(refusal: WeChatRefusal) -> Response:
    """HTTP 200 all the same."""
    g.errcode = refusal.errcode
    g.noted["rid"] = refusal.rid
    return jsonify(refusal.body())


def note_call(**columns: Any) -> None:
    """Add to the log line of this call: person_id, key, detail, appid or repeat."""
    g.noted.update(columns)


@bp.after_request
def end(response: Response) -> Response:
    """Write the log line; then spoil the answer, if that was planned."""
    if request.path not in NOT_FROM_HUIKE:
        _log(response, g.fault.kind if g.fault else None)
    return spoil(response, g.fault) if g.fault else response


def _log(response: Response, fault: str | None) -> None:
    noted = {**g.noted, "detail": fault} if fault else g.noted
    entry = journal.Entry(
        g.at_ms, "api", request.path.split("/", 2)[-1], path=request.path,
        ms=round((time.perf_counter() - g.started) * 1000, 2),
        status=None if fault in UNANSWERED else response.status_code,
        errcode=g.pop("errcode", 0), **noted,
    )  # fmt: skip
    journal.write(the_box().store, entry)


def spoil(response: Response, fault: faults.Fault) -> Response:
    """The work is done, but the caller cannot know; the server does what the headers say."""
    if fault.kind == "garbage":
        return Response("<html><body>502 Bad Gateway</body></html>", mimetype="text/html")
    if fault.kind == "errcode_after":
        return _contradicted(response, fault.errcode)
    if fault.kind in UNANSWERED:
        response.headers[FATE] = fault.kind
    if fault.seconds:
        response.headers[HOLD] = str(fault.seconds)
    return response


def _contradicted(response: Response, errcode: int) -> Response:
    """An error for work that was done, as 45065 once came on a first send: only msg_id is told."""
    done = response.get_json(silent=True) or {}
    known: dict[str, Any] = {"msg_id": done["msg_id"]} if "msg_id" in done else {}
    return jsonify(WeChatRefusal(errcode, **known).body())


def wrong_address(error: HTTPException) -> Response | HTTPException:
    """An unknown path or method under WeChat's prefixes; other pages keep their own errors."""
    if not request.path.startswith(PREFIXES):
        return error
    if error.code == 405:
        return jsonify(WeChatRefusal(43001 if request.method == "POST" else 43002).body())
    return jsonify(WeChatRefusal(40066).body())
