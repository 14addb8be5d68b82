"""/cgi-bin/tags/*: an account's tags, 100 of them, 20 on a fan, 50 fans a call."""

import sqlite3
from typing import Any

from sandbox import people
from sandbox.accounts import Account
from sandbox.api.blueprint import bp
from sandbox.api.calls import body, fan_of, followers_of, openid_list, service_caller
from sandbox.api.errors import WeChatRefusal
from sandbox.api.users import page, place_of
from sandbox.box import the_box
from sandbox.limits import limit

SYSTEM_TAGS = (0, 1, 2)
STARRED = {"id": 2, "name": "星标组", "count": 0}  # every account has it from the start
FIRST_TAG_ID = 100
NAME_BYTES = 30
OK = {"errcode": 0, "errmsg": "ok"}

MEMBERS = "SELECT count(*) FROM tag_members WHERE appid = ? AND tag_id = ?"
LISTED = """
SELECT tag_id AS id, name, (SELECT count(*) FROM tag_members m
  WHERE m.appid = tags.appid AND m.tag_id = tags.tag_id) AS count
FROM tags WHERE appid = ? ORDER BY tag_id"""
FANS = """
SELECT openid FROM tag_members JOIN fans USING (openid, appid)
WHERE appid = ? AND tag_id = ? AND fans.rowid > ? ORDER BY fans.rowid LIMIT ?"""


def _tag_of(asked: dict[str, Any]) -> dict[str, Any]:
    tag = asked.get("tag")
    if not isinstance(tag, dict):
        raise WeChatRefusal(47001)
    return tag


def _check_name(connection: sqlite3.Connection, appid: str, name: Any) -> str:
    if not isinstance(name, str) or not name.strip():
        raise WeChatRefusal(45157)
    if len(name.encode()) > NAME_BYTES:
        raise WeChatRefusal(45158)
    taken = "SELECT 1 FROM tags WHERE appid = ? AND name = ?"
    if name == STARRED["name"] or connection.execute(taken, (appid, name)).fetchone():
        raise WeChatRefusal(45157)
    return name


def check_tag(connection: sqlite3.Connection, appid: str, tag_id: Any) -> int:
    """An id of this account's own tags; 45159 for any other."""
    known = "SELECT tag_id FROM tags WHERE appid = ? AND tag_id = ?"
    found = connection.execute(known, (appid, tag_id)).fetchone() if _is_id(tag_id) else None
    if found is None:
        raise WeChatRefusal(45159)
    return int(found[0])


def _is_id(tag_id: Any) -> bool:
    return isinstance(tag_id, int) and not isinstance(tag_id, bool)


def _own_tag(connection: sqlite3.Connection, appid: str, tag_id: Any) -> int:
    if tag_id in SYSTEM_TAGS and _is_id(tag_id):
        raise WeChatRefusal(45058)
    return check_tag(connection, appid, tag_id)


@bp.post("/cgi-bin/tags/create")
def create_tag() -> dict[str, Any]:
    """A new tag with a name of its own."""
    appid = service_caller().appid
    name = _tag_of(body()).get("name")
    store = the_box().store
    allowed = limit(store, "tags")
    with store.writing() as connection:
        name = _check_name(connection, appid, name)
        count, highest = connection.execute(
            "SELECT count(*), coalesce(max(tag_id), ?) FROM tags WHERE appid = ?",
            (FIRST_TAG_ID - 1, appid),
        ).fetchone()
        if count >= allowed:
            raise WeChatRefusal(45056)
        connection.execute("INSERT INTO tags VALUES (?, ?, ?)", (appid, highest + 1, name))
    return {"tag": {"id": highest + 1, "name": name}}


@bp.get("/cgi-bin/tags/get")
def list_tags() -> dict[str, Any]:
    """All tags with how many followers carry each."""
    rows = the_box().store.rows(LISTED, service_caller().appid)
    return {"tags": [STARRED, *(dict(row) for row in rows)]}


@bp.post("/cgi-bin/tags/update")
def rename_tag() -> dict[str, Any]:
    """A new name for a tag; its own old name is no clash."""
    appid = service_caller().appid
    tag = _tag_of(body())
    with the_box().store.writing() as connection:
        tag_id = _own_tag(connection, appid, tag.get("id"))
        kept = connection.execute(
            "SELECT name FROM tags WHERE appid = ? AND tag_id = ?", (appid, tag_id)
        ).fetchone()[0]
        if tag.get("name") != kept:
            name = _check_name(connection, appid, tag.get("name"))
            change = "UPDATE tags SET name = ? WHERE appid = ? AND tag_id = ?"
            connection.execute(change, (name, appid, tag_id))
    return OK


@bp.post("/cgi-bin/tags/delete")
def delete_tag() -> dict[str, Any]:
    """A tag goes and leaves its fans; one with too many fans must be emptied first."""
    appid = service_caller().appid
    tag = _tag_of(body())
    store = the_box().store
    most = limit(store, "fans_of_a_deletable_tag")
    with store.writing() as connection:
        key = (appid, _own_tag(connection, appid, tag.get("id")))
        if connection.execute(MEMBERS, key).fetchone()[0] > most:
            raise WeChatRefusal(45057)
        connection.execute("DELETE FROM tag_members WHERE appid = ? AND tag_id = ?", key)
        connection.execute("DELETE FROM tags WHERE appid = ? AND tag_id = ?", key)
    return OK


def _asked_members(account: Account) -> tuple[list[str], Any]:
    asked = body()
    openids = openid_list(asked.get("openid_list"), "openids_per_tagging")
    return followers_of(account, openids), asked.get("tagid")


@bp.post("/cgi-bin/tags/members/batchtagging")
def tag_fans() -> dict[str, Any]:
    """Put a tag on up to 50 followers: all of them, or none when one may not carry it."""
    account = service_caller()
    openids, asked_tag = _asked_members(account)
    store = the_box().store
    most = limit(store, "tags_per_fan")
    carried = "SELECT count(*) FROM tag_members WHERE openid = ? AND tag_id <> ?"
    with store.writing() as connection:
        tag_id = check_tag(connection, account.appid, asked_tag)
        for openid in openids:
            if connection.execute(carried, (openid, tag_id)).fetchone()[0] >= most:
                raise WeChatRefusal(45059)
        put = "INSERT OR IGNORE INTO tag_members VALUES (?, ?, ?)"
        connection.executemany(put, [(account.appid, tag_id, openid) for openid in openids])
    return OK


@bp.post("/cgi-bin/tags/members/batchuntagging")
def untag_fans() -> dict[str, Any]:
    """Take a tag off up to 50 followers; who does not carry it is no error."""
    account = service_caller()
    openids, asked_tag = _asked_members(account)
    with the_box().store.writing() as connection:
        tag_id = check_tag(connection, account.appid, asked_tag)
        connection.executemany(
            "DELETE FROM tag_members WHERE tag_id = ? AND openid = ?",
            [(tag_id, openid) for openid in openids],
        )
    return OK


@bp.post("/cgi-bin/tags/getidlist")
def tags_of_fan() -> dict[str, Any]:
    """The tags of one fan."""
    fan = fan_of(service_caller(), body().get("openid"), foreign=49003)
    return {"tagid_list": people.tags_of(the_box().store, fan.openid)}


@bp.post("/cgi-bin/user/tag/get")
def fans_of_tag() -> dict[str, Any]:
    """A page of the followers who carry a tag."""
    account = service_caller()
    asked = body()
    box = the_box()
    tag_id = check_tag(box.store.reader(), account.appid, asked.get("tagid"))
    after = place_of(box, account, asked.get("next_openid"))
    most = limit(box.store, "openids_per_page")
    rows = box.store.rows(FANS, account.appid, tag_id, after, most)
    return page([row["openid"] for row in rows])
