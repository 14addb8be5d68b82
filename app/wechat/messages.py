"""Reading what WeChat pushes, strictly: an odd message is refused, never guessed at.

wechatpy's own parser hands on duplicated elements as lists and unknown types as they come, so
everything is checked here, before a row is stored. JSON pushes are turned into the XML that
wechatpy understands.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, ParseError, fromstring

import xmltodict

from app.wechat.refusals import Reason, Refused

DEEPEST = 16
MOST_MARKS = 5000  # a fan may type 2,000 of them; 60,000 would cost a second to parse
LONGEST_NAME = 64  # what a column of openids holds
# A DTD can only stand before the root, so a message that begins with its root has none, and
# without a DTD there are no entities to expand.
_ROOT_FIRST = re.compile(r"\ufeff?\s*(<\?xml[^>]*\?>\s*)?<xml[\s>]")
_ENVELOPE = re.compile(
    r"<xml>\s*<ToUserName><!\[CDATA\[\w+\]\]></ToUserName>\s*"
    r"<Encrypt><!\[CDATA\[([A-Za-z0-9+/=]+)\]\]></Encrypt>\s*</xml>\s*",
    re.ASCII,
)
_ONE = r"\s*+<([A-Za-z]\w*+)>(?:<!\[CDATA\[([^\]]*+)\]\]>|([^<&\]]*+))</\1>"
_ELEMENT = re.compile(_ONE, re.ASCII)
_ROW = re.compile(rf"<xml>(?:{_ONE})++\s*+</xml>", re.ASCII)  # ++: it never goes back
# What XML has no place for, and \r, which a parser would rewrite.
_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SECONDS = re.compile(r"[0-9]{1,10}")
_PLACE = re.compile(r"<(Latitude|Longitude|Precision)>.*?</\1>", re.DOTALL)


@dataclass(frozen=True)
class Message:
    """A message with the header that WeChat promises. `key` is the same for every resend and
    another as soon as one field is."""

    xml: str = field(repr=False)
    texts: Mapping[str, str] = field(repr=False)
    key: str

    def __getitem__(self, name: str) -> str:
        return self.texts.get(name, "")

    @property
    def kept_xml(self) -> str:
        """What the inbox keeps: where somebody is goes nowhere, not even sealed."""
        is_place = self["Event"].lower() == "location"
        return _PLACE.sub("", self.xml) if is_place else self.xml


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


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """WeChat's own samples have keys with a leading space; a key given twice is refused."""
    found = {name.strip(): value for name, value in pairs}
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def sealed_part(outside: str) -> str | None:
    """What is inside `Encrypt`, or None where nothing is sealed. Raises Refused.

    WeChat writes its envelope in one way, which needs no parser; any other is parsed.
    """
    usual = _ENVELOPE.fullmatch(outside)
    if usual is not None:
        return usual.group(1)
    root = parsed(outside)
    sealed = texts(root).get("Encrypt")
    if sealed is None and root.find("Encrypt") is not None:
        raise Refused(Reason.BROKEN)
    return sealed


def texts(root: Element) -> dict[str, str]:
    """The elements under the root that hold one text, each there once. Raises Refused."""
    if len({child.tag for child in root}) != len(root):
        raise Refused(Reason.BROKEN)
    return {child.tag: (child.text or "").strip() for child in root if not len(child)}


def parsed(xml: str) -> Element:
    """The root of the message. Raises Refused."""
    if not _ROOT_FIRST.match(xml):
        raise Refused(Reason.BROKEN)
    try:
        return fromstring(xml)  # noqa: S314 - no DTD can come before this root
    except (ParseError, ValueError):
        raise Refused(Reason.BROKEN) from None


def read(xml: str) -> Message:
    """The message, if its header is what WeChat promises. Raises Refused."""
    flat = _flat(xml)
    found, pairs = flat or _parsed_whole(xml)
    names = ["FromUserName", "ToUserName", "MsgType"]
    if found.get("MsgType") == "event":
        names.append("Event")
    if not all(0 < len(found.get(name, "")) <= LONGEST_NAME for name in names):
        raise Refused(Reason.BROKEN)
    if not _SECONDS.fullmatch(found.get("CreateTime", "")):
        raise Refused(Reason.BROKEN)
    key = hashlib.sha256("\x01".join(sorted(pairs)).encode()).hexdigest()
    return Message(xml, found, key)


def _flat(xml: str) -> tuple[dict[str, str], list[str]] | None:
    """Most messages are a row of texts without markup inside, which needs no parser; None for
    any other. What this reads is what the parser would have read."""
    if not _ROW.fullmatch(xml) or _NOT_XML.search(xml):
        return None
    elements = _ELEMENT.findall(xml, len("<xml>"))
    found = {name: (marked or plain).strip() for name, marked, plain in elements}
    if len(found) != len(elements):
        return None
    return found, [f"{name}\x00{text}" for name, text in found.items()]


def _parsed_whole(xml: str) -> tuple[dict[str, str], list[str]]:
    root = parsed(xml)
    found = texts(root)
    if root.attrib or (root.text or "").strip():
        raise Refused(Reason.BROKEN)
    if "EventKey" not in found and root.find("EventKey") is not None:
        raise Refused(Reason.BROKEN)  # it is not one text
    pairs: list[str] = []
    for child in root:
        _gather(child, child.tag, 1, pairs)
    return found, pairs


def _gather(element: Element, path: str, depth: int, pairs: list[str]) -> None:
    if depth > DEEPEST or element.attrib:
        raise Refused(Reason.BROKEN)
    text = (element.text or "").strip()
    if text or not len(element):
        pairs.append(f"{path}\x00{text}")  # neither sign can stand in XML
    for number, child in enumerate(element):
        _gather(child, f"{path}/{number}:{child.tag}", depth + 1, pairs)
