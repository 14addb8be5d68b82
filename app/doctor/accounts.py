"""One account: its keys, its token, and the way in that WeChat's callbacks take."""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
import time
from datetime import timedelta

from sqlalchemy import or_, select

from app.brands.models import CallbackMode
from app.core import clock, db, inbox
from app.core.crypto import CannotOpen
from app.core.db import session
from app.core.inbox import InboxMessage, InboxState
from app.doctor import web
from app.doctor.patient import Account, Patient
from app.doctor.steps import Fault
from app.wechat import knock
from app.wechat.knock import Knocker
from app.wechat.models import AccessToken, ApiHealth

STORED_WITHIN, DONE_WITHIN = 2.0, 6.0  # seconds
LOOK_EVERY = 0.05
RECENT, DAY = timedelta(minutes=2), timedelta(days=1)
_ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f:]*::[0-9a-f:]+")
REFUSED_TOKENS = {
    40001: ("AppSecret 不对", "在微信后台重置 AppSecret，存进回客；别处还在用它的也要换"),
    40125: ("AppSecret 不对", "在微信后台重置 AppSecret，存进回客；别处还在用它的也要换"),
    40013: ("微信不认识这个 AppID", "对照微信后台的开发者 ID，改这个账号的 AppID"),
    41004: ("AppSecret 是空的", "把 AppSecret 存进回客"),
    45009: ("今天取令牌的次数用完了", "有别的程序在反复取令牌：找出来停掉，明天零点恢复"),
    89503: ("这台机器的 IP 在等管理员确认", "请公众号管理员在微信里点确认"),
    89506: ("管理员 24 小时内拒绝过这个 IP", "请管理员把它加进 IP 白名单"),
    89507: ("管理员 1 小时内拒绝过这个 IP", "请管理员把它加进 IP 白名单"),
}
NOT_WHITELISTED = (40164, 61004)


def keys(patient: Patient, account_id: int) -> str:
    """Its secrets can be opened and have the right form."""
    try:
        account = patient.account(account_id)
    except CannotOpen:
        raise Fault(
            "密钥打不开：DATA_KEYS 里没有当初封它的钥匙", "把旧钥匙加回 DATA_KEYS，新的放最前"
        ) from None
    try:
        is_key = len(base64.b64decode(account.aes_key + "=")) == 32
    except binascii.Error:
        is_key = False
    if not is_key or len(account.aes_key) != 43:
        raise Fault("EncodingAESKey 不是 43 位", "从微信后台的服务器配置里重新复制，存进回客")
    return f"{account.appid}，密钥齐全"


def token(patient: Patient, account_id: int) -> str:
    """WeChat gives this server a token for the account's secret.

    Asked of WeChat itself, past the token kept: a secret that was changed shows at once. The
    stable token answered is the one in use, so asking harms nobody.
    """
    account = patient.account(account_id)
    asked = {"grant_type": "client_credential", "appid": account.appid, "secret": account.secret}
    try:
        answer = web.ask(
            "POST",
            f"{patient.settings.wechat_api_base_url}/cgi-bin/stable_token",
            body=json.dumps(asked).encode(),
            headers={"Content-Type": "application/json"},
        ).json()
    except web.Unreachable as error:
        raise Fault(f"微信没有答复：{error.reason}", "过一分钟再查一次") from None
    if answer.get("errcode"):
        raise _refused(answer)
    if "access_token" not in answer:
        raise Fault("微信的答复里没有令牌", "看 WECHAT_API_BASE_URL 是否对，中间有没有代理改了答复")
    return f"取到令牌，还有 {answer.get('expires_in', 0)} 秒"


def _refused(answer: dict[str, object]) -> Fault:
    errcode, message = answer["errcode"], str(answer.get("errmsg", ""))
    if errcode in NOT_WHITELISTED:
        found = _ADDRESS.search(message)
        whose = f" {found.group()}" if found else "这台机器的出口 IP"
        return Fault(
            f"IP{whose if found else ''} 不在微信的白名单里（{errcode}）",
            f"微信后台 → 设置与开发 → 基本配置 → IP 白名单，加上{whose}",
        )
    known = isinstance(errcode, int) and REFUSED_TOKENS.get(errcode)
    what, fix = known or ("微信不给令牌", "按错误码查微信文档；是 -1 就过一分钟再查")
    return Fault(f"{what}（{errcode}）", fix)


def shared(_: Patient, account_id: int) -> str:
    """Nobody else replaces the token under our hands."""
    with db.system_transaction():
        row = session.get(AccessToken, account_id)
        at = row.foreign_refresh_at if row else None
    if at is not None and clock.now() - at < DAY:
        raise Fault(
            f"24 小时内有别的程序强制换过令牌（{clock.local(at):%m-%d %H:%M}）",
            "测试环境或另一套系统也在用这个账号：停掉它，或给它换一个测试号",
        )
    return "令牌只有回客在换"


def apis(_: Patient, account_id: int) -> str:
    """None of its APIs is resting after silence, or paused by WeChat."""
    now = clock.now()
    is_resting = or_(ApiHealth.open_until > now, ApiHealth.paused_until > now)
    resting = select(ApiHealth.api, ApiHealth.errcode).where(is_resting)
    with db.system_transaction():
        found = session.execute(resting.where(ApiHealth.account_id == account_id)).all()
    if found:
        names = "、".join(f"{row.api}（{row.errcode or '没有答复'}）" for row in found)
        raise Fault(
            f"{len(found)} 个接口在歇着：{names}",
            "到点会自己再试；45009 是今天的次数用完，明天零点恢复，别的码查微信文档",
        )
    return "都能用"


def mode(patient: Patient, account_id: int) -> str:
    """Callbacks are sealed: a plain one proves nothing about its body."""
    found = patient.account(account_id).mode
    if found == CallbackMode.PLAIN:
        raise Fault(
            "推送用明文模式：谁知道地址，就能改推送的内容",
            "微信后台 → 服务器配置选安全模式，再把这个账号改成 safe",
        )
    return "安全模式" if found == CallbackMode.SAFE else "兼容模式，可以改成安全模式"


def echo(patient: Patient, account_id: int) -> str:
    """The callback's address answers as WeChat's console wants it when it is saved."""
    account, mark = patient.account(account_id), secrets.token_hex(8)
    query = knock.echo_query(_knocker(account), mark)
    answer = _at_callback(patient, account, "GET", query)
    if answer.status == 200 and answer.body == mark.encode():
        return "回调地址答得对"
    if answer.status == 404:
        raise Fault("回调地址上没有这个账号", "web 进程连的是另一个数据库：对照它的 DATABASE_URL")
    if answer.status == 403:
        raise Fault(
            "回调地址不认我们的签名",
            "web 进程的 DATA_KEYS、时钟或缓存与这里不同：重启 web，再查一次",
        )
    raise Fault(
        f"回调地址答得不对（HTTP {answer.status}）",
        "反向代理要原样转交 /wechat/ 下的 GET 和 POST，连同查询参数",
    )


def callback(patient: Patient, account_id: int) -> str:
    """A signed and sealed callback of our own is taken in, and lies in this database."""
    account, mark = patient.account(account_id), secrets.token_hex(8)
    _knock(patient, account, mark)
    if _row(account.id, mark, STORED_WITHIN) is None:
        raise Fault(
            "推送被应了 success，却不在这个数据库里",
            "web 进程连的是另一个数据库：对照它的 DATABASE_URL",
        )
    return "签名、解密、入库都对"


def worked(patient: Patient, account_id: int) -> str:
    """What is taken in is dealt with within seconds."""
    account, mark = patient.account(account_id), secrets.token_hex(8)
    started = time.monotonic()
    _knock(patient, account, mark)
    found = _row(account.id, mark, DONE_WITHIN, is_done=True)
    if found is None:
        raise Fault(
            f"收下的消息 {DONE_WITHIN:.0f} 秒没有人处理",
            "worker-now 忙不过来或出错了：看它的日志里的 inbox.failed",
        )
    return f"{time.monotonic() - started:.1f} 秒处理完"


def _knocker(account: Account) -> Knocker:
    is_sealed = account.mode != CallbackMode.PLAIN
    return Knocker(
        account.appid, account.original_id, is_sealed, account.callback_token, account.aes_key
    )


def _knock(patient: Patient, account: Account, mark: str) -> None:
    query, body = knock.knock(_knocker(account), mark)
    answer = _at_callback(patient, account, "POST", query, body)
    if answer.status == 200:
        return
    if answer.status == 503:
        raise Fault("推送没有存上（503）", "web 进程连不上数据库：看它的日志和 /readyz")
    raise Fault(
        f"推送被退回（HTTP {answer.status}）",
        "反向代理要原样转交 /wechat/ 下的 POST；web 进程的 DATA_KEYS 与时钟要与这里一致",
    )


def _at_callback(
    patient: Patient, account: Account, method: str, query: str, body: bytes | None = None
) -> web.Answer:
    url = f"{patient.settings.callback_url}/wechat/{account.url_key}/callback?{query}"
    headers = {"Content-Type": "text/xml"}
    try:
        return web.ask(method, url, body=body, headers=headers)
    except web.Unreachable as error:
        raise Fault(f"回调地址连不上：{error.reason}", "看 web 进程和反向代理") from None


def _row(account_id: int, mark: str, within: float, *, is_done: bool = False) -> int | None:
    """The inbox row with this mark, looked for during so many seconds."""
    until = time.monotonic() + within
    while True:
        found = _marked(account_id, mark, is_done)
        if found is not None or time.monotonic() > until:
            return found
        time.sleep(LOOK_EVERY)


def _marked(account_id: int, mark: str, is_done: bool) -> int | None:
    recent = (
        select(InboxMessage)
        .where(InboxMessage.account_id == account_id)
        .where(InboxMessage.received_at > clock.now() - RECENT, InboxMessage.raw_encrypted != "")
        .order_by(InboxMessage.id.desc())
        .limit(200)
    )
    if is_done:
        recent = recent.where(InboxMessage.state == InboxState.DONE)
    with db.system_transaction():
        rows = session.scalars(recent)
        return next((row.id for row in rows if mark in inbox.read(row)), None)
