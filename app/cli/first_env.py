"""`python -m app.cli.first_env`: a .env with fresh secrets, unless there is one."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path


def write(path: Path = Path(".env"), example: Path = Path(".env.example")) -> bool:
    """Fill in the three secrets of the example; an existing file is left as it is."""
    if path.exists():
        return False
    fresh = {
        "SECRET_KEY": secrets.token_hex(32),
        "DATA_KEYS": f"k1:{_key()}",
        "INDEX_KEY": _key(),
    }
    lines = [_filled(line, fresh) for line in example.read_text().splitlines()]
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write("\n".join(lines) + "\n")
    return True


def _filled(line: str, values: dict[str, str]) -> str:
    name = line.partition("=")[0]
    return f"{name}={values[name]}" if name in values else line


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


if __name__ == "__main__":
    write()
