"""WeChat's message signature and envelope, written without wechatpy: each proves the other."""

import base64
import hashlib
import hmac
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32  # PKCS#7 pads to 32, not to the cipher's 16


class BadEnvelope(Exception):
    """The text is not an envelope sealed for this account."""


def sign(*parts: str) -> str:
    """SHA-1 over the sorted parts; with the ciphertext among them it is `msg_signature`."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def is_signed(signature: str, *parts: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(signature, sign(*parts))


def _cipher(encoding_aes_key: str) -> Cipher[modes.CBC]:
    key = base64.b64decode(encoding_aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def pad(text: bytes) -> bytes:
    """Always add 1 to 32 bytes."""
    count = BLOCK - len(text) % BLOCK
    return text + bytes([count]) * count


def unpad(text: bytes) -> bytes:
    """Take the padding off, or raise."""
    count = text[-1] if text else 0
    if not 1 <= count <= BLOCK or text[-count:] != bytes([count]) * count:
        raise BadEnvelope("padding")
    return text[:-count]


def encrypt(plaintext: str, encoding_aes_key: str, appid: str, random: bytes | None = None) -> str:
    """Seal a plaintext; `random` is given only by test vectors."""
    body = plaintext.encode()
    head = (random or secrets.token_bytes(16)) + struct.pack("!I", len(body))
    encryptor = _cipher(encoding_aes_key).encryptor()
    sealed = encryptor.update(pad(head + body + appid.encode())) + encryptor.finalize()
    return base64.b64encode(sealed).decode()


def decrypt(ciphertext: str, encoding_aes_key: str, appid: str) -> str:
    """Open an envelope and check that it was sealed for this appid."""
    try:
        decryptor = _cipher(encoding_aes_key).decryptor()
        padded = decryptor.update(base64.b64decode(ciphertext)) + decryptor.finalize()
    except ValueError as error:
        raise BadEnvelope(str(error)) from error
    full = unpad(padded)
    length = struct.unpack("!I", full[16:20])[0]
    if full[20 + length :].decode(errors="replace") != appid:
        raise BadEnvelope("appid")
    return full[20 : 20 + length].decode()
