"""A message's fields, read as WeChat really writes them and not only as its pages say.

XML and JSON differ in shape: a list of one is a plain element, an empty block is whitespace, and
JSON puts `List` at the top where XML has a container around it (reference: wechat.md §2.2–2.4).
"""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, fromstring

Facts = dict[str, Any]


class Reading:
    """One message, or one block inside it; without fields when it is not there."""

    def __init__(self, element: Element | None) -> None:
        self._element = Element("nothing") if element is None else element

    @classmethod
    def of(cls, xml: str) -> Reading:
        """The message under the root element, which the door has checked."""
        return cls(fromstring(xml))  # noqa: S314 - a message with a DTD is refused at the door

    @property
    def kind(self) -> str:
        """`event.subscribe`, `text`: WeChat's own words in lower case, since theirs is mixed."""
        words = (self.text("MsgType"), self.text("Event"))
        return ".".join(word.lower() for word in words if word)

    @property
    def detail(self) -> str | None:
        """Which of the things that share one event name this is."""
        return self.text("ChangeType") or self.text("RevokeInfo")

    def text(self, name: str) -> str | None:
        """The element's text; None when it is absent, empty, or blank."""
        return (self._element.findtext(name) or "").strip() or None

    def number(self, name: str) -> int:
        """A whole number. Raises ValueError when it is missing or something else."""
        return int(self.text(name) or "missing")

    def block(self, name: str) -> Reading:
        """The element inside."""
        return Reading(self._element.find(name))

    def rows(self, name: str) -> list[Reading]:
        """A repeated element: none, one, or many. `messages` keeps JSON's lists as items."""
        found = self._element.findall(name)
        rows = [item for element in found for item in element.findall("item")] or found
        return [Reading(row) for row in rows if len(row)]
