"""The guard of machines, and what stands around each of their calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from flask import Response, g, make_response, request

from app.core import db, idempotency
from app.core.errors import AppError, BadInput, Forbidden, TooMany
from app.core.idempotency import Answer, Claim
from app.core.policy import MACHINE, View
from app.core.web import steps
from app.pos import service
from app.pos.models import ApiScope

SHORTEST_KEY, LONGEST_KEY = 8, 64
PROBLEM = "application/problem+json"


class NotInScope(Forbidden):
    code, title = "not_in_scope", "这把密钥没有这项权限，请管理员在接口密钥里加上"


def guard() -> str:
    """Let a signed request in; `g.machine` says whose it is. Runs in a transaction of its own,
    so that a message counts as seen even when what it asked for fails."""
    g.machine = service.recognise(
        service.Request(
            public_id=request.headers.get("Huike-Key", ""),
            message_id=request.headers.get("webhook-id", ""),
            timestamp=request.headers.get("webhook-timestamp", ""),
            signature=request.headers.get("webhook-signature", ""),
            body=request.get_data(),
        )
    )
    return MACHINE


def machine() -> service.Machine:
    """Who is calling."""
    return cast(service.Machine, g.machine)


def call(scope: ApiScope, *, is_write: bool = False) -> Callable[[View], View]:
    """A machine's call: within the key's scopes, in one transaction; a write is done once for
    each Idempotency-Key, and answered as the first time."""

    def around(view: View) -> View:
        @wraps(view)
        def called(*args: Any, **kwargs: Any) -> Response:
            if scope not in machine().scopes:
                raise NotInScope(detail=scope)
            do = lambda: make_response(view(*args, **kwargs))  # noqa: E731
            return _once(do) if is_write else _alone(do)

        return cast(View, steps(called))

    return around


def _alone(do: Callable[[], Response]) -> Response:
    with db.transaction(machine().brand_id):
        return do()


def _once(do: Callable[[], Response]) -> Response:
    claim = _claim()
    with db.transaction(claim.brand_id):
        known = idempotency.begin(claim)
    if known is not None:
        return _again(known)
    try:
        with db.transaction(claim.brand_id):
            response = do()
            idempotency.finish(claim, Answer(response.status_code, response.get_data(True)))
            return response
    except BaseException as error:
        with db.transaction(claim.brand_id):
            _keep_refusal(claim, error)
        raise


def _claim() -> Claim:
    key = request.headers.get("Idempotency-Key", "")
    if not (SHORTEST_KEY <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        why = [f"写入要带 Idempotency-Key，{SHORTEST_KEY} 到 {LONGEST_KEY} 个字符"]
        raise BadInput(fields={"headers": {"Idempotency-Key": why}})
    asked = f"{request.method} {request.path}\n{request.get_data(as_text=True)}"
    return Claim(machine().brand_id, f"api_key:{machine().key_id}", key, asked)


def _keep_refusal(claim: Claim, error: BaseException) -> None:
    """What was decided stays decided; what may go better next time is free again."""
    if isinstance(error, AppError) and error.status < 500 and not _may_pass(error):
        body = error.problem() | {"request_id": g.request_id}
        idempotency.finish(claim, Answer(error.status, json.dumps(body, ensure_ascii=False)))
    else:
        idempotency.release(claim)


def _may_pass(error: AppError) -> bool:
    return isinstance(error, BadInput | TooMany)


def _again(known: Answer) -> Response:
    response = make_response(known.body, known.status)
    response.content_type = PROBLEM if known.status >= 400 else "application/json"
    response.headers["Idempotency-Replayed"] = "true"
    return response
