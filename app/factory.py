"""The one place where the parts of Huike are wired."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import structlog
from flask import Response, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from app import doors, health
from app.apidocs import routes as apidocs
from app.core import web
from app.core.errors import Forbidden
from app.core.settings import Settings
from app.process import Process, start_process
from app.wechat import gateway

log = structlog.get_logger()
BODY_LIMIT = 256 * 1024
BY_COOKIE = "/console/", "/guide/"
NO_DEVICES = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"


def create_app(settings: Settings | None = None, process: Process | None = None) -> web.App:
    """The web application, its doors and their guards."""
    settings = settings or Settings.from_env()
    process = process or start_process(settings)
    app = web.App(__name__, title="回客 Huike", version="0.1.0", docs_path=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_NAME="__Host-huike_form" if settings.is_https else "huike_form",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=16),
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        WTF_CSRF_TIME_LIMIT=None,
        SERVERS=[{"url": settings.public_url}],
        HUIKE=settings,
    )
    app.extensions["process"] = process
    web.install(app)
    doors.mount(app, CSRFProtect(app))
    health.mount(app)
    apidocs.mount(app)
    app.before_request(_refuse_other_sites)
    app.config["CONTENT_POLICY"] = _content_policy(settings)
    app.after_request(_security_headers(settings, app.config["CONTENT_POLICY"]))
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    _warn_about_http(settings)
    return app


def _content_policy(settings: Settings) -> str:
    ancestors = settings.frame_url or "'none'"
    # No page has a script or a style of its own in it, so there is nothing a nonce would let in.
    # 微信登录 is a form that leads to WeChat: a browser holds redirects against form-action too.
    return (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
        f" form-action 'self' {gateway.sign_in_origin()}; connect-src 'self' {settings.stream_url};"
        f" frame-ancestors {ancestors}"
    )


def _security_headers(settings: Settings, policy: str):  # type: ignore[no-untyped-def]
    def add(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", NO_DEVICES)
        if not (request.endpoint or "").endswith("static"):
            response.headers.setdefault("Cache-Control", "no-store")
        if settings.is_https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response

    return add


def _refuse_other_sites() -> None:
    """Where a cookie signs in: a browser says from which site a form comes. Raises Forbidden."""
    is_look = request.method in ("GET", "HEAD", "OPTIONS")
    if is_look or not request.path.startswith(BY_COOKIE):
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    is_other_site = site is not None and site not in ("same-origin", "none")
    if is_other_site or (origin is not None and urlsplit(origin).netloc != request.host):
        raise Forbidden("这个表单来自别的网站，没有做任何事")


def _warn_about_http(settings: Settings) -> None:
    if not settings.is_https:
        log.warning("cookies.not_secure", reason="PUBLIC_URL is http: for a trial only")
