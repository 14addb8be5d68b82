"""The member code as a QR code carries it: the digits of a minute, signed.

A till without a network checks it by the brand's public key alone: whoever has the till can make
no code. docs/decisions/0023 says why the key is public and not a secret of each store.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.core import db
from app.core.crypto import keyring
from app.members import codes
from app.members.codes import MemberCode, NotACode

PREFIX = "HK1"
PATTERN = re.compile(r"HK1([0-9]{8})([0-9]{16})([A-Z2-7]{103})", re.ASCII)


def of_member(member_id: int, at: datetime) -> str:
    """What her QR code says in the minute that `at` lies in: capitals and digits alone, which a
    QR code packs tightest."""
    code = codes.of_member(member_id, at)
    said = _said(codes.minute_of(at), code)
    return said + _text(_private().sign(said.encode()))


def public_key() -> str:
    """The brand's key for its tills: 32 bytes in base64."""
    return base64.b64encode(_private().public_key().public_bytes_raw()).decode()


def read(text: str) -> tuple[int, int]:
    """Whose code it is and of which minute, however old. Raises NotACode."""
    found = PATTERN.fullmatch(text)
    if found is None or not _is_signed(text[:-103], found[3]):
        raise NotACode()
    minute = int(found[1])
    return codes.member_in(found[2], minute), minute


def _said(minute: int, code: MemberCode) -> str:
    return f"{PREFIX}{minute:08}{code.digits}"


def _is_signed(said: str, signature: str) -> bool:
    try:
        _private().public_key().verify(_bytes(signature), said.encode())
    except (InvalidSignature, binascii.Error):
        return False
    return True


def _private() -> Ed25519PrivateKey:
    """Made of the index key, one for each brand: nothing is stored, every process has it."""
    seed = keyring().index("1", context=f"{db.current_brand_id()}.code.sign")
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))


def _text(signature: bytes) -> str:
    return base64.b32encode(signature).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b32decode(text + "=")
