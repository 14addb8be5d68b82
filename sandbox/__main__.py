"""`python -m sandbox`: one process, many threads."""

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from sandbox.settings import Settings

THREADS = 24  # phones, callbacks' receivers and pages wait on each other, not on the processor


def main() -> None:
    """Serve until told to stop."""
    settings = Settings.from_env()
    Granian(
        "sandbox.web:create_app",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        blocking_threads=THREADS,
        websockets=False,
        log_level=LogLevels.error,
    ).serve()


if __name__ == "__main__":
    main()
