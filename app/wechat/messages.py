"""Reading what WeChat pushes, strictly: an odd message is refused, never guessed at.

wechatpy's own parser hands on duplicated elements as lists and unknown types as they come, so
everything is checked here, before a row is stored. JSON pushes are turned into the XML that
wechatpy understands.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict

from app.wechat.refusals import Reason, Refused

Fields = dict[str, Any]
DEEPEST = 16
MOST_MARKS = 5000  # a fan may type 2,000 of them; 60,000 would cost a second to parse
LONGEST_NAME = 64  # what a column of openids holds
# A DTD can only stand before the root, so a message that begins with its root has none.
_ROOT_FIRST = re.compile(r"\ufeff?\s*(<\?xml[^>]*\?>\s*)?<xml[\s>]")
_SECONDS = re.compile(r"[0-9]{1,10}")


def as_xml(body: bytes | str) -> str:
    """The push as XML text. Raises Refused when it is neither XML nor a JSON object."""
    try:
        text = body.decode() if isinstance(body, bytes) else body
        if sum(map(text.count, "<{[,")) > MOST_MARKS:
            raise Refused(Reason.BROKEN)
        return _from_json(text) if text.lstrip().startswith("{") else text
    except (ValueError, TypeError, RecursionError):
        raise Refused(Reason.BROKEN) from None


def _from_json(text: str) -> str:
    found = json.loads(text, object_pairs_hook=_once_each)
    found = {name: _as_element(value) for name, value in found.items()}
    return str(xmltodict.unparse({"xml": found}, full_document=False))


def _as_element(value: Any) -> Any:
    """A list at the top would become an element given several times; XML has it inside one."""
    return {"item": value} if isinstance(value, list) else value


def _once_each(pairs: list[tuple[str, Any]]) -> Fields:
    """WeChat's own samples have keys with a leading space; a key given twice is refused."""
    found = {name.strip(): value for name, value in pairs}
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def fields(xml: str) -> Fields:
    """The elements under the root, each there once. Raises Refused."""
    if not _ROOT_FIRST.match(xml):
        raise Refused(Reason.BROKEN)
    try:
        found = xmltodict.parse(xml)["xml"]
    except (ExpatError, ValueError):
        raise Refused(Reason.BROKEN) from None
    if not isinstance(found, dict) or any(isinstance(value, list) for value in found.values()):
        raise Refused(Reason.BROKEN)
    return found


def checked(xml: str) -> Fields:
    """The fields of a message whose header is what WeChat promises. Raises Refused."""
    found = fields(xml)
    names = [found.get("FromUserName"), found.get("ToUserName"), found.get("MsgType")]
    if found.get("MsgType") == "event":
        names.append(found.get("Event"))
    if not all(_is_name(name) for name in names):
        raise Refused(Reason.BROKEN)
    if not _SECONDS.fullmatch(str(found.get("CreateTime"))):
        raise Refused(Reason.BROKEN)
    if not isinstance(found.get("EventKey"), str | None):
        raise Refused(Reason.BROKEN)
    return found


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME


def digest(found: Fields) -> str:
    """The same for every resend of a message, and different as soon as one field is."""
    pairs = sorted(_pairs(found, "", 0))
    return hashlib.sha256(json.dumps(pairs, ensure_ascii=False).encode()).hexdigest()


def _pairs(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > DEEPEST:
        raise Refused(Reason.BROKEN)
    if not isinstance(value, dict | list):
        yield path, value or ""
        return
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for name, item in inner:
        yield from _pairs(item, f"{path}/{name}", depth + 1)
