"""Business errors, and the one shape in which callers see them (RFC 9457)."""

from __future__ import annotations

from typing import Any


class AppError(Exception):
    """An expected refusal. `title` is shown to the person: what happened and what to do."""

    status = 400
    code = "bad_request"
    title = "这个请求做不了，刷新后再试"

    def __init__(self, detail: str | None = None, **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.extra = extra

    def problem(self) -> dict[str, Any]:
        """The body of `application/problem+json`."""
        body: dict[str, Any] = {
            "type": f"/problems/{self.code}",
            "title": self.title,
            "status": self.status,
        }
        return body | ({"detail": self.detail} if self.detail else {}) | self.extra


class BadInput(AppError):
    """The payload itself is wrong; `fields` says where."""

    status, code, title = 422, "bad_input", "填写的内容有误，改好后再交"


class NotSignedIn(AppError):
    status, code, title = 401, "not_signed_in", "登录已过期，重新登录后继续"


class Forbidden(AppError):
    status, code, title = 403, "forbidden", "你的角色不能做这件事"


class NotFound(AppError):
    status, code, title = 404, "not_found", "没有这一条，或不在你的范围内"


class Conflict(AppError):
    status, code, title = 409, "conflict", "现在的状态不允许这样做，刷新后再看"


class TooMany(AppError):
    status, code, title = 429, "too_many", "试得太多了，过几分钟再来"


class Unavailable(AppError):
    status, code, title = 503, "unavailable", "暂时连不上，稍后再试，已做的不会丢"
