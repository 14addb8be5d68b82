"""A sandbox process, its client, and a tiny receiver that stands where Huike would."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import urllib3
import xmltodict
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import check_signature

SERVICE, MINI = "wxservice0000001", "wxmini0000000001"
TOKEN, AES_KEY = "sandbox-test-token", "k" * 42 + "A"
SECRETS = {SERVICE: "service-secret", MINI: "mini-secret"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Call:
    """One callback as it arrived."""

    def __init__(self, query: dict, body: str) -> None:
        self.query, self.body = query, body

    def opened(self, appid: str = SERVICE) -> str:
        """The plaintext, verified and decrypted by wechatpy."""
        query = self.query
        check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
        if "msg_signature" not in query:
            return self.body
        body = json.loads(self.body) if self.body.startswith("{") else self.body
        text = WeChatCrypto(TOKEN, AES_KEY, appid).decrypt_message(
            body, query["msg_signature"], query["timestamp"], query["nonce"]
        )
        return text if isinstance(text, str) else text.decode()

    def fields(self, appid: str = SERVICE) -> dict:
        """The same as fields, whatever the format."""
        text = self.opened(appid)
        return json.loads(text) if text.startswith("{") else xmltodict.parse(text)["xml"]


class Receiver:
    """Keeps every callback of this test; `answer` decides what it says.

    Its address is another for each test, so that a late callback of the last one is not heard."""

    def __init__(self) -> None:
        self.test = 0
        self.calls: list[Call] = []
        self.answer: Callable[[], tuple[int, str]] = lambda: (200, "success")
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/{self.test}"

    def forget(self) -> None:
        with self.lock:
            self.test += 1
            self.calls.clear()
        self.answer = lambda: (200, "success")

    def named(self, event: str) -> list[Call]:
        return [call for call in self.calls if f"<![CDATA[{event}]]>" in call.opened()]

    def _handler(self) -> type:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = dict(parse_qsl(urlsplit(self.path).query))
                self._say(200, query.get("echostr", f"path {urlsplit(self.path).path}"))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                address = urlsplit(self.path)
                with receiver.lock:
                    if address.path.startswith(f"/{receiver.test}/"):
                        receiver.calls.append(Call(dict(parse_qsl(address.query)), body))
                self._say(*receiver.answer())

            def _say(self, status: int, body: str) -> None:
                data = body.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                """Quiet."""

        return Handler


class Sandbox:
    """The sandbox as a client sees it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = urllib3.PoolManager(retries=False, timeout=30, maxsize=20)

    def raw(self, method: str, path: str, **kwargs: object) -> urllib3.BaseHTTPResponse:
        return self.http.request(method, self.url + path, **kwargs)

    def admin(self, method: str, path: str, body: dict | None = None) -> dict:
        response = self.raw(method, "/sandbox/api" + path, **({"json": body} if body else {}))
        answer = response.json()
        assert response.status == 200, answer
        return answer

    def token(self, appid: str = SERVICE, **extra: object) -> str:
        return self.stable_token(appid, **extra)["access_token"]

    def stable_token(self, appid: str = SERVICE, **extra: object) -> dict:
        asked = {"grant_type": "client_credential", "appid": appid, "secret": SECRETS[appid]}
        return self.post("/cgi-bin/stable_token", {**asked, **extra})

    def post(self, path: str, body: object, token: str | None = None) -> dict:
        query = f"?access_token={token}" if token else ""
        data = json.dumps(body, ensure_ascii=False).encode()
        response = self.raw("POST", path + query, body=data)
        assert response.status == 200
        return response.json()

    def call(self, path: str, body: dict | None = None, appid: str = SERVICE) -> dict:
        """A call with the account's token: POST when it has a body, else GET."""
        if body is None:
            return self.get(path, access_token=self.token(appid))
        return self.post(path, body, self.token(appid))

    def limits(self, **changed: int) -> None:
        self.admin("POST", "/limits", changed)

    def followers(self, *keys: str) -> list[str]:
        """The openids of people with these keys, made and following."""
        bulk = {"people": [{"key": key} for key in keys]}
        people = self.admin("POST", "/people/bulk", bulk)["people"]
        for person in people:
            self.act(person, "follow")
        return [person["openids"][SERVICE] for person in people]

    def get(self, path: str, **query: str) -> dict:
        response = self.raw("GET", path, fields=query)
        assert response.status == 200
        return response.json()

    def person(self, key: str, **extra: str) -> dict:
        return self.admin("POST", "/people", {"key": key, "nickname": key.title(), **extra})

    def act(self, person: dict, what: str, **given: object) -> dict:
        body = {"appid": SERVICE, "wait": True, **given}
        return self.admin("POST", f"/people/{person['person_id']}/{what}", body)

    def messages(self, person: dict) -> list[dict]:
        return self.admin("GET", f"/people/{person['person_id']}/messages")["messages"]

    def send_custom(self, person: dict, text: str = "您好") -> int:
        message = {"touser": person["openids"][SERVICE], "msgtype": "text"}
        body = {**message, "text": {"content": text}}
        return self.post("/cgi-bin/message/custom/send", body, self.token())["errcode"]

    def send_mass(self, people: list[dict], text: str, **extra: object) -> dict:
        openids = [person["openids"][SERVICE] for person in people]
        body = {"touser": openids, "msgtype": "text", "text": {"content": text}, **extra}
        return self.post("/cgi-bin/message/mass/send", body, self.token())

    def move_clock(self, seconds: float) -> None:
        self.admin("POST", "/clock", {"offset_seconds": seconds})

    def fault(self, path: str, kind: str, **extra: object) -> None:
        self.admin("POST", "/faults", {"path": path, "kind": kind, **extra})

    def log(self, **wanted: object) -> list[dict]:
        entries = self.admin("GET", "/log?limit=1000")["entries"]
        return [one for one in entries if all(one[k] == v for k, v in wanted.items())]

    def open_accounts(self, callback: str, **changed: object) -> None:
        for appid, kind in ((SERVICE, "service"), (MINI, "miniprogram")):
            account = {"kind": kind, "secret": SECRETS[appid], "original_id": f"gh_{kind}"}
            account |= {"name": "禾木集", "callback_url": callback, "token": TOKEN}
            account |= {"encoding_aes_key": AES_KEY, **changed}
            self.admin("PUT", f"/accounts/{appid}", account)

    def template(self, template_id: str, kind: str, content: str, appid: str = SERVICE) -> None:
        body = {"kind": kind, "title": "通知", "content": content}
        self.admin("PUT", f"/accounts/{appid}/templates/{template_id}", body)


def eventually(probe: Callable[[], object], seconds: float = 8) -> object:
    """The probe's first true answer."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = probe()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


@contextmanager
def running(state: Path, app_url: str, preview: Path, **env: str) -> Iterator[Sandbox]:
    """A sandbox process until the block ends."""
    port = free_port()
    environment = os.environ | {  # noqa: TID251
        "SANDBOX_PORT": str(port),
        "SANDBOX_STATE": str(state),
        "SANDBOX_APP_URL": app_url,
        "SANDBOX_PREVIEW": str(preview),
        "SANDBOX_RESEND_WAIT": "0.05",
        "SANDBOX_MASS_DELAY": "0.2",
        **env,
    }
    process = subprocess.Popen([sys.executable, "-m", "sandbox"], env=environment)
    scheme = "https" if env.get("SANDBOX_TLS") else "http"
    sandbox = Sandbox(f"{scheme}://127.0.0.1:{port}")
    try:
        eventually(lambda: is_up(process, sandbox), 20)
        yield sandbox
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def is_up(process: subprocess.Popen, sandbox: Sandbox) -> bool:
    assert process.poll() is None, "the sandbox ended"
    try:
        return sandbox.raw("GET", "/sandbox/api/clock").status == 200
    except urllib3.exceptions.SSLError:
        return True  # it answers; trusting its certificate is the test's business
    except urllib3.exceptions.HTTPError:
        return False
