"""`python -m sandbox`: one process, one loop, many threads."""

from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from sandbox.server import tls
from sandbox.settings import Settings


def main() -> None:
    """Serve until told to stop."""
    settings = Settings.from_env()
    Granian(
        "sandbox.server.entry:create",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.RSGI,
        websockets=False,
        log_level=LogLevels.error,
        **_certificate(settings),
    ).serve()


def _certificate(settings: Settings) -> dict[str, Any]:
    if not settings.tls:
        return {}
    certificate, key = tls.make(settings.state)
    return {"ssl_cert": certificate, "ssl_key": key}


if __name__ == "__main__":
    main()
