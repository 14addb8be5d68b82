"""The XML that goes over the wire, both ways."""

from collections.abc import Mapping
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict

Fields = Mapping[str, "str | int | Fields"]


def _text(value: str) -> str:
    return "<![CDATA[" + value.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _element(name: str, value: "str | int | Fields") -> str:
    if isinstance(value, Mapping):
        inner = "".join(_element(*pair) for pair in value.items())
    else:
        inner = str(value) if isinstance(value, int) else _text(value)
    return f"<{name}>{inner}</{name}>"


def render(fields: Fields) -> str:
    """Fields as WeChat writes them: text in CDATA, numbers bare."""
    return _element("xml", fields)


def parse(text: str) -> dict[str, Any] | None:
    """The fields of an `<xml>` document, or None when it is not one."""
    try:
        root = xmltodict.parse(text).get("xml")
    except (ExpatError, ValueError):
        return None
    return root if isinstance(root, dict) else None
