"""The sandbox's admin API, as the demo uses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from demo.web import Browser


@dataclass(frozen=True)
class Person:
    """A synthetic person with a WeChat."""

    id: str
    key: str
    openids: dict[str, str]


class Box:
    """WeChat's side of the story."""

    def __init__(self, url: str) -> None:
        self.api = Browser(url)

    def open_account(self, appid: str, **given: str) -> None:
        """Tell WeChat about an account of ours."""
        self._do("PUT", f"/accounts/{appid}", given)

    def people(self, wanted: list[dict[str, str]]) -> list[Person]:
        """People with these keys and phones."""
        found = self._do("POST", "/people/bulk", {"people": wanted})["people"]
        return [
            Person(str(row["person_id"]), given["key"], row["openids"])
            for given, row in zip(wanted, found, strict=True)
        ]

    def scan(self, person: Person, appid: str, scene: str) -> int:
        """She scans a store's code; answers when WeChat accepted it, epoch milliseconds."""
        body = {"appid": appid, "scene": scene, "follow": True}
        return int(self._do("POST", f"/people/{person.id}/scan", body)["accepted_ms"])

    def unfollow(self, person: Person, appid: str) -> None:
        """She leaves the account."""
        self._do("POST", f"/people/{person.id}/unfollow", {"appid": appid})

    def login_code(self, person: Person, appid: str) -> str:
        """wx.login."""
        return str(self._do("POST", f"/people/{person.id}/login", {"appid": appid})["code"])

    def phone_code(self, person: Person, appid: str, *, allow: bool) -> str | None:
        """getPhoneNumber; None when she says no."""
        body = {"appid": appid, "allow": allow}
        answer = self._do("POST", f"/people/{person.id}/phone", body)
        code = answer.get("code")
        return None if code is None else str(code)

    def sums(self, since_ms: int) -> dict[str, Any]:
        """What passed, from the log."""
        return dict(self._do("GET", f"/sums?since_ms={since_ms}"))

    def now_ms(self) -> int:
        """The sandbox's clock."""
        return int(self._do("GET", "/clock")["now_ms"])

    def tell_story(self, **story: Any) -> None:
        """What the story page plays with."""
        self._do("PUT", "/story", story)

    def hold_key(self, public_id: str, secret: str) -> None:
        """The till page works with this key; the sandbox keeps it in its memory alone."""
        self.api.json("POST", "/sandbox/till/key", {"key": public_id, "secret": secret})

    def _do(self, method: str, path: str, body: Any = None) -> Any:
        return self.api.json(method, f"/sandbox/api{path}", body)
