"""Giving coupons: one or many in one transaction, within stock, budget and every limit.

All that is scarce about a batch is decided under the lock of its row (its campaign's after it,
in the order of their ids), so that any number of processes give exactly what there is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy import Table, insert, select, tuple_

from app.brands import service as brands
from app.core import clock, db, events
from app.core.db import session
from app.coupons.models import Coupon, CouponBatch, CouponCampaign, Step
from app.coupons.refusals import Reason
from app.coupons.rule import stored
from app.coupons.service import steps, tallies
from app.coupons.service.tallies import Limit, Tally

Name = tuple[int, int, str]  # batch, member, reason: what there is one of


@dataclass(frozen=True)
class Ask:
    """One coupon for one person. The same batch, member and reason answer the first.

    `is_claim` is her own, which obeys the days of claiming; a guide's counts on her allowance.
    """

    batch_id: int
    member_id: int
    reason: str
    is_claim: bool = False
    guide_id: int | None = None
    store_id: int | None = None
    by: str = steps.RULE

    @property
    def name(self) -> Name:
        """What there is one of."""
        return self.batch_id, self.member_id, self.reason


@dataclass(frozen=True)
class Answer:
    """The coupon she has now, or why she got none."""

    coupon_id: int | None
    refusal: Reason | None = None
    is_new: bool = False


@dataclass
class Desk:
    """What one group of asks is decided on; nothing of it changes until the commit."""

    at: datetime
    zone: ZoneInfo
    batches: Mapping[int, CouponBatch]
    campaigns: Mapping[int, CouponCampaign]
    known: dict[Name, int]
    phones: Mapping[int, str]
    tally: Tally = field(default_factory=lambda: Tally({}))
    taken: Counter[int] = field(default_factory=Counter)  # of each batch, by this group
    charged: Counter[int] = field(default_factory=Counter)  # to each campaign

    @cached_property
    def windows(self) -> dict[int, tuple[datetime, datetime]]:
        """From when until when a coupon of each batch works that is given now."""
        return {batch.id: window(batch, self.at, self.zone) for batch in self.batches.values()}

    def limits(self, ask: Ask) -> list[Limit]:
        """The counters that this ask would raise."""
        batch, phone = self.batches[ask.batch_id], self.phones.get(ask.member_id)
        day = clock.business_day(self.at, self.zone)
        return tallies.limits_of(batch, ask.member_id, phone, ask.guide_id, day)

    def is_gone(self, batch: CouponBatch) -> bool:
        """Whether the stock is empty."""
        return batch.issued + self.taken[batch.id] >= batch.stock

    def is_spent(self, batch: CouponBatch) -> bool:
        """Whether its campaign has given as many as it may."""
        campaign = self.campaigns.get(batch.campaign_id or 0)
        if campaign is None or campaign.budget_count is None:
            return False
        return campaign.taken_count + self.charged[campaign.id] >= campaign.budget_count


def issue_many(asks: Sequence[Ask]) -> list[Answer]:
    """Give what may be given, and answer each ask in its order. Duplicates answer the first."""
    if not asks:
        return []
    desk = _desk(asks)
    refusals: dict[Name, Reason] = {}
    given: dict[Name, Ask] = {}
    for ask in asks:
        if ask.name in desk.known or ask.name in given:
            continue
        refusal = _refusal(ask, desk)
        if refusal is None:
            _take(ask, desk)
            given[ask.name] = ask
        else:
            refusals[ask.name] = refusal
    made = _write(list(given.values()), desk)
    return [_answer(ask, desk, made, refusals) for ask in asks]


def foresee(ask: Ask) -> Answer:
    """What she would be answered now: nothing is held for it, and nothing given."""
    desk = _desk([ask], is_held=False)
    first = desk.known.get(ask.name)
    return Answer(first, None if first is not None else _refusal(ask, desk))


def _desk(asks: Sequence[Ask], *, is_held: bool = True) -> Desk:
    at = clock.now()
    batches = _batches({ask.batch_id for ask in asks}, is_held)
    campaigns = _campaigns({batch.campaign_id for batch in batches.values()}, is_held)
    zone = brands.get(db.current_brand_id()).zoneinfo
    asked = [ask for ask in asks if ask.batch_id in batches]
    wants_phone = {ask.member_id for ask in asked if batches[ask.batch_id].per_phone}
    phones = tallies.phones(sorted(wants_phone))
    desk = Desk(at, zone, batches, campaigns, _known(asks), phones)
    desk.tally = tallies.read(limit for ask in asked for limit in desk.limits(ask))
    return desk


def _batches(ids: set[int], is_held: bool) -> dict[int, CouponBatch]:
    """The batches, held until the commit; in one order, so that two groups never lock each other.
    Keys may still be referred to: what lies in a batch does not wait."""
    wanted = select(CouponBatch).where(CouponBatch.id.in_(sorted(ids))).order_by(CouponBatch.id)
    held = wanted.with_for_update(key_share=True).execution_options(populate_existing=True)
    return {batch.id: batch for batch in session.scalars(held if is_held else wanted)}


def _campaigns(ids: set[int | None], is_held: bool) -> dict[int, CouponCampaign]:
    known = sorted(one for one in ids if one is not None)
    if not known:
        return {}
    wanted = select(CouponCampaign).where(CouponCampaign.id.in_(known)).order_by(CouponCampaign.id)
    held = wanted.with_for_update(key_share=True).execution_options(populate_existing=True)
    return {campaign.id: campaign for campaign in session.scalars(held if is_held else wanted)}


def _known(asks: Sequence[Ask]) -> dict[Name, int]:
    name = tuple_(Coupon.batch_id, Coupon.member_id, Coupon.reason)
    found = session.execute(
        select(Coupon.batch_id, Coupon.member_id, Coupon.reason, Coupon.id).where(
            name.in_({ask.name for ask in asks})
        )
    )
    return {(row.batch_id, row.member_id, row.reason): row.id for row in found}


def _refusal(ask: Ask, desk: Desk) -> Reason | None:
    batch = desk.batches.get(ask.batch_id)
    if batch is None:
        return Reason.NO_BATCH
    found = next((reason for reason, holds in _asked(ask, batch, desk) if holds), None)
    return found or desk.tally.full(desk.limits(ask)) or _shortage(batch, desk)


def _asked(ask: Ask, batch: CouponBatch, desk: Desk) -> tuple[tuple[Reason, bool], ...]:
    opens, ends = batch.claim_from, batch.claim_until
    return (
        (Reason.REVOKED, batch.revoked_at is not None),
        (Reason.STOPPED, batch.stopped_at is not None),
        (Reason.NOT_OPEN, ask.is_claim and batch.claim_code is None),
        (Reason.NOT_YET_OPEN, ask.is_claim and opens is not None and desk.at < opens),
        (Reason.CLAIM_OVER, ask.is_claim and ends is not None and ends <= desk.at),
        (Reason.VALIDITY_OVER, desk.windows[batch.id][1] <= desk.at),
        (Reason.NO_ALLOWANCE, ask.guide_id is not None and batch.per_guide_month is None),
        (Reason.NO_PHONE, batch.per_phone is not None and ask.member_id not in desk.phones),
    )


def _shortage(batch: CouponBatch, desk: Desk) -> Reason | None:
    if desk.is_gone(batch):
        return Reason.GONE
    return Reason.BUDGET_SPENT if desk.is_spent(batch) else None


def _take(ask: Ask, desk: Desk) -> None:
    batch = desk.batches[ask.batch_id]
    desk.taken[batch.id] += 1
    if batch.campaign_id is not None:
        desk.charged[batch.campaign_id] += 1
    desk.tally.add(desk.limits(ask))


def _write(asks: Sequence[Ask], desk: Desk) -> dict[Name, int]:
    """Stock and budget, counters, coupons, history, events: a statement each."""
    if not asks:
        return {}
    for batch_id, count in desk.taken.items():
        desk.batches[batch_id].issued += count
    for campaign_id, count in desk.charged.items():
        desk.campaigns[campaign_id].taken_count += count
    session.flush()
    desk.tally.write()
    rows = session.execute(_INSERT, [_row(ask, desk) for ask in asks]).all()
    made = {(row.batch_id, row.member_id, row.reason): row.id for row in rows}
    steps.keep([_step(ask, made[ask.name], desk.at) for ask in asks])
    events.record_all([_news(ask, made[ask.name], desk.at) for ask in asks])
    return made


_COUPONS = Coupon.__table__.c
_NAME = (_COUPONS.batch_id, _COUPONS.member_id, _COUPONS.reason, _COUPONS.id)
_INSERT = insert(cast(Table, Coupon.__table__)).returning(
    *_NAME
)  # the table's own: no object is made of a row


def _row(ask: Ask, desk: Desk) -> dict[str, object]:
    batch = desk.batches[ask.batch_id]
    valid_from, valid_until = desk.windows[batch.id]
    return {
        "brand_id": db.current_brand_id(),
        "batch_id": batch.id,
        "member_id": ask.member_id,
        "reason": ask.reason,
        "valid_from": valid_from,
        "valid_until": valid_until,
        "issued_at": desk.at,
        "rule": batch.rule,
    }


def _step(ask: Ask, coupon_id: int, at: datetime) -> steps.Taken:
    return steps.Taken(
        coupon_id, Step.ISSUED, at, ask.by, store_id=ask.store_id, reference=ask.reason
    )


def _news(ask: Ask, coupon_id: int, at: datetime) -> events.News:
    data = {"coupon_id": coupon_id, "batch_id": ask.batch_id}
    return events.News("coupon.issued", at, data, member_id=ask.member_id)


def _answer(
    ask: Ask, desk: Desk, made: Mapping[Name, int], refusals: Mapping[Name, Reason]
) -> Answer:
    if ask.name in made:
        return Answer(made[ask.name], is_new=True)
    first = desk.known.get(ask.name)
    return Answer(first) if first is not None else Answer(None, refusals[ask.name])


def window(batch: CouponBatch, at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """[from, until) of a coupon that is given at this moment."""
    if batch.rule is None:
        return at, at + timedelta(days=batch.valid_days)
    return stored(batch.rule).validity.window(at, zone)
