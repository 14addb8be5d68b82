"""Reading fans and members."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, func, or_, select

from app.core import db
from app.core.db import session
from app.members.models import (
    Consent,
    Fan,
    FanTag,
    Member,
    MemberTag,
    Purpose,
    SubscriptionEntry,
    SubscriptionStep,
    Tag,
    Withdrawal,
    WithdrawalState,
)


def fan(fan_id: int) -> Fan | None:
    """One fan."""
    return db.get(Fan, fan_id)


def member(member_id: int) -> Member | None:
    """One member."""
    return db.get(Member, member_id)


def by_ids(ids: Collection[int]) -> dict[int, Member]:
    """Members by id."""
    found = session.scalars(select(Member).where(Member.id.in_(ids)))
    return {row.id: row for row in found}


def fans_by_ids(ids: Collection[int]) -> dict[int, Fan]:
    """Fans by id."""
    return {row.id: row for row in session.scalars(select(Fan).where(Fan.id.in_(ids)))}


def fans_of(member_id: int) -> list[Fan]:
    """Every WeChat of hers that we know."""
    return list(session.scalars(select(Fan).filter_by(member_id=member_id)))


def fans_with_tag(tag_id: int, account_id: int) -> Select[int]:
    """Ids of this account's fans who carry the tag themselves or through their member."""
    tagged_fans = select(FanTag.fan_id).filter_by(tag_id=tag_id)
    tagged_members = select(MemberTag.member_id).filter_by(tag_id=tag_id)
    carries = or_(Fan.id.in_(tagged_fans), Fan.member_id.in_(tagged_members))
    return select(Fan.id).where(Fan.account_id == account_id, carries)


def tags() -> list[Tag]:
    """All tags, by group and name."""
    return list(session.scalars(select(Tag).order_by(Tag.group, Tag.name)))


def tags_of(fan_ids: Collection[int], member_ids: Collection[int]) -> list[Tag]:
    """The tags these fans and members carry, each once."""
    on_fans = select(FanTag.tag_id).where(FanTag.fan_id.in_(fan_ids))
    on_members = select(MemberTag.tag_id).where(MemberTag.member_id.in_(member_ids))
    carried = select(Tag).where(or_(Tag.id.in_(on_fans), Tag.id.in_(on_members)))
    return list(session.scalars(carried.order_by(Tag.group, Tag.name)))


def has_consent(member_id: int, purpose: Purpose) -> bool:
    """What holds now; never asked means no."""
    newest = select(Consent.is_given).filter_by(member_id=member_id, purpose=purpose)
    order = newest.order_by(Consent.at.desc(), Consent.id.desc()).limit(1)
    return bool(session.scalar(order))


def count() -> int:
    """How many members the brand has."""
    return session.scalar(select(func.count()).select_from(Member)) or 0


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


def open_withdrawals() -> int:
    """How many wait for a person or for the erasure."""
    is_open = Withdrawal.state != WithdrawalState.DONE
    return session.scalar(select(func.count()).select_from(Withdrawal).where(is_open)) or 0
