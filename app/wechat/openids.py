"""Openids at rest: sealed, and found by a keyed hash of brand, account and openid.

WeChat's name for a person in one account. It is opened for the call that needs it and nowhere
else; the same openid under another account or brand has another hash.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.core.crypto import keyring


def seal(brand_id: int, account_id: int, openid: str) -> str:
    """The openid at rest."""
    return keyring().seal(openid, context=context(brand_id, account_id))


def opened(brand_id: int, account_id: int, sealed: str) -> str:
    """The openid, for a call to WeChat. Raises CannotOpen."""
    return keyring().open(sealed, context=context(brand_id, account_id))


def index(brand_id: int, account_id: int, openid: str) -> str:
    """What finds her in this account, and in no other."""
    return keyring().index(openid, context=context(brand_id, account_id))


def columns(brand_id: int, account_id: int, openids: Sequence[str]) -> tuple[list[str], list[str]]:
    """The hashes and the sealed values of many, in their order."""
    indexes = [index(brand_id, account_id, openid) for openid in openids]
    return indexes, [seal(brand_id, account_id, openid) for openid in openids]


def context(brand_id: int, account_id: int) -> str:
    """Where a sealed openid is at home, in whichever table it lies."""
    return f"{brand_id}.openid.{account_id}"
