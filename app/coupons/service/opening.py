"""Opening a batch with everything that belongs to it, and changing what may change later: its
stock, its limits, when it may be claimed. Its rule does not: another rule is another batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.core import audit, clock, codes
from app.core.db import session
from app.core.errors import BadInput
from app.coupons.models import CouponBatch, CouponKind
from app.coupons.rule import Amount, BetweenDays, Rule
from app.coupons.service import making, promises

LIMITS = ("per_person", "per_phone", "per_person_day", "per_day", "per_guide_month")


@dataclass(frozen=True)
class Opening:
    """A batch as somebody at headquarters wants it. A budget makes it a campaign of its own."""

    name: str
    kind: CouponKind
    rule: Rule
    stock: int
    limits: Mapping[str, int | None] = field(default_factory=dict)
    may_claim: bool = False
    claim_from: datetime | None = None
    claim_until: datetime | None = None
    budget_fen: int | None = None
    budget_count: int | None = None
    pack_sku: str | None = None
    parts: Mapping[str, int] = field(default_factory=dict)  # of a pack: batch code, how many


class NoSuchParts(BadInput):
    """A pack names a batch that is not there."""


def open_batch(opening: Opening, *, by: str) -> CouponBatch:
    """The batch, with nothing issued yet. Raises NoSuchParts."""
    gives = opening.rule.gives
    batch = making.add_batch(
        code=codes.code(10),
        name=opening.name,
        kind=opening.kind,
        stock=opening.stock,
        value_fen=gives.off_fen if isinstance(gives, Amount) else 0,
        min_spend_fen=opening.rule.min_spend_fen,
        rule=opening.rule,
    )
    _set_limits(batch, opening)
    batch.pack_sku = opening.pack_sku
    if opening.budget_fen is not None or opening.budget_count is not None:
        batch.campaign_id = _campaign(batch, opening)
    if opening.parts:
        making.fill_pack(batch, _parts(opening.parts))
    session.flush()
    facts = {"stock": batch.stock, "kind": batch.kind}
    audit.record("coupon.batch_made", actor=by, subject=f"batch:{batch.id}", **facts)
    return batch


def _set_limits(batch: CouponBatch, opening: Opening) -> None:
    for name in LIMITS:
        setattr(batch, name, opening.limits.get(name))
    batch.claim_from, batch.claim_until = opening.claim_from, opening.claim_until
    if opening.may_claim:
        making.open_claims(batch)
    else:
        batch.claim_code = None


def _campaign(batch: CouponBatch, opening: Opening) -> int:
    validity, today = opening.rule.validity, clock.business_day(clock.now())
    days = validity if isinstance(validity, BetweenDays) else BetweenDays(today, today)
    return making.add_campaign(
        code=f"B{batch.id}",
        name=batch.name,
        kind="",
        starts_on=days.first,
        ends_on=days.last,
        budget_fen=opening.budget_fen,
        budget_count=opening.budget_count,
    ).id


def _parts(parts: Mapping[str, int]) -> dict[int, int]:
    found = {batch.code: batch.id for batch in making.batches(list(parts))}
    missing = [code for code in parts if code not in found]
    if missing:
        raise NoSuchParts(fields={"parts": [f"没有这批券：{'、'.join(missing)}"]})
    return {found[code]: quantity for code, quantity in parts.items()}


def change(batch_id: int, wanted: Opening, *, by: str) -> CouponBatch:
    """Its stock, limits, days of claiming and budget from now on; what is out stays as it is.
    Raises FewerThanGiven, NoBatch."""
    batch = making.held_batch(batch_id)
    if wanted.stock < batch.issued:
        raise making.FewerThanGiven()
    before = _facts(batch)
    batch.stock = wanted.stock
    _set_limits(batch, wanted)
    if batch.campaign_id is not None:
        making.set_budget(
            batch.campaign_id,
            budget_fen=wanted.budget_fen,
            budget_count=wanted.budget_count,
            by=by,
        )
    session.flush()
    promises.try_soon(batch_id)
    after = _facts(batch)
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if changed:
        audit.record("coupon.batch_changed", actor=by, subject=f"batch:{batch_id}", **changed)
    return batch


def _facts(batch: CouponBatch) -> dict[str, object]:
    moments = {
        name: at and at.isoformat()
        for name in ("claim_from", "claim_until")
        for at in [getattr(batch, name)]
    }
    numbers = {name: getattr(batch, name) for name in ("stock", *LIMITS)}
    return numbers | moments | {"may_claim": batch.claim_code is not None}
