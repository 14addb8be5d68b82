"""/connect/oauth2/authorize: WeChat's or WeCom's browser sends a person back to a web page with a
code."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox import accounts, acts, corps, people
from sandbox.accounts import SERVICE
from sandbox.api.web_login import BASE, USERINFO
from sandbox.box import the_box
from sandbox.pages.blueprint import bp

WHO = "sandbox_person"  # the cookie of the phone that was opened last in this browser


@dataclass(frozen=True)
class Asker:
    """Whose page asks: a service account, or a corp by one of its apps."""

    appid: str
    kind: str
    web_host: str


@bp.get("/connect/oauth2/authorize")
def authorize() -> AnyResponse:
    """Whoever's phone this browser shows, or `person=`; with `snapshot=1` a snapshot visitor."""
    box, asked = the_box(), request.args
    asker = _asker(asked.get("appid", ""))
    if asker is None:
        return _refused("Oops! Something went wrong:( 10013")
    target, scope = asked.get("redirect_uri", ""), asked.get("scope", "")
    if not _is_own(asker, target):
        return _refused("redirect_uri 域名与后台配置不一致，错误码:10003")
    if scope not in (BASE, USERINFO):
        return _refused("Scope 参数错误或没有 Scope 权限，错误码:10005")
    person = people.find(box.store, asked.get("person") or request.cookies.get(WHO, ""))
    if person is None:
        return _refused("请在微信客户端打开链接：先打开 /phone/<person_id>，或加上 person=")
    detail = f"{scope} snapshot" if asked.get("snapshot") else scope
    code = acts.grant(box, asker.appid, person, asker.kind, detail=detail)
    return redirect(_with_code(target, code, asked.get("state", "")))


def _asker(appid: str) -> Asker | None:
    store = the_box().store
    account, corp = accounts.find(store, appid), corps.find(store, appid)
    if account is not None and account.kind == SERVICE:
        return Asker(appid, "web", account.web_host)
    return Asker(appid, "corp", corp.web_host) if corp is not None else None


def _is_own(asker: Asker, target: str) -> bool:
    parts = urlsplit(target)
    is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    return is_web and asker.web_host in ("", parts.hostname)


def _refused(text: str) -> Response:
    return Response(text, 400, mimetype="text/plain")


def _with_code(target: str, code: str, state: str) -> str:
    parts = urlsplit(target)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("code", code), ("state", state)]
    return urlunsplit(parts._replace(query=urlencode(query)))
