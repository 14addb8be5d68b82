"""Her own member card, asked over the mini-program's API as her phone asks it."""

from typing import Any

import urllib3

from sandbox import accounts, acts, people
from sandbox.box import Box
from sandbox.story import config, facts, run
from sandbox.story.run import Run

http = urllib3.PoolManager(maxsize=2, retries=False, timeout=urllib3.Timeout(total=8))
_tokens: dict[str, str] = {}  # person_id → session; lost with the process, made again
SAMPLE = "sample"


class NoAnswer(Exception):
    """The card's API did not answer as it should; another look will tell."""


def remember(box: Box, asked: dict[str, Any], session: dict[str, Any]) -> None:
    """Her phone has just signed in: what is asked for her later uses the same session."""
    person_id = box.store.value("SELECT person_id FROM grants WHERE code = ?", asked.get("code"))
    if person_id and session.get("token"):
        _tokens[person_id] = str(session["token"])


def look(box: Box) -> None:
    """After she gave her phone: mark when her card holds benefits, and when a sample is used."""
    telling = run.current(box)
    if telling is None or facts.of_run(box, telling).phone_ms is None:
        return
    if "benefits" not in telling.marks:
        held = _coupons(box, telling, "usable")
        if held:
            run.mark(box, telling, "benefits", "、".join(_name(item) for item in held))
    elif "sample" not in telling.marks and _has_sample(_coupons(box, telling, "used")):
        run.mark(box, telling, "sample")


def _name(item: dict[str, Any]) -> str:
    return str(item["face"] or item["title"])


def _has_sample(items: list[dict[str, Any]]) -> bool:
    return any(item["kind"] == SAMPLE for item in items)


def _coupons(box: Box, telling: Run, state: str) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {_token(box, telling)}"}
    answer = _ask(box, "GET", f"/api/v1/coupons?state={state}", headers=headers)
    if answer.status == 401:
        _tokens.pop(telling.person_id, None)
    if answer.status != 200:
        raise NoAnswer(answer.status)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def _ask(box: Box, method: str, path: str, **given: Any) -> urllib3.BaseHTTPResponse:
    try:
        return http.request(method, box.settings.app_url + path, **given)
    except urllib3.exceptions.HTTPError as error:
        raise NoAnswer(path) from error


def _token(box: Box, telling: Run) -> str:
    if telling.person_id not in _tokens:
        _tokens[telling.person_id] = _sign_in(box, telling)
    return _tokens[telling.person_id]


def _sign_in(box: Box, telling: Run) -> str:
    appid = config.read(box.store)["mini_appid"]
    account, person = accounts.find(box.store, appid), people.find(box.store, telling.person_id)
    if account is None or person is None:
        raise NoAnswer(appid)
    code = acts.grant(box, account.appid, person, "login")
    answer = _ask(box, "POST", "/api/v1/session", json={"appid": appid, "code": code})
    return str(answer.json()["token"])
