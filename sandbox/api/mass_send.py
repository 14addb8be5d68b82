"""/cgi-bin/message/mass/*: to openids, to a tag or to all; at most four a month each."""

from collections.abc import Sequence
from typing import Any

from sandbox import mass
from sandbox.accounts import Account
from sandbox.api.blueprint import bp, note_call
from sandbox.api.calls import body, fan_of, service_caller
from sandbox.api.errors import WeChatRefusal
from sandbox.api.tags import OK, check_tag
from sandbox.box import the_box
from sandbox.messages import PREVIEW, Message, deliver
from sandbox.rules import content_digest

KINDS = {
    "text": "text", "mpnews": "mpnews", "voice": "voice", "image": "images",
    "mpvideo": "mpvideo", "wxcard": "wxcard",
}  # fmt: skip
ARTICLES = ("mpnews", "mpvideo")  # what can be deleted after it was sent
CLIENT_ID_BYTES = 64
LIST_MIN, LIST_MAX = 2, 10_000
SPEEDS = {0: 80, 1: 60, 2: 45, 3: 30, 4: 10}  # ten thousand a minute
SPEED = "mass.speed."


@bp.post("/cgi-bin/message/mass/send")
def send_to_openids() -> dict[str, Any]:
    """Accept a job for 2 to 10,000 openids, unless its client id was seen within a day."""
    account = service_caller()
    asked = body()
    openids = _openids(asked.get("touser"))
    return _submit(read(account.appid, asked, openids, openids))


@bp.post("/cgi-bin/message/mass/sendall")
def send_to_tag() -> dict[str, Any]:
    """The same for everybody or for the fans of a tag; only the former counts on the account."""
    account = service_caller()
    asked = body()
    chosen = asked.get("filter")
    if not isinstance(chosen, dict):
        raise WeChatRefusal(47001)
    to_all = chosen.get("is_to_all") is True
    openids = _everybody(account) if to_all else _tagged(account, chosen.get("tag_id"))
    scope = "all" if to_all else ["tag", chosen.get("tag_id")]
    return _submit(read(account.appid, asked, openids, scope, to_all))


def _everybody(account: Account) -> list[str]:
    rows = the_box().store.rows(
        "SELECT openid FROM fans WHERE appid = ? AND follows", account.appid
    )
    return [row["openid"] for row in rows]


def _tagged(account: Account, tag_id: Any) -> list[str]:
    store = the_box().store
    known = int(tag_id) if isinstance(tag_id, str) and tag_id.isdecimal() else tag_id
    checked = check_tag(store.reader(), account.appid, known)
    rows = store.rows(
        "SELECT openid FROM tag_members WHERE appid = ? AND tag_id = ?", account.appid, checked
    )
    return [row["openid"] for row in rows]


def _submit(order: mass.Order) -> dict[str, Any]:
    note_call(key=order.client_id, detail=f"{len(order.openids)} openids")
    msg_id = _accept(order)
    answer = {"errcode": 0, "errmsg": "send job submission success", "msg_id": msg_id}
    return answer if order.msgtype != "mpnews" else {**answer, "msg_data_id": msg_id}


def _accept(order: mass.Order) -> int:
    try:
        return mass.accept(the_box(), order)
    except mass.NoQuota as refused:
        raise WeChatRefusal(45028) from refused
    except mass.Repeated as repeated:
        note_call(repeat=True)
        known: dict[str, Any] = {"msg_id": repeated.msg_id} if repeated.errcode == 45065 else {}
        raise WeChatRefusal(repeated.errcode, **known) from repeated


def read(
    appid: str, asked: dict[str, Any], openids: Sequence[str], scope: Any, to_all: bool = False
) -> mass.Order:
    """The job as it was asked for; without a client id scope and content stand for one."""
    msgtype, content = _payload(asked)
    client_id = asked.get("clientmsgid") or content_digest(scope, msgtype, content)
    if len(str(client_id).encode()) > CLIENT_ID_BYTES:
        raise WeChatRefusal(45067)
    return mass.Order(appid, str(client_id), msgtype, content, openids, to_all)


def _payload(asked: dict[str, Any]) -> tuple[str, Any]:
    msgtype = asked.get("msgtype")
    if msgtype not in KINDS:
        raise WeChatRefusal(40008)
    content = asked.get(KINDS[msgtype])
    if not isinstance(content, dict) or not content:
        raise WeChatRefusal(47001)
    return msgtype, content


def _openids(given: Any) -> list[str]:
    if not isinstance(given, list):
        raise WeChatRefusal(40003)
    if len(given) < LIST_MIN:
        raise WeChatRefusal(40130)
    if len(given) > LIST_MAX:
        raise WeChatRefusal(40032)
    return [str(openid) for openid in given]


@bp.post("/cgi-bin/message/mass/preview")
def preview_mass() -> dict[str, Any]:
    """Show it to one follower, outside her four of the month; towxname means a person's key."""
    account = service_caller()
    asked = body()
    openid = asked.get("touser") or _by_name(account, asked.get("towxname"))
    fan = fan_of(account, openid)
    if not fan.follows:
        raise WeChatRefusal(43004)
    msgtype, content = _payload(asked)
    box = the_box()
    message = Message(account.appid, PREVIEW, msgtype, content, box.clock.now_ms())
    with box.store.writing() as connection:
        deliver(connection, message, [fan.openid])
    return {**OK, "msg_id": 0}


def _by_name(account: Account, name: Any) -> str | None:
    statement = "SELECT openid FROM fans JOIN people USING (person_id) WHERE key = ? AND appid = ?"
    found: str | None = the_box().store.value(statement, name, account.appid)
    if name and found is None:
        raise WeChatRefusal(46004)
    return found


JOB = "SELECT * FROM mass_jobs WHERE msg_id = ? AND appid = ?"


def _job(account: Account, msg_id: Any) -> Any:
    job = the_box().store.row(JOB, str(msg_id), account.appid)
    if job is None:
        raise WeChatRefusal(40059)
    return job


@bp.post("/cgi-bin/message/mass/get")
def get_mass() -> dict[str, Any]:
    """How a job stands: SENDING, SEND_SUCCESS, SEND_FAIL or DELETE."""
    account = service_caller()
    msg_id = body().get("msg_id")
    return {"msg_id": msg_id, "msg_status": _status(_job(account, msg_id))}


def _status(job: Any) -> str:
    if job["deleted"]:
        return "DELETE"
    if job["sent"] is None:
        return "SENDING"
    return "SEND_SUCCESS" if job["outcome"] == mass.SUCCESS else "SEND_FAIL"


@bp.post("/cgi-bin/message/mass/delete")
def delete_mass() -> dict[str, Any]:
    """The article's page goes; the cards that fans received stay."""
    account = service_caller()
    job = _job(account, body().get("msg_id"))
    if job["msgtype"] not in ARTICLES or job["sent"] is None:
        raise WeChatRefusal(40059)
    gone = "UPDATE mass_jobs SET deleted = 1 WHERE msg_id = ?"
    the_box().store.write(gone, job["msg_id"])
    return OK


@bp.post("/cgi-bin/message/mass/speed/get")
def get_speed() -> dict[str, Any]:
    """The speed's level, 0 the fastest, and what it means."""
    speed = int(the_box().store.setting(SPEED + service_caller().appid, 0))
    return {"speed": speed, "realspeed": SPEEDS[speed]}


@bp.post("/cgi-bin/message/mass/speed/set")
def set_speed() -> dict[str, Any]:
    """Choose a level."""
    account = service_caller()
    speed = body().get("speed")
    if speed is None:
        raise WeChatRefusal(45084)
    if speed not in SPEEDS:
        raise WeChatRefusal(45083)
    the_box().store.set_setting(SPEED + account.appid, speed)
    return OK
