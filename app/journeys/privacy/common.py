"""What becomes of a person's rows in the tables that no single feature owns."""

from __future__ import annotations

from sqlalchemy import BigInteger, ColumnElement, Select, cast, delete, exists, func, select, update

from app.core import bulk, db
from app.core.audit import AuditRow
from app.core.db import session
from app.core.deadletters import FROM_INBOX
from app.core.events import Event, ReactionWork
from app.core.idempotency import KeptResult
from app.core.inbox import InboxMessage
from app.core.privacy import Fate, Person, Rule, of_either, of_fans
from app.journeys.models import ListedFollower, Welcome
from app.members.models import Fan, Withdrawal
from app.staff.models import StaffBinding
from app.wechat.models import ContactWelcome, Notice

DUTY = "个保法第五十一条、第五十四条：谁动过个人信息要有记录；只记编号"
_hers = of_either(Event)


def _came_in(person: Person) -> Select[int]:
    """The numbers of the messages that told of her."""
    number = cast(func.substr(Event.dedupe_key, len(FROM_INBOX) + 1), BigInteger)
    return select(number).where(_hers(person), Event.dedupe_key.startswith(FROM_INBOX))


def _message_is_hers(person: Person) -> ColumnElement[bool]:
    mine = InboxMessage.brand_id == db.current_brand_id()
    return mine & InboxMessage.id.in_(_came_in(person))


def _contact_welcome_is_hers(person: Person) -> ColumnElement[bool]:
    return ContactWelcome.message_id.in_(_came_in(person))


def _work_is_hers(person: Person) -> ColumnElement[bool]:
    return ReactionWork.event_id.in_(select(Event.id).where(_hers(person)))


def _kept_for_her(person: Person) -> ColumnElement[bool]:
    clients = [f"fan:{fan_id}" for fan_id in person.fan_ids]
    return (KeptResult.brand_id == db.current_brand_id()) & KeptResult.client.in_(clients)


def _audited(person: Person) -> ColumnElement[bool]:
    subjects = [f"fan:{fan_id}" for fan_id in person.fan_ids]
    return AuditRow.subject.in_([*subjects, f"member:{person.member_id}"])


def _notice_is_hers(person: Person) -> ColumnElement[bool]:
    same = (Fan.account_id == Notice.account_id) & (Fan.openid_index == Notice.openid_index)
    return exists().where(same, Fan.id.in_(person.fan_ids), Fan.brand_id == Notice.brand_id)


def _is_listed(person: Person) -> ColumnElement[bool]:
    names = select(Fan.openid_index).where(Fan.id.in_(person.fan_ids))
    return ListedFollower.openid_index.in_(names)


def _signs_in(person: Person) -> ColumnElement[bool]:
    names = select(Fan.openid_index).where(Fan.id.in_(person.fan_ids))
    return StaffBinding.name_index.in_(names)


def _forget_events(person: Person) -> int:
    """All of them but those that a withdrawal points at: of these only name and time stay."""
    named = select(Withdrawal.event_id).where(Withdrawal.fan_id.in_(person.fan_ids))
    bare = update(Event).values(data={}, person_encrypted=None)
    session.execute(bare.where(_hers(person), Event.id.in_(named)))
    return bulk.count(delete(Event).where(_hers(person), Event.id.not_in(named)))


BEFORE = (
    Rule(
        ContactWelcome,
        "企业微信欢迎语",
        _contact_welcome_is_hers,
        columns={"told_at": "时间", "state": "结果"},
    ),
    Rule(
        InboxMessage,
        "微信发来的原始消息",
        _message_is_hers,
        blanked={"raw_encrypted": "", "reply_encrypted": None},
        act=lambda person: bulk.count(
            update(InboxMessage)
            .where(_message_is_hers(person))
            .values(raw_encrypted="", reply_encrypted=None)
        ),
    ),
    Rule(ReactionWork, "等着办的后续", _work_is_hers),
    Rule(KeptResult, "没办完的请求", _kept_for_her),
    Rule(Welcome, "欢迎消息", of_fans(Welcome), columns={"followed_at": "时间", "state": "结果"}),
    Rule(
        Notice,
        "服务通知",
        _notice_is_hers,
        columns={"subject": "事由", "due_at": "时间", "state": "结果"},
    ),
    Rule(ListedFollower, "对账名单", _is_listed),
    Rule(StaffBinding, "员工登录用的微信", _signs_in, columns={"bound_at": "绑定时间"}),
)
AFTER = (
    Rule(
        Event,
        "时间线",
        _hers,
        columns={"at": "时间", "name": "事件", "data": "内容"},
        act=_forget_events,
    ),
    Rule(AuditRow, "审计记录", _audited, Fate.KEPT, DUTY),
)
NOT_OF_PEOPLE = (
    # the code base's own
    "brands", "wechat_accounts", "access_tokens", "js_tickets", "api_health", "pulses",
    "reply_rules", "follower_checks", "tag_links", "import_runs", "products", "shelf_stocks",
    "stores", "regions", "qr_codes", "contact_ways", "audit_heads",
    "rate_buckets", "api_keys", "seen_messages", "kept_answers",
    # files that somebody took away: sealed, and gone within the hour
    "exports", "export_pieces",
    # people who work for the brand: their contract is another law's
    "staff", "staff_stores", "staff_regions", "staff_sessions", "staff_devices",
    "staff_recovery_codes", "login_attempts", "sign_in_rounds", "wecom_corps",
)  # fmt: skip
