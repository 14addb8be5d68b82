"""A shopper's mini-program: WeChat's login code, then her phone code, then the card."""

from __future__ import annotations

from typing import Any

from app.core import codes
from demo.box import Box, Person
from demo.web import Browser, Refused


class CardPhone:
    """Speaks the card's API as the mini-program does."""

    def __init__(self, web: str, box: Box, appid: str) -> None:
        self.api, self.box, self.appid = Browser(web), box, appid

    def join(self, person: Person, *, allow: bool, marketing: bool) -> bool:
        """Open the card and allow the phone; False when she says no to WeChat's question."""
        session = self.api.json(
            "POST",
            "/api/v1/session",
            {"appid": self.appid, "code": self.box.login_code(person, self.appid)},
        )
        bearer = {"Authorization": f"Bearer {session['token']}"}
        offer = self.api.json("GET", "/api/v1/welcome", **bearer)
        code = self.box.phone_code(person, self.appid, allow=allow)
        if code is None:
            return False
        wish = {
            "phone_code": code,
            "agreed": True,
            "marketing": marketing,
            "agreement": offer["agreement"]["version"],
        }
        return self._join_once(wish, bearer)

    def _join_once(self, wish: dict[str, Any], bearer: dict[str, str]) -> bool:
        """The same key on a retry, so that a lost answer costs no second phone code."""
        key = {"Idempotency-Key": codes.code(16)}
        try:
            self.api.json("POST", "/api/v1/join", wish, **bearer, **key)
        except Refused as refusal:
            if refusal.status < 500:
                raise
            self.api.json("POST", "/api/v1/join", wish, **bearer, **key)
        return True
