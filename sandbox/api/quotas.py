"""/cgi-bin/clear_quota, /cgi-bin/openapi/quota/get and rid/get: the account's own accounting."""

from typing import Any

from sandbox import journal, quotas
from sandbox.api.blueprint import bp
from sandbox.api.calls import body, caller, known_account
from sandbox.api.errors import WeChatRefusal
from sandbox.api.tags import OK
from sandbox.box import the_box

KEPT_MS = 7 * 24 * 3_600_000  # a rid can be asked about for a week


@bp.post("/cgi-bin/clear_quota")
def clear_quota() -> dict[str, Any]:
    """Clear by token; the appid must be the token's own."""
    account = caller()
    if body().get("appid") != account.appid:
        raise WeChatRefusal(40013)
    return _clear(account.appid)


@bp.post("/cgi-bin/clear_quota/v2")
def clear_quota_by_secret() -> dict[str, Any]:
    """Clear without a token, for when the token's own quota is gone."""
    asked = body()
    return _clear(known_account(asked.get("appid"), asked.get("appsecret")).appid)


def _clear(appid: str) -> dict[str, Any]:
    box = the_box()
    quotas.clear(box.store, appid, box.clock.now_ms())
    return OK


@bp.post("/cgi-bin/openapi/quota/get")
def get_quota() -> dict[str, Any]:
    """Today's figures of one API; WeChat's own err by about one per cent, these do not."""
    account = caller()
    path = str(body().get("cgi_path") or "")
    if not path.startswith("/"):
        raise WeChatRefusal(76021)
    box = the_box()
    quota = quotas.of(box.store, account.appid, path)
    used = quotas.used_today(box.store, account.appid, path, box.clock.now_ms())
    figures = {"daily_limit": quota.daily, "used": used, "remain": max(0, quota.daily - used)}
    rate = {"call_count": quota.minute, "refresh_second": 60} if quota.minute else {}
    return {**OK, "quota": figures, **({"rate_limit": rate} if rate else {})}


@bp.post("/cgi-bin/openapi/rid/get")
def get_rid() -> dict[str, Any]:
    """The call behind a rid of this account; bodies and tokens are not kept here."""
    account = caller()
    box = the_box()
    found = journal.of_rid(box.store, str(body().get("rid") or ""))
    if found is None or found["appid"] != account.appid:
        raise WeChatRefusal(76003)
    if found["at_ms"] < box.clock.now_ms() - KEPT_MS:
        raise WeChatRefusal(76003)
    request = {
        "invoke_time": found["at_ms"] // 1000,
        "cost_in_ms": round(found["ms"]),
        "request_url": found["path"],
        "request_body": "",
        "response_body": f'{{"errcode":{found["errcode"]}}}',
        "client_ip": "127.0.0.1",
    }
    return {**OK, "request": request}
