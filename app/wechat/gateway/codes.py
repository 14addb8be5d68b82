"""QR codes, mini-program codes, links, and the files that messages show."""

from __future__ import annotations

from typing import Any

from app.wechat import http
from app.wechat.calling import call, given, picture
from app.wechat.endpoints import (
    CREATE_QR_CODE,
    MINI_PROGRAM_CODE,
    QR_CODE_PICTURE,
    UPLOAD_MEDIA,
    URL_LINK,
)
from app.wechat.http import File

LONGEST_TEMPORARY_SECONDS = 2_592_000
LONGEST_LINK_DAYS = 30


def create_qr_code(account_id: int, scene: str, *, permanent: bool) -> tuple[str, str]:
    """Ticket and address of the code of a scene; a temporary one lives 30 days."""
    body: dict[str, Any] = {"action_info": {"scene": {"scene_str": scene}}}
    if permanent:
        body |= {"action_name": "QR_LIMIT_STR_SCENE"}
    else:
        body |= {"action_name": "QR_STR_SCENE", "expire_seconds": LONGEST_TEMPORARY_SECONDS}
    answer = call(account_id, CREATE_QR_CODE, body=body)
    return given(answer, "ticket", str), given(answer, "url", str)


def qr_code_picture(ticket: str) -> bytes:
    """The picture of a ticket's code; anyone who has the ticket may fetch it."""
    return http.download(QR_CODE_PICTURE, query={"ticket": ticket})


def mini_program_code(account_id: int, scene: str, page: str) -> bytes:
    """The picture of a code that opens a released page; the scene has at most 32 characters."""
    return picture(account_id, MINI_PROGRAM_CODE, body={"scene": scene, "page": page})


def url_link(account_id: int, path: str, query: str = "") -> str:
    """An address that opens the mini-program from SMS or a browser, for 30 days."""
    body = {
        "path": path,
        "query": query,
        "expire_type": 1,
        "expire_interval": LONGEST_LINK_DAYS,
    }
    return given(call(account_id, URL_LINK, body=body), "url_link", str)


def upload_picture(account_id: int, name: str, content: bytes, content_type: str) -> str:
    """Lend WeChat a picture for three days; answers its media_id."""
    file = File(name, content, content_type)
    answer = call(account_id, UPLOAD_MEDIA, query={"type": "image"}, body=file)
    return given(answer, "media_id", str)
