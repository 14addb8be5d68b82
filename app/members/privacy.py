"""What becomes of a person's rows in the tables of members and fans."""

from __future__ import annotations

from sqlalchemy import ColumnElement, false, or_, select, update

from app.core import bulk, clock
from app.core.db import session
from app.core.privacy import Fate, Person, Row, Rule, of_either, of_fans, of_member
from app.members import queries, service, telling
from app.members.models import (
    Consent,
    Contact,
    CustomChange,
    CustomField,
    CustomValue,
    Erasure,
    Fan,
    FanSession,
    FanTag,
    MeasureKind,
    Measurement,
    Member,
    MemberIdentity,
    MemberMerge,
    MemberShare,
    MemberTag,
    MemberToken,
    MemberTwin,
    Note,
    RevealCount,
    ShareFriend,
    SubscriptionEntry,
    Tag,
    Withdrawal,
    WithdrawalState,
)
from app.members.service import erasures, measures

PROOF = "个保法第十四、十五、五十、六十九条：证明什么时候同意、什么时候撤回、怎么处理的"
SKELETON = "订单和积分账的依据；只留编号，不再有手机号、姓名、微信"
COUNTS = "个保法第四条：去掉身份以后只是到店和发送的计数，不再对应任何人"
MERGED = "订单和积分账的依据：哪个编号并进了哪个编号；不能再撤回"
BY_ERASURE = "erasure"


def _member_is(person: Person) -> ColumnElement[bool]:
    return false() if person.member_id is None else Member.id == person.member_id


def _fan_is(person: Person) -> ColumnElement[bool]:
    return Fan.id.in_(person.fan_ids)


def _tell_member(person: Person) -> list[Row]:
    rows = session.scalars(select(Member).where(_member_is(person)))
    return [
        {
            "number": row.number,
            "name": service.shown_name(row) if row.name_encrypted else None,
            "phone": service.open_phone(row),
            "born_on": row.born_on,
            "origin": row.origin,
            "joined_on": row.joined_on,
            "card_opened_at": row.card_opened_at,
        }
        for row in rows
    ]


def _tell_fans(person: Person) -> list[Row]:
    rows = session.scalars(select(Fan).where(_fan_is(person)).order_by(Fan.id))
    return [
        {
            "account_id": row.account_id,
            "openid": service.openid_of(row),
            "unionid": service.unionid_of(row),
            "is_following": row.is_following,
            "first_followed_at": row.first_followed_at,
            "follow_changed_at": row.follow_changed_at,
        }
        for row in rows
    ]


def _tell_tags(person: Person) -> list[Row]:
    tags = queries.tags_of(person.fan_ids, [person.member_id] if person.member_id else [])
    return [{"group": tag.group, "name": tag.name} for tag in tags]


def _in_pair(person: Person) -> ColumnElement[bool]:
    if person.member_id is None:
        return false()
    return or_(MemberTwin.low_id == person.member_id, MemberTwin.high_id == person.member_id)


def _in_merge(person: Person) -> ColumnElement[bool]:
    if person.member_id is None:
        return false()
    merged = MemberMerge.merged_id == person.member_id
    return or_(merged, MemberMerge.survivor_id == person.member_id)


def _tell_identities(person: Person) -> list[Row]:
    names = queries.identities_of(person.member_id) if person.member_id else []
    return [{name: getattr(each, name) for name in IDENTITY_WORDS} for each in names]


def _settle_withdrawals(person: Person) -> int:
    """The withdrawals that waited for this are done; the rows stay as proof."""
    hers = Withdrawal.fan_id.in_(person.fan_ids)
    waiting = update(Withdrawal).where(hers, Withdrawal.state == WithdrawalState.ERASURE_DUE)
    done = {"state": WithdrawalState.DONE, "settled_at": clock.now(), "settled_by": BY_ERASURE}
    session.execute(waiting.values(done))
    return bulk.count(update(Withdrawal).where(hers).values(note=None))


IDENTITY_WORDS = {
    "kind": "种类",
    "shown": "末几位",
    "account": "店铺",
    "source": "来源",
    "since": "从",
    "until": "到",
}
RULES = (
    Rule(
        MemberIdentity,
        "认出她的号码",
        of_either(MemberIdentity),
        columns=IDENTITY_WORDS,
        tell=_tell_identities,
    ),
    Rule(MemberTwin, "可能是同一个人的提示", _in_pair),
    Rule(
        MemberMerge,
        "会员合并",
        _in_merge,
        Fate.KEPT,
        MERGED,
        columns={"merged_at": "时间", "undone_at": "撤回"},
        blanked={"record": {}, "kept": None},
    ),
    Rule(FanSession, "小程序登录", of_fans(FanSession)),
    Rule(FanTag, "微信身份上的标签", of_fans(FanTag)),
    Rule(
        MemberTag,
        "标签",
        of_member(MemberTag),
        columns={"group": "组", "name": "标签"},
        tell=_tell_tags,
    ),
    Rule(
        Contact,
        "电话、短信和邮件的往来",
        of_member(Contact),
        columns={
            "at": "时间",
            "channel": "方式",
            "direction": "方向",
            "duration_seconds": "秒数",
            "recording_url": "录音",
            "text": "内容",
        },
        tell=telling.of_contacts,
    ),
    Rule(MemberToken, "搜索用的密文", of_member(MemberToken)),
    Rule(CustomChange, "自定义字段的改动", of_member(CustomChange)),
    Rule(
        CustomValue,
        "自定义字段",
        of_member(CustomValue),
        columns={"name": "字段", "value": "内容"},
        tell=telling.of_fields,
    ),
    Rule(
        Measurement,
        "检测结果",
        of_member(Measurement),
        columns={"at": "时间", "value": "结果"},
        tell=lambda person: measures.told(person.member_id),
    ),
    Rule(
        Note,
        "店员写的备注",
        of_member(Note),
        columns={"at": "时间", "text": "内容"},
        tell=telling.of_notes,
    ),
    Rule(ShareFriend, "从谁的分享来", of_either(ShareFriend), columns={"opened_at": "时间"}),
    Rule(MemberShare, "她的分享链接", of_member(MemberShare), columns={"token": "链接里的码"}),
    Rule(
        SubscriptionEntry,
        "订阅消息的回答",
        of_fans(SubscriptionEntry),
        columns={"at": "时间", "template_id": "模板", "step": "回答"},
    ),
    Rule(
        Consent,
        "同意与撤回",
        of_either(Consent),
        Fate.KEPT,
        PROOF,
        columns={
            "at": "时间",
            "purpose": "用途",
            "channel": "方式",
            "is_given": "同意",
            "text_version": "文本版本",
            "door": "在哪里",
        },
    ),
    Rule(
        Withdrawal,
        "在微信里撤回的授权",
        lambda person: Withdrawal.fan_id.in_(person.fan_ids),
        Fate.KEPT,
        PROOF,
        columns={"asked_at": "时间", "what": "撤回了什么", "state": "处理"},
        act=_settle_withdrawals,
    ),
    Rule(
        Erasure,
        "注销申请与回执",
        of_either(Erasure),
        Fate.KEPT,
        PROOF,
        columns={"asked_at": "时间", "receipt": "回执号", "due_at": "到期", "state": "状态"},
    ),
)

LAST = (  # after every rule that finds her rows through these two
    Rule(
        Fan,
        "微信身份",
        _fan_is,
        Fate.KEPT,
        COUNTS,
        columns={
            "account_id": "公众号",
            "openid": "openid",
            "unionid": "unionid",
            "is_following": "关注",
            "first_followed_at": "第一次关注",
            "follow_changed_at": "最近变动",
        },
        act=lambda person: erasures.strip_fans(person.fan_ids),
        tell=_tell_fans,
    ),
    Rule(
        Member,
        "会员资料",
        _member_is,
        Fate.KEPT,
        SKELETON,
        columns={
            "number": "会员号",
            "name": "姓名",
            "phone": "手机号",
            "born_on": "生日",
            "origin": "来源",
            "joined_on": "入会日",
            "card_opened_at": "开卡",
        },
        act=lambda person: erasures.strip_member(person.member_id),
        tell=_tell_member,
    ),
)
NOT_OF_PEOPLE = (
    Tag.__tablename__,
    CustomField.__tablename__,
    MeasureKind.__tablename__,
    RevealCount.__tablename__,
    "consent_texts",
    "tombstones",
    "binding_tries",  # keyed hashes that last a day
    "sms_codes",  # keyed hashes that last ten minutes
)
