"""Whether WeChat's console holds the same Token, key, mode and address as we do.

It cannot be asked. What it sent tells: a message taken in proves all of it at once, and the
reason of a refusal says which of them differs.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from app.brands.models import AccountKind
from app.core import clock, db, inbox
from app.core.db import session
from app.core.events import Event
from app.core.inbox import InboxMessage
from app.doctor.patient import Account, Patient
from app.doctor.steps import Fault
from app.wechat import evidence, knock
from app.wechat.refusals import Reason

MOST_LOOKED_AT = 50
SAVE = "对照微信后台 → 服务器配置，把"
DIFFERENCES = {
    Reason.WRONG_SIGNATURE: ("验签不过：Token 与微信后台的不同", f"{SAVE} Token 存进回客"),
    Reason.WRONG_KEY: (
        "解不开：EncodingAESKey 或 AppID 与微信后台的不同",
        f"{SAVE} EncodingAESKey 存进回客",
    ),
    Reason.NOT_SEALED: (
        "微信推的是明文，这里只收加密的",
        "微信后台 → 服务器配置，加解密方式选安全模式",
    ),
    Reason.STALE: (
        "时间差了 10 分钟以上",
        "对好这台机器的钟；钟没有错，就是有人在重放旧的推送",
    ),
    Reason.BROKEN: (
        "格式看不懂",
        "看反向代理有没有改推送的内容；没有的话，是有人在乱试这个地址",
    ),
}


def agreed(patient: Patient, account_id: int) -> str:
    """No message of WeChat's was refused since the last one that was taken in."""
    account = patient.account(account_id)
    refused = {
        at: reason
        for reason, at in evidence.last_refusals(account_id).items()
        if reason in DIFFERENCES
    }
    if refused and not _heard_since(account_id, last := max(refused)):
        what, fix = DIFFERENCES[refused[last]]
        raise Fault(f"推送被退回，{what}（{_clock_words(last)}）", fix)
    if account.kind is AccountKind.SERVICE and not _ever_heard(account):
        raise Fault(
            "微信还没有推过一条消息",
            "微信后台 → 服务器配置，URL 填 flask brand connect 给出的地址，"
            f"以 {patient.settings.callback_url} 开头；保存并启用，再关注一次试试",
        )
    return "微信的推送收得下" if not refused else "退回过，后来的都收下了"


def _clock_words(at: datetime) -> str:
    return f"最近一次 {clock.local(at):%m-%d %H:%M:%S}"


def _heard_since(account_id: int, at: datetime) -> bool:
    """Whether a message that is none of our own knocks was taken in after this moment."""
    later = (
        select(InboxMessage)
        .where(InboxMessage.account_id == account_id, InboxMessage.received_at > at)
        .where(InboxMessage.raw_encrypted != "")
        .order_by(InboxMessage.id.desc())
        .limit(MOST_LOOKED_AT)
    )
    with db.system_transaction():
        return any(knock.NAME not in inbox.read(row) for row in session.scalars(later))


def _ever_heard(account: Account) -> bool:
    """Only messages of WeChat's become events of this kind; our own knocks do not."""
    came_in = Event.dedupe_key.startswith("inbox:")
    of_account = Event.data["account_id"].as_integer() == account.id
    with db.transaction(account.brand_id):
        return session.scalar(select(Event.id).where(came_in, of_account).limit(1)) is not None
