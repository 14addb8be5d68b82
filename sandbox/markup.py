"""What a callback carries, as XML or as JSON, and the reading of what comes back."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict

Fields = Mapping[str, Any]
EMPTY_BLOCK = "\n\n"  # WeChat's JSON has this where its XML has an element without children


def _text(value: str) -> str:
    return "<![CDATA[" + value.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _element(name: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        return "".join(_element(name, one) for one in value)
    if isinstance(value, Mapping):
        inner = "".join(_element(*pair) for pair in value.items())
    else:
        inner = str(value) if isinstance(value, int | float) else _text(str(value))
    return f"<{name}>{inner}</{name}>"


def render(fields: Fields) -> str:
    """Fields as WeChat writes them: text in CDATA, numbers bare, a list as repeated elements."""
    return _element("xml", fields)


def render_json(fields: Fields) -> str:
    """The same fields in JSON, real UTF-8."""
    return json.dumps(_plain(fields), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()} if value else EMPTY_BLOCK
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value


def parse(text: str) -> dict[str, Any] | None:
    """The fields of an `<xml>` document or a JSON object, or None when it is neither."""
    try:
        root = json.loads(text) if text.startswith("{") else xmltodict.parse(text).get("xml")
    except (ExpatError, ValueError):
        return None
    return root if isinstance(root, dict) else None
