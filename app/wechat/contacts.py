"""WeCom's customers (外部联系人): a member's own 联系我, who a customer is, and her welcome.

Every function calls over the network, outside any transaction, and raises WeChatError or NoAnswer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from app.wechat import corps, http
from app.wechat.calling import given
from app.wechat.endpoints import (
    ADD_CONTACT_WAY,
    CONTACT,
    CONTACT_PICTURE,
    CONTACT_WAY,
    CONTACT_WAYS,
    SEND_WELCOME,
    Host,
)
from app.wechat.errors import NoAnswer, WeChatError

ONE_MEMBER, BY_QR_CODE = 1, 2
NO_WAY = 41052
LONGEST_STATE = LONGEST_REMARK = 30
A_PAGE = CONTACT_WAYS.list_most
SKEW = timedelta(minutes=2)  # between WeCom's clock and ours
PICTURE_HOST = urlsplit(Host.CORP_PICTURES).netloc
_PATH = re.compile(r"/[\w./~-]{1,200}", re.ASCII)
_KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@dataclass(frozen=True)
class Way:
    """A 联系我 as WeCom keeps it, and where its picture lies."""

    config_id: str
    picture_url: str


def make_way(brand_id: int, *, userid: str, state: str, remark: str) -> Way:
    """A new 联系我 of this member, whose customers' events carry the state. WeCom knows no key:
    asked twice, it makes two."""
    body = {
        "type": ONE_MEMBER,
        "scene": BY_QR_CODE,
        "user": [userid],
        "state": state[:LONGEST_STATE],
        "remark": remark[:LONGEST_REMARK],
    }
    answer = corps.call(brand_id, ADD_CONTACT_WAY, body=body)
    return Way(given(answer, "config_id", str), given(answer, "qr_code", str))


def way_of(brand_id: int, config_id: str) -> Way | None:
    """The 联系我 of this id; None once it was deleted at WeCom."""
    try:
        answer = corps.call(brand_id, CONTACT_WAY, body={"config_id": config_id})
    except WeChatError as refusal:
        if refusal.errcode == NO_WAY:
            return None
        raise
    return Way(config_id, given(given(answer, "contact_way", dict), "qr_code", str))


def find_way(brand_id: int, state: str, since: datetime, until: datetime) -> Way | None:
    """The 联系我 of this state that was made between these moments, if WeCom has one."""
    for config_id in _made_between(brand_id, since - SKEW, until + SKEW):
        answer = corps.call(brand_id, CONTACT_WAY, body={"config_id": config_id})
        way = given(answer, "contact_way", dict)
        if way.get("state") == state:
            return Way(config_id, given(way, "qr_code", str))
    return None


def _made_between(brand_id: int, since: datetime, until: datetime) -> Iterator[str]:
    body = {"start_time": int(since.timestamp()), "end_time": int(until.timestamp())}
    cursor = ""
    while True:
        asked = body | {"limit": A_PAGE} | ({"cursor": cursor} if cursor else {})
        answer = corps.call(brand_id, CONTACT_WAYS, body=asked)
        for row in given(answer, "contact_way", list):
            yield str(row["config_id"])
        cursor = str(answer.get("next_cursor") or "")
        if not cursor:
            return


def picture(url: str) -> bytes:
    """The QR code that WeCom drew, from its picture server and no other."""
    parts = urlsplit(url)
    if parts.netloc != PICTURE_HOST or not _PATH.fullmatch(parts.path):
        raise NoAnswer("the picture lies at an address that is not WeCom's", was_sent=False)
    drawn = http.download(replace(CONTACT_PICTURE, path=parts.path), query={})
    if picture_kind(drawn) is None:
        raise NoAnswer("the answer is not a picture")
    return drawn


def picture_kind(drawn: bytes) -> str | None:
    """Its media type; None for anything that is no PNG or JPEG."""
    found = (kind for head, kind in _KINDS.items() if drawn.startswith(head))
    return next(found, None)


def unionid_of(brand_id: int, external_id: str) -> str | None:
    """Who a customer is across the brand's accounts; None where the corp is bound to no open
    platform, or she uses WeCom herself."""
    answer = corps.call(brand_id, CONTACT, query={"external_userid": external_id})
    unionid = given(answer, "external_contact", dict).get("unionid")
    return unionid if isinstance(unionid, str) and unionid else None


def welcome(brand_id: int, code: str, text: str) -> None:
    """The one message that a welcome code is worth, within 20 seconds of its event."""
    body = {"welcome_code": code, "text": {"content": text}}
    corps.call(brand_id, SEND_WELCOME, body=body)
