"""Everything the sandbox is told from outside."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Where the sandbox listens, where it keeps its state, where Huike is."""

    host: str
    port: int
    state: Path
    app_url: str
    stream_url: str
    preview: Path
    callback_timeout: float = 5.0
    resend_wait: float = 1.0
    mass_delay: float = 1.0
    tls: bool = False

    @classmethod
    def from_env(cls) -> "Settings":
        """Read the environment; every value has a default that suits `make demo`."""
        read = os.environ.get  # noqa: TID251
        return cls(
            host=read("SANDBOX_HOST", "127.0.0.1"),
            port=int(read("SANDBOX_PORT", "8100")),
            state=Path(read("SANDBOX_STATE", "var/sandbox")),
            app_url=read("SANDBOX_APP_URL", "http://127.0.0.1:8000").rstrip("/"),
            stream_url=read("SANDBOX_STREAM_URL", "http://127.0.0.1:8001").rstrip("/"),
            preview=Path(read("SANDBOX_PREVIEW", "miniprogram/preview/dist")).resolve(),
            callback_timeout=float(read("SANDBOX_CALLBACK_TIMEOUT", "5")),
            resend_wait=float(read("SANDBOX_RESEND_WAIT", "1")),
            mass_delay=float(read("SANDBOX_MASS_DELAY", "1")),
            tls=read("SANDBOX_TLS", "") == "1",
        )
