"""Where the private servers are found, for those who ask them and for the one who runs them.

Apart, so that the supervisor, which lives as long as they do, carries no client of either.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

SUPERUSER = "huike_super"


class EmbeddedError(Exception):
    """The private servers cannot run here; the text says what to do."""


@dataclass(frozen=True)
class Servers:
    """Where the two servers listen: unix sockets in a folder only we may enter."""

    database_url: str
    redis_url: str


def places(var: Path) -> Servers:
    folder = socket_folder(var)
    return Servers(
        f"postgresql+psycopg://{SUPERUSER}@/postgres?host={folder}",
        f"unix://{folder}/valkey.sock",
    )


def socket_folder(var: Path) -> Path:
    """Short and hashed: a unix socket's path must stay under 108 bytes."""
    name = hashlib.sha256(f"{os.getuid()}:{var.resolve()}".encode()).hexdigest()[:10]
    return Path("/tmp") / f"huike-{name}"  # noqa: S108 - 0700, and its owner is checked
