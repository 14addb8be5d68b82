"""Longer days for the unused coupons of a batch, in steps that may end anywhere.

Of every coupon the later end counts, so that nothing is ever shortened, whichever of two
extensions the worker comes to first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, select

from app.core import audit, clock, db, queue
from app.core.db import session
from app.core.errors import Conflict
from app.coupons.models import Coupon, CouponBatch, Extension, Step
from app.coupons.refusals import NoBatch, Reason, refused
from app.coupons.service import steps
from app.members.models import Member

AT_ONCE = 500


class NothingLonger(Conflict):
    code, title = "nothing_longer", "没有一张会因此延长，选更晚的一天"


@dataclass(frozen=True)
class Longer:
    """How many would work longer: of those that still do, and of those that have run out."""

    running: int
    expired: int

    def count(self, *, with_expired: bool) -> int:
        """How many it is in all."""
        return self.running + (self.expired if with_expired else 0)


def longer(batch_id: int, until: datetime) -> Longer:
    """What an extension to this moment would change, as of now."""
    now = clock.now()
    runs = Coupon.valid_until > now
    counted = select(func.count().filter(runs), func.count().filter(~runs)).where(
        _reached(batch_id, until)
    )
    running, expired = session.execute(counted).one()
    return Longer(running, expired)


def extend(batch_id: int, until: datetime, *, with_expired: bool, staff_id: int) -> Extension:
    """Let its unused coupons work until then; the bulk worker does. The same wish while it is being
    done is the first. Raises NoBatch, Refused for a batch that was revoked, NothingLonger."""
    held = select(CouponBatch).filter_by(id=batch_id).with_for_update(key_share=True)
    batch = session.scalar(held.execution_options(populate_existing=True))
    if batch is None:
        raise NoBatch()
    if batch.revoked_at is not None:
        raise refused(Reason.REVOKED)
    same = select(Extension).filter_by(
        batch_id=batch_id, until=until, with_expired=with_expired, ended_at=None
    )
    return session.scalar(same) or _begin(batch_id, until, with_expired, staff_id)


def _begin(batch_id: int, until: datetime, with_expired: bool, staff_id: int) -> Extension:
    count = longer(batch_id, until).count(with_expired=with_expired)
    if count == 0:
        raise NothingLonger()
    asked = Extension(
        batch_id=batch_id,
        until=until,
        with_expired=with_expired,
        asked_by_id=staff_id,
        asked_at=clock.now(),
    )
    session.add(asked)
    session.flush()
    facts = {"until": until.isoformat(), "with_expired": with_expired, "count": count}
    audit.record(
        "coupon.days_extended", actor=f"staff:{staff_id}", subject=f"batch:{batch_id}", **facts
    )
    queue.ring(queue.BULK)
    return asked


def unfinished() -> Select[int, int]:
    """Brands and extensions with something left to do. Asked over all brands."""
    return select(Extension.brand_id, Extension.id).where(Extension.ended_at.is_(None))


def step(extension_id: int, at_once: int = AT_ONCE) -> bool:
    """Extend some more, in the order of their numbers; False when there is none left, or another
    worker is at it."""
    wanted = select(Extension).filter_by(id=extension_id, ended_at=None)
    asked = session.scalar(
        wanted.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    )
    if asked is None:
        return False
    coupons = _next(asked, at_once)
    _lengthen(asked, coupons)
    asked.extended += len(coupons)
    if coupons:
        asked.done_to = coupons[-1].id
    else:
        asked.ended_at = clock.now()
    session.flush()
    return True


def _next(asked: Extension, at_once: int) -> Sequence[Coupon]:
    reached = select(Coupon).where(_reached(asked.batch_id, asked.until))
    if not asked.with_expired:
        reached = reached.where(Coupon.valid_until > asked.asked_at)
    after = reached.where(Coupon.id > asked.done_to).order_by(Coupon.id).limit(at_once)
    held = after.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.scalars(held).all()


def _reached(batch_id: int, until: datetime) -> ColumnElement[bool]:
    """Not all used, not taken away, ending earlier, and of somebody who was not forgotten."""
    stands = select(Member.id).where(Member.id == Coupon.member_id, Member.erased_at.is_(None))
    return and_(
        Coupon.brand_id == db.current_brand_id(),
        Coupon.batch_id == batch_id,
        Coupon.used - Coupon.held < Coupon.uses,
        Coupon.revoked_at.is_(None),
        Coupon.valid_until < until,
        stands.where(Member.brand_id == Coupon.brand_id).exists(),
    )


def _lengthen(asked: Extension, coupons: Sequence[Coupon]) -> None:
    now, reference = clock.now(), f"extension:{asked.id}"
    by = f"staff:{asked.asked_by_id}"
    for coupon in coupons:
        coupon.valid_until = asked.until
    session.flush()
    steps.keep(
        [
            steps.Taken(one.id, Step.EXTENDED, now, by, from_step=Step.ISSUED, reference=reference)
            for one in coupons
        ]
    )


def extensions(batch_id: int) -> list[Extension]:
    """All of a batch, the newest first."""
    found = select(Extension).filter_by(batch_id=batch_id).order_by(Extension.id.desc())
    return list(session.scalars(found))
