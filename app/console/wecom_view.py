"""How the brand is connected with WeCom, and what came of it: for the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core import clock, inbox
from app.doctor.agreement import DIFFERENCES
from app.staff.service import bindings
from app.stores import contact_ways
from app.stores.models import CodePurpose
from app.visits import figures
from app.visits.figures import CodeFigures
from app.wechat import corps, evidence, greetings
from app.wechat.models import ContactState

RECENT = timedelta(days=30)
STATES = {
    ContactState.SENT: "送到了",
    ContactState.GREETED: "对方已经聊起来，不用再发",
    ContactState.LATE: "没赶上 20 秒",
    ContactState.REFUSED: "企业微信没让发",
    ContactState.UNKNOWN: "不知道送没送到，不重发",
    ContactState.OFF: "品牌不发",
}


@dataclass(frozen=True)
class Welcomes:
    """Of 30 days, by how they went; the parts add up to the whole."""

    total: int
    parts: Mapping[str, int]


@dataclass(frozen=True)
class Wecom:
    """`url_key` is None while the corp signs guides in and no more."""

    corp_id: str
    url_key: str | None
    heard_at: datetime | None
    refused: tuple[str, str] | None  # what differs, and what to do
    bound: int
    kept: int
    ways: int
    figures: CodeFigures
    welcomes: Welcomes


def of_brand(brand_id: int) -> Wecom | None:
    """None while no corp is connected."""
    corp, at = corps.find(brand_id), clock.now()
    if corp is None:
        return None
    account = corps.listening(brand_id)
    heard_at = inbox.last_at(account.id) if account else None
    bound, kept = bindings.counted()
    return Wecom(
        corp_id=corp.corp_id,
        url_key=account.url_key if account else None,
        heard_at=heard_at,
        refused=_refused(account.id, heard_at) if account else None,
        bound=bound,
        kept=kept,
        ways=contact_ways.count(),
        figures=figures.of_purpose(CodePurpose.FRIEND, at),
        welcomes=_welcomes(at),
    )


def _refused(account_id: int, heard_at: datetime | None) -> tuple[str, str] | None:
    """The last refusal, as long as nothing was taken in since."""
    refusals = evidence.last_refusals(account_id).items()
    later = {at: reason for reason, at in refusals if heard_at is None or at > heard_at}
    reason = later[max(later)] if later else None
    found = DIFFERENCES.get(reason) if reason else None
    return (found[0], found[1].replace("微信后台 → 服务器配置", CALLBACK_PAGE)) if found else None


CALLBACK_PAGE = "企业微信后台 → 客户联系 → 接收事件服务器"


def _welcomes(at: datetime) -> Welcomes:
    counted = greetings.counted(at - RECENT)
    parts = {word: counted[state] for state, word in STATES.items() if counted.get(state)}
    waiting = counted.get(ContactState.DUE, 0) + counted.get(ContactState.CALLING, 0)
    return Welcomes(sum(counted.values()), parts | ({"正在发": waiting} if waiting else {}))
