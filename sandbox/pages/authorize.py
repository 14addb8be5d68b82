"""/connect/oauth2/authorize: WeChat's browser sends a person back to a web page with a code."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox import accounts, acts, people
from sandbox.accounts import SERVICE, Account
from sandbox.api.web_login import BASE, USERINFO
from sandbox.box import the_box
from sandbox.pages.blueprint import bp

WHO = "sandbox_person"  # the cookie of the phone that was opened last in this browser


@bp.get("/connect/oauth2/authorize")
def authorize() -> AnyResponse:
    """Whoever's phone this browser shows, or `person=`; with `snapshot=1` a snapshot visitor."""
    box, asked = the_box(), request.args
    account = accounts.find(box.store, asked.get("appid", ""))
    if account is None or account.kind != SERVICE:
        return _refused("Oops! Something went wrong:( 10013")
    target, scope = asked.get("redirect_uri", ""), asked.get("scope", "")
    if not _is_own(account, target):
        return _refused("redirect_uri 域名与后台配置不一致，错误码:10003")
    if scope not in (BASE, USERINFO):
        return _refused("Scope 参数错误或没有 Scope 权限，错误码:10005")
    person = people.find(box.store, asked.get("person") or request.cookies.get(WHO, ""))
    if person is None:
        return _refused("请在微信客户端打开链接：先打开 /phone/<person_id>，或加上 person=")
    detail = f"{scope} snapshot" if asked.get("snapshot") else scope
    code = acts.grant(box, account, person, "web", detail=detail)
    return redirect(_with_code(target, code, asked.get("state", "")))


def _is_own(account: Account, target: str) -> bool:
    parts = urlsplit(target)
    is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    return is_web and account.web_host in ("", parts.hostname)


def _refused(text: str) -> Response:
    return Response(text, 400, mimetype="text/plain")


def _with_code(target: str, code: str, state: str) -> str:
    parts = urlsplit(target)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("code", code), ("state", state)]
    return urlunsplit(parts._replace(query=urlencode(query)))
