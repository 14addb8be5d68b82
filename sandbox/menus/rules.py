"""What WeChat accepts as a menu, and in whose words it refuses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.api.errors import WeChatRefusal

NEEDS: Mapping[str, tuple[str, ...]] = {
    "click": ("key",),
    "scancode_push": ("key",),
    "scancode_waitmsg": ("key",),
    "pic_sysphoto": ("key",),
    "pic_photo_or_album": ("key",),
    "pic_weixin": ("key",),
    "location_select": ("key",),
    "view": ("url",),
    "miniprogram": ("url", "appid", "pagepath"),
    "media_id": ("media_id",),
    "article_id": ("article_id",),
    "article_view_limited": ("article_id",),
}
TOP_MOST, SUB_MOST, HOSTS_MOST = 3, 5, 3
KEY_BYTES, URL_BYTES = 128, 1024
RULE_NAMES = ("tag_id", "client_platform_type")
WITHDRAWN = ("sex", "country", "province", "city", "language")  # since 2021


@dataclass(frozen=True)
class Codes:
    """How a fault is refused on this level of the menu."""

    type: int
    name: int
    name_bytes: int
    key: int
    url: int


TOP = Codes(type=40017, name=40018, name_bytes=16, key=40019, url=40020)
SUB = Codes(type=40024, name=40025, name_bytes=60, key=40026, url=40027)


def check(buttons: Any) -> list[dict[str, Any]]:
    """One to three buttons, each with an action or with one to five below it."""
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= TOP_MOST:
        raise WeChatRefusal(40016)
    for button in buttons:
        below = button.get("sub_button") if isinstance(button, dict) else None
        if below:
            _check_name(button, TOP)
            _check_below(below)
        else:
            _check_button(button, TOP)
    return buttons


def _check_below(buttons: Any) -> None:
    if not isinstance(buttons, list) or len(buttons) > SUB_MOST:
        raise WeChatRefusal(40023)
    for button in buttons:
        _check_button(button, SUB)


def _check_button(button: Any, codes: Codes) -> None:
    _check_name(button, codes)
    needs = NEEDS.get(button.get("type", ""))
    if needs is None:
        raise WeChatRefusal(codes.type)
    for name in needs:
        code, most = (codes.url, URL_BYTES) if name == "url" else (codes.key, KEY_BYTES)
        value = button.get(name)
        if not isinstance(value, str) or not 1 <= len(value.encode()) <= most:
            raise WeChatRefusal(code)


def _check_name(button: Any, codes: Codes) -> None:
    name = button.get("name") if isinstance(button, dict) else None
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= codes.name_bytes:
        raise WeChatRefusal(codes.name)


def check_rule(rule: Any) -> dict[str, Any]:
    """A conditional menu's rule: a tag, a client platform, or both."""
    if not isinstance(rule, dict) or not any(rule.values()):
        raise WeChatRefusal(65304)
    for name in rule:
        if name in WITHDRAWN or name not in RULE_NAMES:
            raise WeChatRefusal(65320, name)
    return rule


def check_hosts(menus: list[list[dict[str, Any]]]) -> None:
    """All menus of an account together lead to at most three domains."""
    if len({urlsplit(url).hostname for menu in menus for url in _urls(menu)}) > HOSTS_MOST:
        raise WeChatRefusal(65316)


def _urls(buttons: list[dict[str, Any]]) -> Iterator[str]:
    for button in buttons:
        if button.get("url"):
            yield button["url"]
        yield from _urls(button.get("sub_button") or [])


def fits(rule: Mapping[str, Any], last_tag: int | None, platform: str) -> bool:
    """A fan with several tags goes by the one put on last."""
    wanted_tag, wanted_platform = rule.get("tag_id"), rule.get("client_platform_type")
    if wanted_tag and str(wanted_tag) != str(last_tag):
        return False
    return not wanted_platform or str(wanted_platform) == platform
