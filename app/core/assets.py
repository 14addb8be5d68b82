"""Scripts and styles as the build left them, compressed where the browser takes it.

The build writes `name.gz` beside what is worth it; nothing is compressed while somebody waits.
"""

from __future__ import annotations

from pathlib import Path

from flask import Response, current_app, request, send_file
from werkzeug.security import safe_join

PACKED = ".gz"


def packed(response: Response) -> Response:
    """The compressed twin of a static file that was found; any other answer as it is."""
    if not (request.endpoint or "").endswith("static") or response.status_code != 200:
        return response
    response.headers.add("Vary", "Accept-Encoding")
    twin = _twin() if request.accept_encodings.find("gzip") >= 0 else None
    if twin is None or "Range" in request.headers:
        return response
    response.close()  # the plain file was opened already
    shorter = send_file(twin, mimetype=response.mimetype, conditional=True)
    shorter.headers["Content-Encoding"] = "gzip"
    for name, value in response.headers.items():
        shorter.headers.setdefault(name, value)
    return shorter


def _twin() -> Path | None:
    asked = (request.view_args or {}).get("filename", "")
    owner = current_app.blueprints.get(request.blueprint or "") or current_app
    path = safe_join(owner.static_folder or "", f"{asked}{PACKED}")
    twin = Path(path) if path else None
    return twin if twin and twin.is_file() else None
