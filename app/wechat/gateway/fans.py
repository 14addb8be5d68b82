"""Followers of a service account, and the tags that WeChat keeps for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.wechat.calling import call, given
from app.wechat.endpoints import (
    CREATE_TAG,
    DELETE_TAG,
    FANS_OF_TAG,
    FOLLOWERS,
    REMARK,
    RENAME_TAG,
    TAG_FANS,
    TAGS,
    TAGS_OF_FAN,
    UNTAG_FANS,
    USER_INFO,
    USER_INFOS,
    Endpoint,
    check_list,
)
from app.wechat.errors import NoAnswer
from app.wechat.http import Answer


@dataclass(frozen=True)
class WechatTag:
    """A tag as WeChat keeps it: at most 100 an account, 20 a fan."""

    tag_id: int
    name: str
    fan_count: int


def user_info(account_id: int, openid: str) -> Answer:
    """What WeChat tells of a fan: follows or not, since when, unionid; no name, no face."""
    return call(account_id, USER_INFO, query={"openid": openid, "lang": "zh_CN"})


def user_infos(account_id: int, openids: Sequence[str]) -> list[Answer]:
    """As `user_info`, for at most 100 fans at once. Raises TooManyAtOnce."""
    check_list(USER_INFOS, len(openids))
    wanted = [{"openid": openid, "lang": "zh_CN"} for openid in openids]
    answer = call(account_id, USER_INFOS, body={"user_list": wanted})
    return [info for info in given(answer, "user_info_list", list) if isinstance(info, dict)]


def follower_pages(account_id: int, after: str = "") -> Iterator[list[str]]:
    """All followers' openids, up to 10,000 a page; `after` goes on behind one of them."""
    return _pages(account_id, FOLLOWERS, after)


def fans_of_tag(account_id: int, tag_id: int) -> Iterator[list[str]]:
    """The openids that carry a tag of WeChat's, page by page."""
    return _pages(account_id, FANS_OF_TAG, "", tagid=tag_id)


def _pages(account_id: int, endpoint: Endpoint, after: str, **asked: Any) -> Iterator[list[str]]:
    while True:
        page, following = _page(account_id, endpoint, after, asked)
        if page:
            yield page
        if not page or not following or following == after:
            return
        after = following


def _page(
    account_id: int, endpoint: Endpoint, after: str, asked: dict[str, Any]
) -> tuple[list[str], str]:
    """The last page is empty, or names nobody to go on behind."""
    where = {**asked, "next_openid": after}
    if endpoint.method == "GET":
        answer = call(account_id, endpoint, query=where)
    else:
        answer = call(account_id, endpoint, body=where)
    if answer.get("count") == 0:
        return [], ""
    openids = given(given(answer, "data", dict), "openid", list)
    return [str(openid) for openid in openids], str(answer.get("next_openid") or "")


def remark(account_id: int, openid: str, words: str) -> None:
    """What the account's staff call her inside WeChat; under 30 characters."""
    call(account_id, REMARK, body={"openid": openid, "remark": words})


def tags(account_id: int) -> list[WechatTag]:
    """All tags of the account, WeChat's own (star, blocked) among them."""
    return [_tag(each) for each in given(call(account_id, TAGS), "tags", list)]


def _tag(kept: Any) -> WechatTag:
    if not isinstance(kept, dict):
        raise NoAnswer("a tag is not an object")
    count = kept.get("count", 0)
    return WechatTag(given(kept, "id", int), given(kept, "name", str), int(count))


def create_tag(account_id: int, name: str) -> WechatTag:
    """A new tag; WeChatError 45056 when there are 100, 45157 when the name is taken."""
    answer = call(account_id, CREATE_TAG, body={"tag": {"name": name}})
    return _tag(given(answer, "tag", dict))


def rename_tag(account_id: int, tag_id: int, name: str) -> None:
    """At most 30 bytes (45158)."""
    call(account_id, RENAME_TAG, body={"tag": {"id": tag_id, "name": name}})


def delete_tag(account_id: int, tag_id: int) -> None:
    """Gone from all who carry it; over 100,000 of them WeChat refuses (45057)."""
    call(account_id, DELETE_TAG, body={"tag": {"id": tag_id}})


def tag_fans(account_id: int, tag_id: int, openids: Sequence[str]) -> None:
    """Put a tag on at most 50 fans at once. Raises TooManyAtOnce."""
    check_list(TAG_FANS, len(openids))
    call(account_id, TAG_FANS, body={"openid_list": list(openids), "tagid": tag_id})


def untag_fans(account_id: int, tag_id: int, openids: Sequence[str]) -> None:
    """Take a tag off at most 50 fans at once. Raises TooManyAtOnce."""
    check_list(UNTAG_FANS, len(openids))
    call(account_id, UNTAG_FANS, body={"openid_list": list(openids), "tagid": tag_id})


def tags_of_fan(account_id: int, openid: str) -> list[int]:
    """The tags she carries, the one put on last standing last."""
    answer = call(account_id, TAGS_OF_FAN, body={"openid": openid})
    return [int(tag_id) for tag_id in given(answer, "tagid_list", list)]
