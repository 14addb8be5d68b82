"""A member of staff at the app's real pages, as a browser uses them: log in, read, submit."""

import html
import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlencode

import urllib3

CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
ALERT = re.compile(r'role="alert"[^>]*>(.*?)</p>', re.DOTALL)
MARKUP = re.compile(r"<[^>]+>")
Answer = urllib3.BaseHTTPResponse


class StaffRefused(Exception):
    """The app's pages said no; the text is for the story page."""


@dataclass(frozen=True)
class Login:
    """Where somebody signs in (/guide or /console), and as whom."""

    door: str
    account: str
    password: str


class StaffBrowser:
    """One session of one person over real HTTP."""

    def __init__(self, app_url: str, login: Login) -> None:
        self._app, self._login = app_url, login
        self._cookies: dict[str, str] = {}
        self._lock = threading.RLock()  # the watcher reads while the page taps
        timeout = urllib3.Timeout(total=8)
        self._http = urllib3.PoolManager(maxsize=4, retries=False, timeout=timeout)

    def sign_in(self) -> list[str]:
        """Log in; answers the Set-Cookie lines that a browser needs for the same session."""
        with self._lock:
            self._cookies.clear()
            form = {"account": self._login.account, "password": self._login.password}
            answer = self._submit(f"{self._login.door}/login", form)
        lines = answer.headers.getlist("Set-Cookie")
        wanted = "huike_" + self._login.door.strip("/")
        kept = [line for line in lines if line.partition("=")[0].endswith(wanted)]
        if not kept:
            raise StaffRefused(f"登录没有成功（{self._login.door}，HTTP {answer.status}）")
        return kept

    def read(self, path: str) -> Answer:
        """A page or a piece of JSON; signs in first, or again when the session has ended."""
        with self._lock:
            if not self._cookies:
                self.sign_in()
            answer = self._call("GET", path)
            if answer.status != 200:
                self._cookies.clear()
                raise StaffRefused(f"{path} 打不开（HTTP {answer.status}）")
            return answer

    def submit(self, path: str, form: Mapping[str, str]) -> Answer:
        """Submit a form of a page; each submission has a key of its own."""
        with self._lock:
            if not self._cookies:
                self.sign_in()
            answer = self._submit(path, {**form, "key": secrets.token_hex(8)})
        if answer.status >= 400:
            raise StaffRefused(f"这一步没有被接受（HTTP {answer.status}）{_told(answer)}")
        return answer

    def _submit(self, path: str, form: Mapping[str, str]) -> Answer:
        page = self._call("GET", f"{self._login.door}/login")
        found = CSRF.search(page.data.decode(errors="replace"))
        if found is None:
            raise StaffRefused(f"登录页打不开（HTTP {page.status}）")
        return self._call("POST", path, urlencode({**form, "csrf_token": found[1]}))

    def _call(self, method: str, path: str, body: str | None = None) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Cookie": cookies, "Referer": f"{self._app}{self._login.door}/"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        url = self._app + path
        try:
            answer = self._http.request(method, url, body=body, headers=headers, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise StaffRefused("回客没有回答") from error
        self._keep_cookies(answer)
        return answer

    def _keep_cookies(self, answer: Answer) -> None:
        for line in answer.headers.getlist("Set-Cookie"):
            try:
                parsed = SimpleCookie(line)
            except CookieError:
                continue
            self._cookies.update({name: morsel.value for name, morsel in parsed.items()})


def _told(answer: Answer) -> str:
    """What the refusing page says to its reader."""
    found = ALERT.search(answer.data.decode(errors="replace"))
    return "：" + html.unescape(MARKUP.sub("", found[1])).strip() if found else ""
