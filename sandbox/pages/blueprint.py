"""Pages under one strict content policy: nothing inline, nothing from outside."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, send_from_directory

from sandbox.box import the_box

bp = Blueprint("pages", __name__, template_folder="templates")
STATIC = "static"


@bp.after_request
def guard_page(response: Response) -> Response:
    """Name every source a page may use; the guide's phone is the app's own page."""
    app = urlsplit(the_box().settings.app_url)
    response.headers["Content-Security-Policy"] = (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        f"frame-src 'self' {app.scheme}://{app.netloc}; frame-ancestors 'self'"
    )
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@bp.get("/sandbox/static/<path:name>")
def show_static(name: str) -> Response:
    """Styles and scripts of the sandbox's own pages."""
    return send_from_directory(f"{bp.root_path}/{STATIC}", name, max_age=0)


@bp.get("/mp/", defaults={"name": "index.html"})
@bp.get("/mp/<path:name>")
def show_preview(name: str) -> Response:
    """The mini-program as it was built for a browser."""
    return send_from_directory(the_box().settings.preview, name, max_age=0)
