"""Personal data and secrets at rest: AEAD with key ids, and keyed blind indexes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class CannotOpen(Exception):
    """The value was sealed with an unknown key, for another place, or was altered."""


@dataclass(frozen=True)
class Keyring:
    """The first key seals, every key opens; the index key never rotates with them."""

    keys: tuple[tuple[str, bytes], ...]
    index_key: bytes

    @property
    def first(self) -> str:
        """The id of the key that seals."""
        return self.keys[0][0]

    @cached_property
    def _ciphers(self) -> dict[str, AESGCM]:
        return {name: AESGCM(key) for name, key in self.keys}

    def seal(self, text: str, *, context: str) -> str:
        """Encrypt; `context` (brand and column) must be the same when opening."""
        name = self.first
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._ciphers[name].encrypt(nonce, text.encode(), context.encode())
        return f"{name}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, value: str, *, context: str) -> str:
        """Decrypt what `seal` made. Raises CannotOpen."""
        name, _, payload = value.partition(":")
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise CannotOpen(f"no key {name}")
        raw = base64.b64decode(payload)
        try:
            return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode()).decode()
        except InvalidTag:
            raise CannotOpen(f"altered, or not {context}") from None

    def index(self, value: str, *, context: str) -> str:
        """A full-length keyed hash: equality can be searched, the value cannot be read."""
        message = f"{context}\0{value}".encode()
        return hmac.digest(self.index_key, message, "sha256").hex()


def fingerprint(token: str) -> str:
    """How an opaque token is stored: its hash finds the row, the row cannot be used."""
    return hashlib.sha256(token.encode()).hexdigest()


_keyring: Keyring | None = None


def configure(keys: tuple[tuple[str, bytes], ...], index_key: bytes) -> None:
    """Hand the process its keys, once, at start."""
    global _keyring
    _keyring = Keyring(keys, index_key)


def keyring() -> Keyring:
    """The process's keys."""
    if _keyring is None:
        raise RuntimeError("crypto.configure was not called")
    return _keyring
