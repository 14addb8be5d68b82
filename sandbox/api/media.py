"""/cgi-bin/media/*: temporary files, kept for three days."""

import secrets
import sqlite3
from typing import Any

from flask import Response, request

from sandbox.accounts import Account
from sandbox.api.blueprint import bp
from sandbox.api.calls import caller
from sandbox.api.errors import WeChatRefusal
from sandbox.box import the_box
from sandbox.rules import DAY_MS

MEGABYTE = 1024 * 1024
MOST_BYTES = {
    "image": 10 * MEGABYTE, "voice": 2 * MEGABYTE, "video": 10 * MEGABYTE, "thumb": 64 * 1024,
}  # fmt: skip
ENDINGS = {
    "image": ("bmp", "png", "jpeg", "jpg", "gif"),
    "voice": ("amr", "mp3"),
    "video": ("mp4",),
    "thumb": ("jpg", "jpeg"),
}
KEPT_MS = 3 * DAY_MS
ALIVE = "SELECT * FROM media WHERE media_id = ? AND appid = ? AND at_ms > ?"


@bp.post("/cgi-bin/media/upload")
def upload() -> dict[str, Any]:
    """Keep a file; the answer names it."""
    account = caller()
    kind = request.args.get("type", "")
    if kind not in MOST_BYTES:
        raise WeChatRefusal(40004)
    filename, data = _file(kind)
    media_id = secrets.token_urlsafe(48)
    box = the_box()
    at_ms = box.clock.now_ms()
    keep = "INSERT INTO media VALUES (?, ?, ?, ?, ?, ?)"
    box.store.write(keep, media_id, account.appid, kind, filename, data, at_ms)
    name = "thumb_media_id" if kind == "thumb" else "media_id"
    return {"type": kind, name: media_id, "created_at": at_ms // 1000}


def _file(kind: str) -> tuple[str, bytes]:
    given = request.files.get("media")
    data = given.read() if given else b""
    if given is None or not data:
        raise WeChatRefusal(41005)
    if (given.filename or "").rpartition(".")[2].lower() not in ENDINGS[kind]:
        raise WeChatRefusal(40005)
    if len(data) > MOST_BYTES[kind]:
        raise WeChatRefusal(45001)
    return given.filename or "", data


def check_media(account: Account, media_id: Any) -> sqlite3.Row:
    """The account's own file of the last three days; 40007 for any other."""
    box = the_box()
    since_ms = box.clock.now_ms() - KEPT_MS
    row = box.store.row(ALIVE, str(media_id or ""), account.appid, since_ms)
    if row is None:
        raise WeChatRefusal(40007)
    return row


@bp.get("/cgi-bin/media/get")
def download() -> Response | dict[str, Any]:
    """The bytes, but of a video its address; an error is JSON, at HTTP 200 all the same."""
    account = caller()
    media_id = request.args.get("media_id", "")
    if not media_id:
        raise WeChatRefusal(41006)
    row = check_media(account, media_id)
    if row["kind"] == "video":
        return {"video_url": f"http://mmbiz.example/{media_id}.mp4"}
    ending = row["filename"].rpartition(".")[2].lower()
    mimetype = f"image/{ending.replace('jpg', 'jpeg')}" if row["kind"] != "voice" else "audio/amr"
    answer = Response(row["data"], mimetype=mimetype)
    answer.headers["Content-disposition"] = f'attachment; filename="{media_id[:16]}.{ending}"'
    return answer


@bp.post("/cgi-bin/media/uploadimg")
def upload_for_article() -> dict[str, Any]:
    """A picture for an article's body: an address, not an id."""
    caller()
    _file("image")
    return {"url": f"http://mmbiz.qpic.cn/mmbiz/{secrets.token_urlsafe(24)}/0"}
