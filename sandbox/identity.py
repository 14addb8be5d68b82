"""Who somebody is on WeChat: the same key always gives the same person."""

import base64
import hashlib


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode()).digest()


def _letters(*parts: str) -> str:
    return base64.urlsafe_b64encode(_digest(*parts)).decode()[:27]


def person_id(key: str) -> str:
    """The sandbox's own name for a person; safe in addresses and logs."""
    return "p" + _digest("person", key).hex()[:16]


def unionid(key: str) -> str:
    """One per person and open-platform account; the sandbox has one such account."""
    return "o" + _letters("unionid", key)


def openid(key: str, appid: str) -> str:
    """One per person and appid, 28 characters as WeChat's."""
    return "o" + _letters("openid", key, appid)


def external_userid(key: str, corpid: str) -> str:
    """What a WeCom corp calls a customer, 32 characters as WeCom's."""
    return "wm" + _letters("external", key, corpid) + "AAA"


def synthetic_phone(key: str) -> str:
    """A well-formed mobile number derived from the key, never one that was given to us."""
    number = int.from_bytes(_digest("phone", key)[:8])
    return f"1{'38'[number % 2]}{number // 2 % 10**9:09d}"
