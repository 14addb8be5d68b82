"""Where the demo's processes listen, and the environment that tells them so."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Places:
    """The addresses of one running demo."""

    web: str
    stream: str
    sandbox: str

    def environ(self, var: Path) -> dict[str, str]:
        """What every process of the demo is started with."""
        own = {
            "HUIKE_ENV": "demo",
            "PUBLIC_URL": self.web,
            "STREAM_URL": self.stream,
            "CALLBACK_URL": self.stream,
            "FRAME_URL": self.sandbox,
            "WECHAT_API_BASE_URL": self.sandbox,
            "SANDBOX_PORT": self.sandbox.rpartition(":")[2],
            "SANDBOX_STATE": str(var / "sandbox"),
            "SANDBOX_APP_URL": self.web,
            "SANDBOX_STREAM_URL": self.stream,
        }
        return dict(os.environ) | own  # noqa: TID251 - handed on whole


def choose() -> Places:
    """The usual ports, or the next free ones where another clone is running."""
    web, stream, sandbox = (_free_port(wanted) for wanted in (8000, 8001, 8100))
    return Places(*(f"http://{HOST}:{port}" for port in (web, stream, sandbox)))


def _free_port(wanted: int) -> int:
    for port in range(wanted, wanted + 80, 10):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise SystemExit(f"{wanted} 起的端口都被占用了，关掉别的演示再来")
