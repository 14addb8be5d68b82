"""/cgi-bin/message/mass/send and /get: to a list of openids, at most four a month each."""

from typing import Any

from sandbox import mass
from sandbox.api.blueprint import bp, note_call
from sandbox.api.calls import body, service_caller
from sandbox.api.errors import WeChatRefusal
from sandbox.box import the_box
from sandbox.rules import content_digest

KINDS = {
    "text": "text", "mpnews": "mpnews", "voice": "voice", "image": "images",
    "mpvideo": "mpvideo", "wxcard": "wxcard",
}  # fmt: skip
CLIENT_ID_BYTES = 64
LIST_MIN, LIST_MAX = 2, 10_000


@bp.post("/cgi-bin/message/mass/send")
def send_mass() -> dict[str, Any]:
    """Accept a job, unless its client id was seen within a day."""
    account = service_caller()
    order = read(account.appid, body())
    note_call(key=order.client_id, detail=f"{len(order.openids)} openids")
    msg_id = _accept(order)
    answer = {"errcode": 0, "errmsg": "send job submission success", "msg_id": msg_id}
    return answer if order.msgtype != "mpnews" else {**answer, "msg_data_id": msg_id}


def _accept(order: mass.Order) -> int:
    try:
        return mass.accept(the_box(), order)
    except mass.Repeated as repeated:
        note_call(repeat=True)
        known: dict[str, Any] = {"msg_id": repeated.msg_id} if repeated.errcode == 45065 else {}
        raise WeChatRefusal(repeated.errcode, **known) from repeated


def read(appid: str, asked: dict[str, Any]) -> mass.Order:
    """The job as it was asked for; without a client id its content stands for one."""
    openids = _openids(asked.get("touser"))
    msgtype = asked.get("msgtype")
    if msgtype not in KINDS:
        raise WeChatRefusal(40008)
    content = asked.get(KINDS[msgtype])
    if not isinstance(content, dict) or not content:
        raise WeChatRefusal(47001)
    client_id = asked.get("clientmsgid") or content_digest(openids, msgtype, content)
    if len(str(client_id).encode()) > CLIENT_ID_BYTES:
        raise WeChatRefusal(45067)
    return mass.Order(appid, str(client_id), msgtype, content, openids)


def _openids(given: Any) -> list[str]:
    if not isinstance(given, list):
        raise WeChatRefusal(40003)
    if len(given) < LIST_MIN:
        raise WeChatRefusal(40130)
    if len(given) > LIST_MAX:
        raise WeChatRefusal(40032)
    return [str(openid) for openid in given]


@bp.post("/cgi-bin/message/mass/get")
def get_mass() -> dict[str, Any]:
    """How a job stands."""
    account = service_caller()
    msg_id = body().get("msg_id")
    statement = "SELECT sent FROM mass_jobs WHERE msg_id = ? AND appid = ?"
    job = the_box().store.row(statement, msg_id, account.appid)
    if job is None:
        raise WeChatRefusal(40059)
    return {"msg_id": msg_id, "msg_status": "SENDING" if job["sent"] is None else "SEND_SUCCESS"}
