"""The open door: WeChat's callbacks. The signature of each one is its guard."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, jsonify, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import RequestEntityTooLarge

from app.core.web import steps
from app.wechat import callbacks, service
from app.wechat.refusals import REFUSED, Reason, Refused

log = structlog.get_logger()
bp = Blueprint("wechat", __name__, url_prefix="/wechat")

BODY_LIMIT = 64 * 1024


@bp.get("/<url_key>/callback")
@steps
def echo(url_key: str) -> Response:
    """Prove to WeChat's console that this address is ours."""
    answer = callbacks.echo(_door(url_key), request.args)
    return Response(answer, mimetype="text/plain")


@bp.post("/<url_key>/callback")
@steps
def receive(url_key: str) -> Response:
    """Take a message in; `success` means that its row is committed."""
    body = _body()
    door = _door(url_key)
    xml = callbacks.open_message(door, request.args, body)
    try:
        service.keep(door, xml)
    except SQLAlchemyError:
        raise Refused(Reason.NOT_STORED) from None
    return Response("success", mimetype="text/plain")


def _body() -> bytes:
    request.max_content_length = BODY_LIMIT
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise Refused(Reason.TOO_BIG) from None


def _door(url_key: str) -> callbacks.Door:
    try:
        return callbacks.door(url_key)
    except SQLAlchemyError:
        raise Refused(Reason.NOT_STORED) from None


@bp.errorhandler(Refused)
def refuse(refusal: Refused) -> tuple[Response, int]:
    """Count it and log it; an error only where we are the cause."""
    REFUSED.labels(refusal.reason).inc()
    say = log.error if refusal.status >= 500 else log.info
    say("callback.refused", reason=refusal.reason)
    response = jsonify(refusal.problem())
    response.content_type = "application/problem+json"
    return response, refusal.status
