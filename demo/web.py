"""Plain HTTP for the demo's actors: a session with cookies, JSON in and out."""

from __future__ import annotations

import json
import time
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import urllib3

_pool = urllib3.PoolManager(maxsize=32, timeout=urllib3.Timeout(connect=3, read=15), retries=False)


class Refused(Exception):
    """The other side said no; `status` and `body` tell what."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"HTTP {status}: {body[:200]}")
        self.status, self.body = status, body


class Browser:
    """Keeps cookies, follows nothing by itself."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        """A page."""
        return self._ask("GET", path, None, headers)

    def post(self, path: str, form: dict[str, str], **headers: str) -> urllib3.BaseHTTPResponse:
        """A form. Raises Refused."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urlencode(form).encode(), kind | headers)

    def json(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """JSON in, JSON out. Raises Refused."""
        sent = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        kind = {"Content-Type": "application/json"} if sent is not None else {}
        data = self._ask(method, path, sent, kind | headers).data
        return json.loads(data) if data else None

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> urllib3.BaseHTTPResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent |= {"Cookie": self.cookie, "Referer": f"{self.base}/"}
        response = _pool.request(method, self.base + path, body=body, headers=sent, redirect=False)
        for header in response.headers.getlist("Set-Cookie"):
            self.cookies |= {name: m.value for name, m in SimpleCookie(header).items()}
        if response.status >= 400:
            raise Refused(response.status, response.data.decode(errors="replace"))
        return response

    @property
    def cookie(self) -> str:
        """As a request sends it."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())


def wait_until_up(url: str, seconds: float = 30) -> None:
    """Return once the address answers."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if _pool.request("GET", url).status < 500:
                return
        except urllib3.exceptions.HTTPError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"{url} 没有起来，上面的日志说了原因")
