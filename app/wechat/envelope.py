"""The seal around a message: AES-256-CBC under the account's key, as WeChat's page
"message push / encryption" has it: 16 random bytes, length, message, appid, padded to 32.

wechatpy does the same and is the oracle of the tests; this one keeps its cipher and tells a
forger nothing about which check failed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
HEAD = 20  # random bytes and the length of the message


class BadSeal(Exception):
    """Sealed with another key, for another appid, or altered. Which of them is not told."""


def sign(*parts: str) -> str:
    """WeChat's signature over these parts, whatever their order."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 - WeChat's


@dataclass(frozen=True)
class Seal:
    """What an account seals with and opens with."""

    appid: bytes
    cipher: Cipher[modes.CBC]

    @classmethod
    def of(cls, aes_key: str, appid: str) -> Seal:
        """From the 43 characters of EncodingAESKey; two of their bits are spare."""
        key = base64.b64decode(aes_key + "=")
        return cls(appid.encode(), Cipher(algorithms.AES256(key), modes.CBC(key[:16])))

    def open(self, sealed: str) -> str:
        """The message inside. Raises BadSeal."""
        whole = self._decrypted(sealed)
        padding = whole[-1]
        size = int.from_bytes(whole[16:HEAD], "big")
        # Every check is made whatever the others found, so that none can be timed.
        is_padded = hmac.compare_digest(whole[-min(padding, BLOCK) :], bytes([padding]) * padding)
        is_ours = hmac.compare_digest(whole[HEAD + size : -padding or None], self.appid)
        if not (is_padded & is_ours & (1 <= padding <= BLOCK)):
            raise BadSeal
        try:
            return whole[HEAD : HEAD + size].decode()
        except UnicodeDecodeError:
            raise BadSeal from None

    def close(self, message: str) -> str:
        """The message, sealed, as base64."""
        text = message.encode()
        whole = secrets.token_bytes(16) + len(text).to_bytes(4, "big") + text + self.appid
        padding = BLOCK - len(whole) % BLOCK
        worker = self.cipher.encryptor()
        sealed = worker.update(whole + bytes([padding]) * padding) + worker.finalize()
        return base64.b64encode(sealed).decode()

    def _decrypted(self, sealed: str) -> bytes:
        """Whole 16-byte blocks only, and at least the two that the smallest message fills."""
        try:
            raw = binascii.a2b_base64(sealed, strict_mode=True)
        except ValueError:
            raise BadSeal from None
        if len(raw) < BLOCK or len(raw) % 16:
            raise BadSeal
        worker = self.cipher.decryptor()
        return worker.update(raw) + worker.finalize()
