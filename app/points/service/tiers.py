"""How members rise, keep and lose their tiers. What counts is written down once by its key; the
tier follows from what counts in the brand's window (app/points/tier_policy.py)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from app.core import audit, clock, db, events
from app.core.db import session
from app.core.errors import BadInput, NotFound
from app.points.models import GrowthEntry, GrowthKind, MemberTier, StepWhy, Tier, TierStep
from app.points.queries.growth import counted, reached
from app.points.tier_policy import TierPolicy, tier_policy

MEMBERS_A_STEP = 200
DUE = "SELECT brand_id, member_id FROM member_tiers WHERE review_at <= :now LIMIT :limit"


class NoTier(NotFound):
    code, title = "no_tier", "没有这个等级，刷新后再选"


class GrantOver(BadInput):
    code, title = "grant_over", "到期时间已经过去，选一个今天以后的日子"


@dataclass(frozen=True)
class Grant:
    """A tier that somebody gives by hand: until when, why, and who gives it."""

    tier_id: int
    until: datetime
    reason: str
    actor: str


def note_purchase(member_id: int, *, order_id: int, paid_fen: int, at: datetime) -> None:
    """An order counts, once; if she reaches a higher tier by it she has it at once."""
    _note(member_id, f"order:{order_id}", GrowthKind.ORDER, at, max(paid_fen, 0))


def note_refund(
    member_id: int, *, order_id: int, refund_key: str, refunded_fen: int, paid_at: datetime
) -> None:
    """A refund counts against it, on the day of the purchase, once by its key. A tier that the
    purchase may have brought falls at once; one that she had before it is kept to its end."""
    key = f"refund:{order_id}:{refund_key}"
    _note(member_id, key, GrowthKind.REFUND, paid_at, -max(refunded_fen, 0))


def note_correction(
    member_id: int, *, order_id: int, correction: str, paid_fen: int, at: datetime
) -> None:
    """An order that was taken back whole counts anew, with its corrected amount; once by the
    name of the correction."""
    _note(member_id, f"order:{order_id}:{correction}", GrowthKind.ORDER, at, max(paid_fen, 0))


def add_growth(member_id: int, *, amount: int, key: str) -> None:
    """Growth for something that was not bought, ¥1 each: it counts where the brand's tiers go by
    growth. Once by its key."""
    _note(member_id, f"bonus:{key}", GrowthKind.BONUS, clock.now(), amount * 100)


def _note(member_id: int, key: str, kind: GrowthKind, at: datetime, fen: int) -> None:
    row = _locked(member_id)
    if not _enter(member_id, key, kind, at, fen):
        return
    policy = tier_policy()
    _review_if_due(row, policy)
    if kind not in policy.kinds():
        return
    before = row.spent_fen
    row.spent_fen = max(before + fen, 0) if not policy.window_months else _counted(row, policy)
    to = reached(row.spent_fen)
    rank = _rank(row.tier_id)
    if to.rank > rank:
        _step(row, to, StepWhy.PURCHASE, policy)
    elif to.rank < rank and kind is GrowthKind.REFUND and _may_have_brought(row, at, policy):
        _step(row, to, StepWhy.REFUND, policy)
    session.flush()


def _may_have_brought(row: MemberTier, paid_at: datetime, policy: TierPolicy) -> bool:
    if row.granted_until is not None:
        return False
    return not policy.window_months or paid_at <= row.changed_at


def _enter(member_id: int, key: str, kind: GrowthKind, at: datetime, fen: int) -> bool:
    values = {
        "brand_id": db.current_brand_id(),
        "key": key,
        "member_id": member_id,
        "kind": kind,
        "at": at,
        "fen": fen,
    }
    statement = insert(GrowthEntry).values(values).on_conflict_do_nothing()
    return session.scalar(statement.returning(GrowthEntry.key)) is not None


def _locked(member_id: int) -> MemberTier:
    """Her standing, for this transaction alone; made on the lowest step where she has none."""
    values = {
        "brand_id": db.current_brand_id(),
        "member_id": member_id,
        "tier_id": reached(0).id,
        "spent_fen": 0,
        "changed_at": clock.now(),
    }
    session.execute(insert(MemberTier).values(values).on_conflict_do_nothing())
    mine = select(MemberTier).filter_by(member_id=member_id).with_for_update()
    return session.scalars(mine, execution_options={"populate_existing": True}).one()


def _counted(row: MemberTier, policy: TierPolicy) -> int:
    return max(counted([row.member_id], policy, clock.now()).get(row.member_id, 0), 0)


def _rank(tier_id: int) -> int:
    return session.get_one(Tier, (db.current_brand_id(), tier_id)).rank


def _step(
    row: MemberTier, to: Tier, why: StepWhy, policy: TierPolicy, grant: Grant | None = None
) -> None:
    """Up, down, or kept: her row, her history, and the event others may follow."""
    now, before = clock.now(), row.tier_id
    row.tier_id, row.changed_at = to.id, now
    row.granted_until = grant.until if grant else None
    row.keeps_until = policy.keeps_until(now) if to.rank > 0 else None
    row.review_at = grant.until if grant else row.keeps_until and policy.falls_at(row.keeps_until)
    session.add(
        TierStep(
            member_id=row.member_id,
            tier_id=to.id,
            from_tier_id=before,
            why=why,
            spent_fen=row.spent_fen,
            at=now,
            until=row.granted_until or row.keeps_until,
            reason=grant.reason if grant else None,
            actor=grant.actor if grant else None,
        )
    )
    session.flush()
    if before != to.id:
        events.record(
            "tier.changed", member_id=row.member_id, tier_id=to.id, from_tier_id=before, why=why
        )


def grant(member_id: int, given: Grant) -> None:
    """Put her on a tier by hand, until the grant ends; a tier she earns above it is hers.

    Raises NoTier, GrantOver.
    """
    if given.until <= clock.now():
        raise GrantOver()
    to = db.get(Tier, given.tier_id)
    if to is None:
        raise NoTier()
    row = _locked(member_id)
    _review_if_due(row, tier_policy())
    _step(row, to, StepWhy.GRANTED, tier_policy(), given)
    audit.record(
        "tier.granted",
        actor=given.actor,
        subject=f"member:{member_id}",
        tier=to.name,
        until=given.until.isoformat(),
        reason=given.reason,
    )


def review(member_id: int) -> None:
    """Look at her tier anew if her period, its grace or her grant is over."""
    _review_if_due(_locked(member_id), tier_policy())


def _review_if_due(row: MemberTier, policy: TierPolicy) -> None:
    if row.review_at is None or row.review_at > clock.now():
        return
    if policy.window_months:
        row.spent_fen = _counted(row, policy)
    to = reached(row.spent_fen)
    if row.granted_until is not None:
        _step(row, to, StepWhy.GRANT_ENDED, policy)
    elif to.rank >= _rank(row.tier_id):
        _step(row, to, StepWhy.KEPT, policy)
    else:
        _step(row, to, StepWhy.PERIOD_END, policy)


def review_all() -> None:
    """Everybody whose tier is to be looked at."""
    while members := _due():
        for brand_id, member_id in members:
            with db.transaction(brand_id):
                review(member_id)


def is_any_due() -> bool:
    """Whether `review_all` would find somebody. Asked over all brands."""
    return bool(session.execute(text(DUE), {"now": clock.now(), "limit": 1}).first())


def _due() -> list[tuple[int, int]]:
    with db.system_transaction():
        rows = session.execute(text(DUE), {"now": clock.now(), "limit": MEMBERS_A_STEP})
        return sorted((row.brand_id, row.member_id) for row in rows)
