"""Giving a batch to everybody with a tag, in steps that may end anywhere and be taken again.

Each step is one transaction. A person is given one coupon of a batch for a grant's reason, which
is its campaign where the batch has one: whoever is in two grants of a campaign gets one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import audit, clock, db, queue
from app.core.db import session
from app.core.errors import NotFound
from app.coupons.models import (
    Coupon,
    CouponBatch,
    Grant,
    GrantRow,
    GrantRowState,
    GrantState,
)
from app.coupons.service import issuing, making
from app.coupons.service.issuing import Answer, Ask
from app.members.models import Member, MemberTag

AT_ONCE = 500  # coupons; ten times as many people are written down at once
OPEN = (GrantState.CHOOSING, GrantState.ISSUING)


class NoGrant(NotFound):
    code, title = "no_grant", "没有这次群发，刷新后再看"


@dataclass(frozen=True)
class Reach:
    """What giving it to a tag would do, as of now."""

    people: int
    have_it: int
    left: int  # of the stock

    @property
    def will_get(self) -> int:
        """How many coupons would be given, before the limits of a person."""
        return min(self.people - self.have_it, self.left)

    @property
    def too_few(self) -> int:
        """How many would find the stock empty."""
        return self.people - self.have_it - self.will_get


def reach(batch_id: int, tag_id: int) -> Reach:
    """Whom it would reach. Raises NoBatch."""
    batch = db.get(CouponBatch, batch_id)
    if batch is None:
        raise making.NoBatch()
    wanted = _tagged(tag_id).subquery()
    people = session.scalar(select(func.count()).select_from(wanted)) or 0
    have = select(func.count(Coupon.id)).where(
        Coupon.batch_id == batch_id,
        Coupon.reason == _campaign_reason(batch),
        Coupon.member_id.in_(select(wanted.c.member_id)),
    )
    return Reach(people, session.scalar(have) or 0, batch.stock - batch.issued)


def _tagged(tag_id: int) -> Select[int]:
    """The members with this tag who stand for themselves and were not forgotten."""
    stands = Member.merged_into_id.is_(None) & Member.erased_at.is_(None)
    hers = (Member.brand_id == MemberTag.brand_id) & (Member.id == MemberTag.member_id)
    return select(MemberTag.member_id).join(Member, hers).where(MemberTag.tag_id == tag_id, stands)


def _campaign_reason(batch: CouponBatch) -> str:
    return f"campaign:{batch.campaign_id}" if batch.campaign_id is not None else ""


def start(batch_id: int, tag_id: int, *, staff_id: int | None) -> Grant:
    """Give it to everybody with the tag; the bulk worker does. Raises NoBatch."""
    batch = making.held_batch(batch_id)
    grant = Grant(
        batch_id=batch_id,
        tag_id=tag_id,
        reason=_campaign_reason(batch),
        asked_by_id=staff_id,
        asked_at=clock.now(),
    )
    session.add(grant)
    session.flush()
    grant.reason = grant.reason or f"grant:{grant.id}"
    session.flush()
    facts = {"batch": batch_id, "tag": tag_id}
    audit.record("coupon.granted", actor=f"staff:{staff_id}", subject=f"grant:{grant.id}", **facts)
    queue.ring(queue.BULK)
    return grant


def stop(grant_id: int, *, by: str) -> int:
    """Whoever has none yet gets none; answers how many that are. Twice is once. Raises NoGrant."""
    grant = _held(grant_id)
    if grant is None:
        raise NoGrant()
    if grant.state not in OPEN:
        return 0
    grant.state, grant.ended_at = GrantState.STOPPED, clock.now()
    waiting = (GrantRow.brand_id == grant.brand_id) & (GrantRow.grant_id == grant_id)
    planned = update(GrantRow).where(waiting, GrantRow.state == GrantRowState.PLANNED)
    done = planned.values(state=GrantRowState.SKIPPED).returning(GrantRow.member_id)
    skipped = len(session.scalars(done, execution_options={"synchronize_session": False}).all())
    session.flush()
    audit.record("coupon.grant_stopped", actor=by, subject=f"grant:{grant_id}", skipped=skipped)
    return skipped


def step(grant_id: int, at_once: int = AT_ONCE) -> bool:
    """Take one step of it; False when there is none left, or another worker is at it."""
    grant = _held(grant_id, is_patient=False)
    if grant is None or grant.state not in OPEN:
        return False
    if grant.state == GrantState.CHOOSING:
        _choose(grant, at_once * 10)
    else:
        _issue(grant, at_once)
    session.flush()
    return True


def _held(grant_id: int, *, is_patient: bool = True) -> Grant | None:
    wanted = select(Grant).filter_by(id=grant_id).execution_options(populate_existing=True)
    return session.scalar(wanted.with_for_update(key_share=True, skip_locked=not is_patient))


def _choose(grant: Grant, at_once: int) -> None:
    """Write down the next people, in the order of their numbers."""
    tagged = _tagged(grant.tag_id).where(MemberTag.member_id > grant.chosen_to)
    chosen = session.scalars(tagged.order_by(MemberTag.member_id).limit(at_once)).all()
    if chosen:
        common = {"brand_id": grant.brand_id, "grant_id": grant.id, "state": GrantRowState.PLANNED}
        rows = [common | {"member_id": member_id} for member_id in chosen]
        session.execute(insert(GrantRow).on_conflict_do_nothing(), rows)
        grant.chosen_to = chosen[-1]
    if len(chosen) < at_once:
        grant.state = GrantState.ISSUING


def _issue(grant: Grant, at_once: int) -> None:
    planned = select(GrantRow).filter_by(grant_id=grant.id, state=GrantRowState.PLANNED)
    rows = session.scalars(planned.order_by(GrantRow.member_id).limit(at_once)).all()
    if not rows:
        grant.state, grant.ended_at = GrantState.DONE, clock.now()
        return
    by = f"staff:{grant.asked_by_id}"
    asks = [Ask(grant.batch_id, row.member_id, grant.reason, by=by) for row in rows]
    _write_down(rows, issuing.issue_many(asks))


def _write_down(rows: Sequence[GrantRow], answers: Sequence[Answer]) -> None:
    for row, answer in zip(rows, answers, strict=True):
        is_given = answer.coupon_id is not None
        row.state = GrantRowState.ISSUED if is_given else GrantRowState.REFUSED
        row.coupon_id, row.refusal = answer.coupon_id, answer.refusal
    session.flush()


@dataclass(frozen=True)
class Report:
    """What became of a grant: chosen = issued + refused + skipped + waiting."""

    issued: int
    refused: dict[str, int]
    skipped: int
    waiting: int

    @property
    def chosen(self) -> int:
        """Everybody who was written down."""
        return self.issued + sum(self.refused.values()) + self.skipped + self.waiting


def reports(grant_ids: Sequence[int]) -> dict[int, Report]:
    """What became of each of them so far."""
    counted = select(GrantRow.grant_id, GrantRow.state, GrantRow.refusal, func.count()).where(
        GrantRow.grant_id.in_(grant_ids)
    )
    groups = (GrantRow.grant_id, GrantRow.state, GrantRow.refusal)
    counts: dict[int, dict[tuple[str, str | None], int]] = {one: {} for one in grant_ids}
    for grant_id, state, refusal, n in session.execute(counted.group_by(*groups)):
        counts[grant_id][state, refusal] = n
    return {one: _report(found) for one, found in counts.items()}


def _report(found: dict[tuple[str, str | None], int]) -> Report:
    refused = {refusal: n for (_, refusal), n in found.items() if refusal is not None}
    return Report(
        issued=found.get((GrantRowState.ISSUED, None), 0),
        refused=refused,
        skipped=found.get((GrantRowState.SKIPPED, None), 0),
        waiting=found.get((GrantRowState.PLANNED, None), 0),
    )
