"""The open door: WeChat's callbacks. The signature of each one is its guard."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from app.core.web import steps
from app.wechat import callbacks, service
from app.wechat.doorstep import BODY_LIMIT
from app.wechat.refusals import Reason, Refused

bp = Blueprint("wechat", __name__, url_prefix="/wechat")


@bp.get("/<url_key>/callback")
@steps
def echo(url_key: str) -> Response:
    """Prove to WeChat's console that this address is ours."""
    answer = callbacks.echo(service.door_of(url_key), request.args)
    return Response(answer, mimetype="text/plain")


@bp.post("/<url_key>/callback")
@steps
def receive(url_key: str) -> Response:
    """Take a message in. `entry` does the same before Flask, for speed."""
    return _response(service.take(url_key, request.args, _body()))


def _body() -> bytes:
    request.max_content_length = BODY_LIMIT
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise Refused(Reason.TOO_BIG) from None


@bp.errorhandler(Refused)
def refuse(refusal: Refused) -> Response:
    """Say that nothing was stored."""
    return _response(service.refused(refusal))


def _response(reply: service.Reply) -> Response:
    return Response(reply.body, reply.status, content_type=reply.content_type)
