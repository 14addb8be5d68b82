"""The web edge: one request is one transaction, every door has a guard, every route a policy.

A view that must call WeChat says `@steps`: its guard runs in a short transaction of its own,
and the view opens its transactions itself, with the call between them.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

import structlog
from apiflask import APIFlask
from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    jsonify,
    make_response,
    render_template,
    request,
)
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter

from app.core import assets, db
from app.core.errors import AppError, BadInput, Forbidden, NotFound
from app.core.policy import ANYONE, OPEN, NoPolicy, Policy, declared_by

log = structlog.get_logger()
View = TypeVar("View", bound=Callable[..., Any])
Guard = Callable[[], str]  # answers the role in which it lets somebody in


def anyone() -> str:
    """The guard of a door that is open on purpose."""
    return ANYONE


def steps(view: View) -> View:
    """This view opens its own transactions because it calls WeChat between them."""
    view.is_steps = True  # type: ignore[attr-defined]
    return view


class RowId(IntegerConverter):
    """`<int:…>`: digits that fit a bigint; anything else is an address that does not exist."""

    regex = "[0-9]{1,18}"


class App(APIFlask):
    """Flask with the transaction boundary, the guards of the doors and the routes' policies."""

    guards: dict[str, Guard]
    policies: dict[str, Policy]
    error_pages: dict[str, str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.url_map.converters["int"] = RowId
        self.guards, self.error_pages = {}, {}
        self.policies = {"static": OPEN, "openapi.spec": OPEN}

    def mount(
        self,
        blueprint: Blueprint,
        *,
        guard: Guard,
        policy: Policy | None = None,
        error_page: str | None = None,
    ) -> None:
        """Register a door with its guard; pages name the template that shows their errors.

        `policy` is for the routes that declare none themselves. Raises NoPolicy for a route
        that is then still without one.
        """
        self.register_blueprint(blueprint)
        self.guards[blueprint.name] = guard
        if error_page is not None:
            self.error_pages[blueprint.name] = error_page
        for endpoint in self._endpoints_of(blueprint):
            self.policies[endpoint] = self._policy_of(endpoint, policy)

    def _endpoints_of(self, blueprint: Blueprint) -> list[str]:
        return [name for name in self.view_functions if name.startswith(f"{blueprint.name}.")]

    def _policy_of(self, endpoint: str, of_the_door: Policy | None) -> Policy:
        if endpoint.endswith(".static"):
            return OPEN
        found = declared_by(self.view_functions[endpoint]) or of_the_door
        if found is None:
            raise NoPolicy(f"{endpoint}: say who may use it, with @allow(…) (docs/architecture.md)")
        return found

    def dispatch_request(self, *args: Any, **kwargs: Any) -> Any:
        """An error of any kind undoes all of the request."""
        view = self.view_functions.get(request.endpoint or "")
        if getattr(view, "is_steps", False):
            with db.transaction():
                self._admit()
            return super().dispatch_request(*args, **kwargs)
        with db.transaction():
            self._admit()
            return self.make_response(super().dispatch_request(*args, **kwargs))

    def _admit(self) -> None:
        """Raises what the guard raises, and Forbidden for a role that the route does not name."""
        if request.endpoint is None:
            return  # no such route: Flask says so
        g.role = self.guards.get(request.blueprint or "", anyone)()
        declared = self.policies.get(request.endpoint)
        if declared is None or not declared.admits(g.role):
            raise Forbidden()


def install(app: App) -> None:
    """Error shapes, request ids and security headers."""
    app.register_error_handler(AppError, _show_app_error)
    app.register_error_handler(ValidationError, _show_validation_error)
    app.register_error_handler(HTTPException, _show_http_error)
    app.register_error_handler(Exception, _show_crash)
    app.before_request(_begin_request)
    app.after_request(_end_request)
    app.after_request(assets.packed)
    # APIFlask's own validation errors take the same shape.
    app.error_processor(lambda error: _show(_from_http(error.status_code, error)))


def _begin_request() -> None:
    g.request_id = secrets.token_hex(5)
    g.started = time.monotonic()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end_request(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response


def _show_app_error(error: AppError) -> Response:
    if error.status >= 500:
        log.error("request.failed", code=error.code)
    else:
        log.info("request.refused", code=error.code, path=_route())
    return _show(error)


def _show_validation_error(error: ValidationError) -> Response:
    return _show(BadInput(fields=error.messages))


def _show_http_error(error: HTTPException) -> Response:
    return _show(_from_http(error.code or 500, error))


def _show_crash(error: Exception) -> Response:
    log.error("request.crashed", kind=type(error).__name__, path=_route(), exc_info=error)
    crash = AppError()
    crash.status, crash.code = 500, "crashed"
    crash.title = "出错了，没有存上任何东西；再试一次，还不行就把编号告诉管理员"
    return _show(crash)


def _from_http(status: int, error: Any) -> AppError:
    if status == 404:
        return NotFound()
    found = AppError(detail=getattr(error, "description", None) or getattr(error, "message", None))
    found.status, found.code = status, f"http_{status}"
    fields = getattr(error, "detail", None)
    if fields:
        found = BadInput(fields=fields)
        found.status = status
    return found


def _show(error: AppError) -> Response:
    page = _page_of_this_door()
    if page is None:
        response = _problem(error)
    else:
        body = render_template(page, error=error, request_id=g.get("request_id"))
        response = make_response(body, error.status)
    if "retry_after" in error.extra:
        response.headers["Retry-After"] = str(error.extra["retry_after"])
    return response


def _problem(error: AppError) -> Response:
    response = jsonify(error.problem() | {"request_id": g.get("request_id")})
    response.status_code = error.status
    response.content_type = "application/problem+json"
    if "retry_after" in error.extra:
        response.headers["Retry-After"] = str(error.extra["retry_after"])
    return response


def _page_of_this_door() -> str | None:
    app = _app()
    if request.blueprint is not None:
        return app.error_pages.get(request.blueprint)
    first = request.path.strip("/").partition("/")[0]
    return app.error_pages.get(first)


def _app() -> App:
    return cast(App, current_app)


def _route() -> str:
    """The rule, not the path: a path may hold what a log must not."""
    return request.url_rule.rule if request.url_rule else "(none)"
