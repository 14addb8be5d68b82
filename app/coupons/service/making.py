"""Batches and campaigns: made, changed, stopped, revoked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from app.core import audit, clock, codes, queue
from app.core.db import session
from app.core.errors import Conflict, NotFound
from app.coupons.models import CouponBatch, CouponCampaign, CouponKind, PackPart
from app.coupons.refusals import NoBatch
from app.coupons.rule import AfterClaim, Amount, Rule, Sample, write
from app.coupons.service import promises


class FewerThanGiven(Conflict):
    code, title = "fewer_than_given", "不能少于已经发出的，改大后再存"


def add_batch(
    *,
    code: str,
    name: str,
    kind: CouponKind,
    stock: int,
    value_fen: int = 0,
    min_spend_fen: int = 0,
    valid_days: int = 30,
    rule: Rule | None = None,
) -> CouponBatch:
    """Coupons of one make, none issued yet. Without a rule they get the plain one of their kind:
    so much off from so much on, or a sample, for so many days.
    """
    batch = CouponBatch(
        code=code,
        name=name,
        kind=kind,
        stock=stock,
        value_fen=value_fen,
        min_spend_fen=min_spend_fen,
        valid_days=valid_days,
        created_at=clock.now(),
    )
    rule = rule or _plain_rule(batch)
    batch.rule = write(rule) if rule else None
    session.add(batch)
    session.flush()
    return batch


def _plain_rule(batch: CouponBatch) -> Rule | None:
    days = AfterClaim(batch.valid_days)
    if batch.kind == CouponKind.SAMPLE:
        return Rule(Sample(batch.name), days)
    if batch.kind == CouponKind.AMOUNT and batch.value_fen:
        return Rule(Amount(batch.value_fen), days, batch.min_spend_fen)
    return None


def batches(codes: Sequence[str]) -> list[CouponBatch]:
    """The batches with these codes, in the order given."""
    found = session.scalars(select(CouponBatch).where(CouponBatch.code.in_(codes)))
    by_code = {batch.code: batch for batch in found}
    return [by_code[code] for code in codes if code in by_code]


def held_batch(batch_id: int) -> CouponBatch:
    """The batch, for this transaction alone: nobody issues from it meanwhile. Raises NoBatch."""
    wanted = select(CouponBatch).filter_by(id=batch_id).with_for_update(key_share=True)
    batch = session.scalar(wanted.execution_options(populate_existing=True))
    if batch is None:
        raise NoBatch()
    return batch


def held_campaign(campaign_id: int) -> CouponCampaign:
    """The campaign, for this transaction alone. Raises NotFound."""
    wanted = select(CouponCampaign).filter_by(id=campaign_id).with_for_update(key_share=True)
    campaign = session.scalar(wanted.execution_options(populate_existing=True))
    if campaign is None:
        raise NotFound()
    return campaign


def open_claims(batch: CouponBatch) -> str:
    """Let people claim it themselves; answers the code of its link, the same however often."""
    batch.claim_code = batch.claim_code or codes.code()
    return batch.claim_code


def set_stock(batch_id: int, stock: int, *, by: str) -> None:
    """How many there are in all. Raises FewerThanGiven, NoBatch."""
    batch = held_batch(batch_id)
    if stock < batch.issued:
        raise FewerThanGiven()
    before, batch.stock = batch.stock, stock
    session.flush()
    promises.try_soon(batch_id)
    audit.record(
        "coupon.stock_set", actor=by, subject=f"batch:{batch_id}", before=before, after=stock
    )


def add_campaign(
    *,
    code: str,
    name: str,
    kind: str,
    starts_on: date,
    ends_on: date,
    budget_fen: int | None = None,
    budget_count: int | None = None,
) -> CouponCampaign:
    """A campaign with what it may cost; None is no limit."""
    campaign = CouponCampaign(
        code=code,
        name=name,
        kind=kind,
        starts_on=starts_on,
        ends_on=ends_on,
        budget_fen=budget_fen,
        budget_count=budget_count,
    )
    session.add(campaign)
    session.flush()
    return campaign


def set_budget(
    campaign_id: int, *, budget_fen: int | None, budget_count: int | None, by: str
) -> None:
    """What the campaign may cost from now on. Raises FewerThanGiven, NotFound."""
    campaign = held_campaign(campaign_id)
    is_fen_short = budget_fen is not None and budget_fen < campaign.taken_fen
    if is_fen_short or (budget_count is not None and budget_count < campaign.taken_count):
        raise FewerThanGiven()
    campaign.budget_fen, campaign.budget_count = budget_fen, budget_count
    session.flush()
    facts = {"budget_fen": budget_fen, "budget_count": budget_count}
    audit.record("coupon.budget_set", actor=by, subject=f"campaign:{campaign_id}", **facts)


def stop(batch_id: int, *, by: str) -> None:
    """No more is issued; what is out goes on working. Twice is once."""
    batch = held_batch(batch_id)
    if batch.stopped_at is None:
        batch.stopped_at = clock.now()
        session.flush()
        audit.record("coupon.batch_stopped", actor=by, subject=f"batch:{batch_id}")


def resume(batch_id: int, *, by: str) -> None:
    """Issue again, unless it was revoked: that is for good."""
    batch = held_batch(batch_id)
    if batch.stopped_at is not None and batch.revoked_at is None:
        batch.stopped_at = None
        session.flush()
        promises.try_soon(batch_id)
        audit.record("coupon.batch_resumed", actor=by, subject=f"batch:{batch_id}")


def revoke_batch(batch_id: int, *, by: str) -> None:
    """From now on none of its coupons can be put aside or used; what a till has put aside may still
    be settled. Their histories are written by the bulk worker. Twice is once."""
    batch = held_batch(batch_id)
    if batch.revoked_at is None:
        batch.revoked_at = clock.now()
        batch.stopped_at = batch.stopped_at or batch.revoked_at
        session.flush()
        audit.record("coupon.batch_revoked", actor=by, subject=f"batch:{batch_id}")
        queue.ring(queue.BULK)


def fill_pack(pack: CouponBatch, parts: dict[int, int]) -> None:
    """What one pack holds: so many coupons of each batch. Written over as a whole."""
    for part in session.scalars(select(PackPart).filter_by(pack_id=pack.id)):
        session.delete(part)
    session.flush()
    rows = [PackPart(pack_id=pack.id, batch_id=key, quantity=n) for key, n in parts.items()]
    session.add_all(rows)
    session.flush()


def issued_of_campaign(campaign_id: int) -> int:
    """How many coupons its batches have given, as their own counters say."""
    total = select(func.sum(CouponBatch.issued)).filter_by(campaign_id=campaign_id)
    return int(session.scalar(total) or 0)
