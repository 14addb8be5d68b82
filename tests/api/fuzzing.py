"""Asking every documented operation what its schema allows, and what it does not.

The tests ask a little, the soak at length. Everything goes through real WSGI, in front of
which stand a shopper's session and a machine that signs whatever is sent.
"""

from __future__ import annotations

import io
import time
from collections import Counter
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.test import Client

from app.core import clock, codes, crypto, db
from app.core.db import session
from app.members.models import FanSession
from app.pos import service as pos
from app.pos.models import ApiScope
from app.pos.service.keys import MOST_PER_MINUTE
from app.pos.signing import sign
from app.staff.models import Face
from tests import factories

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
Answered = Callable[[str, int], None]
Environ = dict[str, Any]


class Proven:
    """The application behind a caller who proves who she is, whatever she asks."""

    def __init__(self, app: Any, bearer: str, key: pos.NewKey) -> None:
        self.app, self.bearer, self.key = app, bearer, key

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/open/"):
            environ |= self._signed(environ)
        else:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {self.bearer}"
        return self.app(environ, start_response)

    def _signed(self, environ: Environ) -> Environ:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        message_id, timestamp = uuid4().hex, str(int(time.time()))
        return {
            "wsgi.input": io.BytesIO(body),
            "HTTP_HUIKE_KEY": self.key.key.public_id,
            "HTTP_WEBHOOK_ID": message_id,
            "HTTP_WEBHOOK_TIMESTAMP": timestamp,
            "HTTP_WEBHOOK_SIGNATURE": sign(self.key.secret, message_id, timestamp, body),
        }


def proven(app: Any, house: SimpleNamespace) -> Proven:
    """Lin is a member with a session of the card; a machine may do everything."""
    fan = factories.make_fan(house.brand.id, house.brand.mini.id)
    factories.make_member(house.brand.id, fan.id)
    mei = factories.actor(factories.sign_in("mei", Face.CONSOLE), Face.CONSOLE)
    bearer, now = codes.token(), clock.now()
    with db.transaction(house.brand.id):
        opened = {"token_hash": crypto.fingerprint(bearer), "fan_id": fan.id, "created_at": now}
        until = now.replace(year=now.year + 1)
        session.add(FanSession(brand_id=house.brand.id, expires_at=until, **opened))
        every = [str(scope) for scope in ApiScope]
        key = pos.add_key(mei, name="试接口", scopes=every, per_minute=MOST_PER_MINUTE)
    return Proven(app, bearer, key)


def ask(caller: Proven, *, examples: int, seeded: int = 0) -> Counter[str]:
    """Ask every operation so often, half of it against its schema. Answers how often each
    operation gave which status; raises what schemathesis found wrong."""
    document = _document(caller)
    answers: Counter[str] = Counter()
    for found in document.get_all_operations():
        operation = found.ok()
        for mode in _modes(operation):
            _ask(operation, mode, max(1, examples // 2), seeded, answers)
    return answers


def _modes(operation: Any) -> list[GenerationMode]:
    """What takes no input cannot be given a wrong one."""
    takes_input = any((*operation.iter_parameters(), *operation.body))
    return [GenerationMode.POSITIVE] + [GenerationMode.NEGATIVE] * takes_input


def _document(caller: Proven) -> Any:
    """Without the proofs, which `Proven` adds: what is asked is what lies behind them."""
    whole = Client(caller).get("/openapi.json").json
    for methods in whole["paths"].values():
        for operation in methods.values():
            del operation["security"]
    document = schemathesis.openapi.from_dict(whole)
    document.app = caller
    return document


def _ask(operation: Any, mode: GenerationMode, examples: int, seeded: int, answers: Any) -> None:
    cases = operation.as_strategy(generation_mode=mode)

    @seed(seeded)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def hold(case: Any) -> None:
        response = case.call()
        answers[f"{operation.label} {response.status_code}"] += 1
        case.validate_response(response, checks=CHECKS)

    hold()
