"""How members rise, keep and lose their tiers. What counts is written down once by its key; the
tier follows from what counts in the brand's window (app/points/tier_policy.py)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from app.core import audit, clock, db, events
from app.core.db import session
from app.core.errors import BadInput, NotFound
from app.points.models import GrowthEntry, GrowthKind, MemberTier, StepWhy, Tier, TierStep
from app.points.queries.growth import counted, counted_then, due_reviews, reached
from app.points.queries.reviewing import Held, earning, held_of
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
    row, policy = _locked(member_id), tier_policy()
    _review(row, policy)
    if not _enter(member_id, key, kind, at, fen) or kind not in policy.kinds():
        return
    row.spent_fen = _counted(row, policy) if policy.window_months else max(row.spent_fen + fen, 0)
    if fen < 0:
        _fall(row, policy)
    else:
        _rise(row, policy)
    session.flush()


def _rise(row: MemberTier, policy: TierPolicy) -> None:
    held, to, now = _held(row), reached(row.spent_fen), clock.now()
    if to.rank > held.earned.rank:
        row.changed_at = now
        _step(row, earning(to, held, now, policy), StepWhy.PURCHASE, policy, now)


def _fall(row: MemberTier, policy: TierPolicy) -> None:
    """She keeps what she would have earned at that time without what was refunded since."""
    held, to = _held(row), reached(row.spent_fen)
    if policy.window_months:
        then = reached(counted_then(row.member_id, policy, row.changed_at))
        to = max(to, min(held.earned, then, key=_rank_of), key=_rank_of)
    if to.rank < held.earned.rank:
        row.changed_at = clock.now()
        fallen = earning(to, held, row.changed_at, policy)
        _step(row, fallen, StepWhy.REFUND, policy, row.changed_at)


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
    lowest = reached(0).id
    values = {
        "brand_id": db.current_brand_id(),
        "member_id": member_id,
        "tier_id": lowest,
        "earned_tier_id": lowest,
        "spent_fen": 0,
        "changed_at": clock.now(),
    }
    session.execute(insert(MemberTier).values(values).on_conflict_do_nothing())
    mine = select(MemberTier).filter_by(member_id=member_id).with_for_update()
    return session.scalars(mine, execution_options={"populate_existing": True}).one()


def _counted(row: MemberTier, policy: TierPolicy) -> int:
    return max(counted([row.member_id], policy, clock.now()).get(row.member_id, 0), 0)


def _held(row: MemberTier) -> Held:
    return held_of(row, {step.id: step for step in session.scalars(select(Tier))})


def _rank_of(step: Tier) -> int:
    return step.rank


def _step(
    row: MemberTier,
    held: Held,
    why: StepWhy,
    policy: TierPolicy,
    at: datetime,
    given: Grant | None = None,
) -> None:
    """Up, down, or kept: her row, her history, and the event others may follow."""
    before = row.tier_id
    _keep(row, held, policy)
    session.add(
        TierStep(
            member_id=row.member_id,
            tier_id=row.tier_id,
            from_tier_id=before,
            why=why,
            spent_fen=row.spent_fen,
            at=at,
            until=row.granted_until or row.keeps_until,
            reason=given.reason if given else None,
            actor=given.actor if given else None,
        )
    )
    session.flush()
    if before != row.tier_id:
        events.record(
            "tier.changed",
            member_id=row.member_id,
            tier_id=row.tier_id,
            from_tier_id=before,
            why=why,
        )


def plan_review(row: MemberTier) -> None:
    """Say when her row is to be looked at again: for whoever has written it otherwise."""
    row.review_at = _held(row).review_at(tier_policy())


def _keep(row: MemberTier, held: Held, policy: TierPolicy) -> None:
    row.tier_id, row.earned_tier_id = held.tier.id, held.earned.id
    row.granted_tier_id = held.granted.id if held.granted else None
    row.keeps_until, row.granted_until = held.keeps_until, held.granted_until
    row.review_at = held.review_at(policy)
    session.flush()


def grant(member_id: int, given: Grant) -> None:
    """Give her a tier by hand, until the grant ends, in the place of one that was given before.
    What she has earned stays hers beside it: the higher of the two holds.

    Raises NoTier, GrantOver.
    """
    now, policy = clock.now(), tier_policy()
    if given.until <= now:
        raise GrantOver()
    to = db.get(Tier, given.tier_id)
    if to is None:
        raise NoTier()
    row = _locked(member_id)
    _review(row, policy)
    held = replace(_held(row), granted=to, granted_until=given.until)
    _step(row, held, StepWhy.GRANTED, policy, now, given)
    until = given.until.isoformat()
    audit.record(
        "tier.granted",
        actor=given.actor,
        subject=f"member:{member_id}",
        tier=to.name,
        until=until,
        reason=given.reason,
    )


def end_grant(member_id: int, *, actor: str) -> None:
    """What was given by hand ends now. Harmless for one who was given nothing."""
    row, policy = _locked(member_id), tier_policy()
    _review(row, policy)
    if row.granted_tier_id is None:
        return
    held = replace(_held(row), granted=None, granted_until=None)
    by_hand = Grant(row.granted_tier_id, clock.now(), "", actor)
    _step(row, held, StepWhy.GRANT_ENDED, policy, clock.now(), by_hand)
    audit.record("tier.grant_ended", actor=actor, subject=f"member:{member_id}")


def review(member_id: int) -> None:
    """Look at her tier anew if her period, its grace or her grant is over."""
    _review(_locked(member_id), tier_policy())


def _review(row: MemberTier, policy: TierPolicy) -> None:
    if row.review_at is None or row.review_at > clock.now():
        return
    held, steps = _held(row), list(session.scalars(select(Tier)))
    for done in due_reviews(row.member_id, held, policy, steps):
        if done.why is not StepWhy.GRANT_ENDED:
            row.changed_at, row.spent_fen = done.at, counted_then(row.member_id, policy, done.at)
        _step(row, done.held, done.why, policy, done.at)
        held = done.held
    _keep(row, held, policy)


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
