"""Reading fans and members."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select

from app.brands.models import AccountKind, WechatAccount
from app.core import db
from app.core.db import session
from app.members.models import (
    Consent,
    ConsentChannel,
    Erasure,
    ErasureState,
    Fan,
    FanTag,
    IdentityKind,
    Member,
    MemberIdentity,
    MemberMerge,
    MemberTag,
    MemberTwin,
    Note,
    Purpose,
    Readers,
    SubscriptionEntry,
    SubscriptionStep,
    Tag,
    TwinState,
    Withdrawal,
    WithdrawalState,
)

BY_STAFF = "staff"  # the source of a tag that a person put on


def fan(fan_id: int) -> Fan | None:
    """One fan."""
    return db.get(Fan, fan_id)


def member(member_id: int) -> Member | None:
    """One member; of one who was merged, who she turned out to be."""
    found = db.get(Member, member_id)
    if found is None or found.merged_into_id is None:
        return found
    return db.get(Member, found.merged_into_id)


def standing_id() -> ColumnElement[int]:
    """In a query over members: herself, or who she turned out to be. For whatever finds a member
    by a number that another system keeps."""
    return func.coalesce(Member.merged_into_id, Member.id)


@dataclass(frozen=True)
class Identity:
    """A name of hers as a page may show it. `account_kind` is that of an openid's WeChat account,
    `account` the shop or company of an outside id; `until` empty means that it holds."""

    kind: IdentityKind
    shown: str
    account_kind: AccountKind | None
    account: str
    source: str
    since: datetime
    until: datetime | None
    ended_reason: str | None


def identities_of(member_id: int) -> list[Identity]:
    """Every name of hers, those that hold first. Phones and outside ids show their last digits
    alone, an openid nothing: it is nobody's to read."""
    rows = (
        select(*_IDENTITY, WechatAccount.kind.label("account_kind"))
        .outerjoin(Fan, _its_fan())
        .outerjoin(WechatAccount, WechatAccount.id == Fan.account_id)
        .where(MemberIdentity.member_id == member_id)
        .order_by(MemberIdentity.until.is_not(None), MemberIdentity.since, MemberIdentity.id)
    )
    return [
        Identity(
            kind=row.kind,
            shown=f"····{row.value_tail}" if row.value_tail else "",
            account_kind=row.account_kind,
            account=row.account,
            source=row.source,
            since=row.since,
            until=row.until,
            ended_reason=row.ended_reason,
        )
        for row in session.execute(rows)
    ]


_IDENTITY = (
    MemberIdentity.kind,
    MemberIdentity.value_tail,
    MemberIdentity.account,
    MemberIdentity.source,
    MemberIdentity.since,
    MemberIdentity.until,
    MemberIdentity.ended_reason,
)


def _its_fan() -> ColumnElement[bool]:
    return (Fan.brand_id == MemberIdentity.brand_id) & (Fan.id == MemberIdentity.fan_id)


def standing_merges(member_id: int) -> list[MemberMerge]:
    """Who was made one with her and still is, the newest first: that one can be taken back."""
    hers = select(MemberMerge).filter_by(survivor_id=member_id, undone_at=None)
    return list(session.scalars(hers.order_by(MemberMerge.id.desc())))


def latest_merges(limit: int = 30) -> list[MemberMerge]:
    """What was decided last, undone or not."""
    return list(session.scalars(select(MemberMerge).order_by(MemberMerge.id.desc()).limit(limit)))


def open_twins(limit: int = 50) -> list[MemberTwin]:
    """Pairs who may be one person and wait for a decision, the oldest first."""
    waiting = select(MemberTwin).filter_by(state=TwinState.OPEN).order_by(MemberTwin.id)
    return list(session.scalars(waiting.limit(limit)))


def open_twin_count() -> int:
    """How many pairs wait for a decision."""
    waiting = select(func.count()).select_from(MemberTwin).filter_by(state=TwinState.OPEN)
    return session.scalar(waiting) or 0


def by_number(number: str) -> Member | None:
    """Who has this member number; of one who was merged, who she turned out to be."""
    found = session.scalar(select(standing_id()).where(Member.number == number))
    return db.get(Member, found) if found else None


def by_ids(ids: Collection[int]) -> dict[int, Member]:
    """Members by id, merged ones as they are."""
    found = session.scalars(select(Member).where(Member.id.in_(ids)))
    return {row.id: row for row in found}


def fans_by_ids(ids: Collection[int]) -> dict[int, Fan]:
    """Fans by id."""
    return {row.id: row for row in session.scalars(select(Fan).where(Fan.id.in_(ids)))}


def fans_of(member_id: int) -> list[Fan]:
    """Every WeChat of hers that we know."""
    return list(session.scalars(select(Fan).filter_by(member_id=member_id)))


def fan_ids_of(*member_ids: int) -> list[int]:
    """The ids alone, of one member or of several."""
    return list(session.scalars(select(Fan.id).where(Fan.member_id.in_(member_ids))))


def fans_with_tag(tag_id: int, account_id: int) -> Select[int]:
    """Ids of this account's fans who carry the tag themselves or through their member."""
    tagged_fans = select(FanTag.fan_id).filter_by(tag_id=tag_id)
    tagged_members = select(MemberTag.member_id).filter_by(tag_id=tag_id)
    carries = or_(Fan.id.in_(tagged_fans), Fan.member_id.in_(tagged_members))
    return select(Fan.id).where(Fan.account_id == account_id, carries)


def tags() -> list[Tag]:
    """All tags, by group and name."""
    return list(session.scalars(select(Tag).order_by(Tag.group, Tag.name)))


@dataclass(frozen=True)
class CarriedTag:
    """A tag that she carries; `is_by_hand`: somebody of the staff put it on her."""

    id: int
    name: str
    is_by_hand: bool


def carried_tags(fan_ids: Collection[int], member_id: int) -> list[CarriedTag]:
    """What she and her WeChats carry, each once, by group and name."""
    on_fans = select(FanTag.tag_id).where(FanTag.fan_id.in_(fan_ids))
    on_her = select(MemberTag.tag_id).where(MemberTag.member_id == member_id)
    by_hand = on_her.where(MemberTag.source == BY_STAFF)
    carried = select(Tag.id, Tag.name, Tag.id.in_(by_hand).label("is_by_hand"))
    found = carried.where(or_(Tag.id.in_(on_fans), Tag.id.in_(on_her)))
    return [
        CarriedTag(**row) for row in session.execute(found.order_by(Tag.group, Tag.name)).mappings()
    ]


def tags_of(fan_ids: Collection[int], member_ids: Collection[int]) -> list[Tag]:
    """The tags these fans and members carry, each once."""
    on_fans = select(FanTag.tag_id).where(FanTag.fan_id.in_(fan_ids))
    on_members = select(MemberTag.tag_id).where(MemberTag.member_id.in_(member_ids))
    carried = select(Tag).where(or_(Tag.id.in_(on_fans), Tag.id.in_(on_members)))
    return list(session.scalars(carried.order_by(Tag.group, Tag.name)))


def has_consent(
    member_id: int, purpose: Purpose, channel: ConsentChannel = ConsentChannel.WECHAT
) -> bool:
    """What holds now; never asked means no. Membership and phone know no channel."""
    word = last_word(member_id, purpose, channel)
    return word is not None and word.is_given


def last_word(member_id: int, purpose: Purpose, channel: ConsentChannel) -> Consent | None:
    """The newest row that speaks for this purpose and channel."""
    speaks = Consent.channel.in_([ConsentChannel.ALL, channel])
    hers = select(Consent).where(Consent.member_id == member_id, Consent.purpose == purpose, speaks)
    return session.scalar(hers.order_by(Consent.at.desc(), Consent.id.desc()).limit(1))


def has_refused(fan: Fan) -> bool:
    """Whether she, who is no member, said no since she last followed."""
    said = select(Consent.id).where(Consent.fan_id == fan.id, ~Consent.is_given)
    if fan.follow_changed_at is not None:
        said = said.where(Consent.at >= fan.follow_changed_at)
    return session.scalar(said.limit(1)) is not None


def count() -> int:
    """How many members the brand has; one who was merged counts once."""
    standing = select(func.count()).select_from(Member).where(Member.merged_into_id.is_(None))
    return session.scalar(standing) or 0


def subscription_balance(fan_id: int, template_id: str) -> int:
    """How many messages of this template she may still get, as far as WeChat has told us.

    By WeChat's time, then by arrival, since its events come out of order.
    """
    hers = select(SubscriptionEntry.step).filter_by(fan_id=fan_id, template_id=template_id)
    in_order = hers.order_by(
        SubscriptionEntry.at, SubscriptionEntry.event_id, SubscriptionEntry.position
    )
    left = 0
    for step in session.scalars(in_order):
        if step == SubscriptionStep.ACCEPTED:
            left += 1
        elif step == SubscriptionStep.USED:
            left = max(left - 1, 0)
        elif step in (SubscriptionStep.GONE, SubscriptionStep.SWITCHED_OFF):
            left = 0
    return left


def withdrawals(limit: int = 100) -> list[Withdrawal]:
    """What was taken back in WeChat; what is still open first, then the newest."""
    is_open = Withdrawal.state != WithdrawalState.DONE
    newest = select(Withdrawal).order_by(is_open.desc(), Withdrawal.asked_at.desc(), Withdrawal.id)
    return list(session.scalars(newest.limit(limit)))


def erasures(limit: int = 100) -> list[Erasure]:
    """Who asked to be forgotten; those that wait first, then the newest."""
    waits = Erasure.state == ErasureState.ASKED
    newest = select(Erasure).order_by(waits.desc(), Erasure.asked_at.desc(), Erasure.id)
    return list(session.scalars(newest.limit(limit)))


def notes_for(member_id: int, reader_id: int, is_manager: bool, limit: int) -> list[Note]:
    """What was written down about her and this reader may read, the newest first."""
    readers = [Readers.EVERYONE, *([Readers.MANAGERS] if is_manager else [])]
    may_read = or_(Note.readers.in_(readers), Note.author_id == reader_id)
    hers = select(Note).where(Note.member_id == member_id, may_read)
    return list(session.scalars(hers.order_by(Note.at.desc(), Note.id.desc()).limit(limit)))


def newest(scope: ColumnElement[bool], limit: int) -> list[Member]:
    """Who joined last, within the scope."""
    return list(
        session.scalars(select(Member).where(scope).order_by(Member.id.desc()).limit(limit))
    )


def open_withdrawals() -> int:
    """How many wait for a person or for the erasure."""
    is_open = Withdrawal.state != WithdrawalState.DONE
    return session.scalar(select(func.count()).select_from(Withdrawal).where(is_open)) or 0
