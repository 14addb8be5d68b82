"""A tiny app over real HTTP: as much of Huike's pages as the story page touches."""

import json
import secrets
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

PASSWORD = "a guide's password"


class Door(BaseHTTPRequestHandler):
    app: "StoreApp"

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
        if path.endswith("/login"):
            form = f'<input type="hidden" name="csrf_token" value="{self.app.csrf}">'
            return self._say(200, form, cookie="huike_form=f; Path=/")
        if path == "/api/v1/coupons":
            return self._say(200, json.dumps({"items": self.app.coupons[query["state"]]}))
        if f"={self.app.session}" not in self.headers.get("Cookie", ""):
            return self._say(401, "")
        if path == "/guide/board.json":
            return self._say(200, json.dumps({"people": self.app.people}))
        if path == "/console/pushes/new":
            return self._say(200, '<option value="7">门店 · 静安寺店</option>')
        return self._say(404, path)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        path, form = urlsplit(self.path).path, dict(parse_qsl(body))
        if path.startswith("/api/"):
            self.app.asked.append({"path": self.path, "body": body, **self.headers})
            return self._say(201, '{"token": "t"}')
        if form.get("csrf_token") != self.app.csrf:
            return self._say(400, "")
        if path.endswith("/login"):
            return self._sign_in(path.split("/")[1], form)
        if path == "/console/pushes":
            self.app.pushes.append(form)
            return self._say(302, "", location="/console/pushes/1")
        self.app.taps.append(path)
        return self._say(303, "", location="/guide/board")

    def _sign_in(self, door: str, form: dict) -> None:
        if form["password"] != PASSWORD:
            return self._say(401, "")
        cookie = f"huike_{door}={self.app.session}; Path=/; HttpOnly; SameSite=Lax"
        return self._say(302, "", cookie=cookie)

    def _say(self, status: int, body: str, **headers: str) -> None:
        data = body.encode()
        self.send_response(status)
        names = {"cookie": "Set-Cookie", "location": "Location"}
        for name, value in headers.items():
            self.send_header(names[name], value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        """Quiet."""


class StoreApp:
    """One store's board, one card; the test says what stands on them."""

    def __init__(self) -> None:
        self.people: list[dict] = []
        self.coupons: dict[str, list[dict]] = {"usable": [], "used": []}
        self.taps: list[str] = []
        self.pushes: list[dict] = []
        self.asked: list[dict] = []
        self.csrf, self.session = secrets.token_hex(8), secrets.token_hex(8)
        door = type("TheDoor", (Door,), {"app": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), door)
        self.server.daemon_threads = True
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def show(self, visit_id: int, **extra: object) -> None:
        row = {"visit_id": visit_id, "state": "waiting", "claimed_by": None}
        self.people.insert(0, row | extra)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
