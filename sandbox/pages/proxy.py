"""/api/v1/* goes on to Huike, so that the preview is same-origin: a mini-program has no CORS."""

import urllib3
from flask import Response, jsonify, request

from sandbox.box import the_box
from sandbox.pages.blueprint import bp
from sandbox.story import card

PASSED_ON = ("Authorization", "Content-Type", "Idempotency-Key", "Accept")
PASSED_BACK = ("Content-Type", "Retry-After")
http = urllib3.PoolManager(maxsize=16, retries=False, timeout=urllib3.Timeout(total=15))


@bp.route("/api/v1/<path:path>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def pass_on(path: str) -> Response | tuple[Response, int]:
    """The same request at the same path of the app, and its answer back."""
    url = f"{the_box().settings.app_url}/api/v1/{path}"
    query = request.query_string.decode()
    headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
    try:
        answer = http.request(
            request.method,
            f"{url}?{query}" if query else url,
            body=request.get_data() or None,
            headers=headers,
        )
    except urllib3.exceptions.HTTPError:
        return jsonify({"title": "回客没有回答", "detail": "应用没有启动，或者太忙。"}), 502
    if path == "session" and answer.status == 201:
        card.remember(the_box(), request.get_json(), answer.json())
    kept = {name: answer.headers[name] for name in PASSED_BACK if name in answer.headers}
    return Response(answer.data, answer.status, kept)
