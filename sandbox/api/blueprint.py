"""What every API call passes through: planned faults, error shape, and the receipt log."""

import time
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from sandbox import faults, journal
from sandbox.api.errors import WeChatRefusal
from sandbox.box import the_box

bp = Blueprint("wechat", __name__)
PREFIXES = ("/cgi-bin/", "/sns/", "/wxa/")
NOT_FROM_HUIKE = ("/cgi-bin/showqrcode",)  # phones and printers fetch it


@bp.before_request
def begin() -> None:
    """Note the time, and let a planned fault strike."""
    g.started, g.at_ms, g.noted = time.perf_counter(), the_box().clock.now_ms(), {}
    g.fault = faults.strike(the_box().store, request.path, *faults.API_KINDS)
    if g.fault and g.fault.kind == "delay":
        time.sleep(g.fault.seconds)
    if g.fault and g.fault.kind == "errcode":
        raise WeChatRefusal(g.fault.errcode)


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
    fault = g.fault.kind if g.fault else None
    if request.path not in NOT_FROM_HUIKE:
        _log(response, fault)
    return spoil(response, fault)


def _log(response: Response, fault: str | None) -> None:
    noted = {**g.noted, "detail": fault} if fault else g.noted
    entry = journal.Entry(
        g.at_ms, "api", request.path.split("/", 2)[-1], path=request.path,
        ms=round((time.perf_counter() - g.started) * 1000, 2),
        status=None if fault == "lose_response" else response.status_code,
        errcode=g.pop("errcode", 0), **noted,
    )  # fmt: skip
    journal.write(the_box().store, entry)


def spoil(response: Response, fault: str | None) -> Response:
    """The work is done, but the caller cannot know."""
    if fault == "lose_response":
        headers = {"Content-Length": "100"}
        return Response(_cut_off(), mimetype="application/json", headers=headers)
    if fault == "garbage":
        return Response("<html><body>502 Bad Gateway</body></html>", mimetype="text/html")
    return response


def _cut_off() -> Iterator[bytes]:
    yield b""
    raise ConnectionAbortedError("a planned fault: the answer is lost on its way")


def wrong_address(error: HTTPException) -> Response | HTTPException:
    """An unknown path or method under WeChat's prefixes; other pages keep their own errors."""
    if not request.path.startswith(PREFIXES):
        return error
    if error.code == 405:
        return jsonify(WeChatRefusal(43001 if request.method == "POST" else 43002).body())
    return jsonify(WeChatRefusal(40066).body())
