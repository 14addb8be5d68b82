"""What a member can use: the one answer that the card, the guide and the till all show."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.benefits import rights, wallets
from app.benefits.purse import purse
from app.benefits.quote import Held, Purse, Reason, Refusal, Visit, refusal_at
from app.brands import service as brands
from app.brands.models import Brand
from app.core import db
from app.core.money import whole_yuan
from app.coupons import queries as coupons
from app.coupons import service as coupon_service
from app.coupons.models import Coupon, CouponBatch, CouponKind
from app.coupons.rule import Amount, Percent, Rule, Sample, Shipping, stored
from app.coupons.rule.terms import Kind, kind_of
from app.coupons.rule.words import gift_words
from app.coupons.service import Offer

SHOWN_OF_WHAT_IS_OVER = 20
MONEY = (CouponKind.AMOUNT, CouponKind.PERCENT, CouponKind.SHIPPING)
THINGS = {
    Kind.FREE: "免费兑",
    Kind.EXCHANGE: "换购",
    Kind.GIFT: "赠品",
    Kind.PACK: "礼包",
}


@dataclass(frozen=True)
class Benefit:
    """One thing she holds, in the words every face uses."""

    coupon_id: int
    kind: CouponKind
    title: str  # what its batch is called
    amount_label: str  # 「¥20」「小样」
    condition: str  # 「满 99 可用」
    label: str  # both in one line
    until: datetime
    store_left: int | None  # of a sample, on this store's shelf
    store_count: int  # in how many stores it works; none where all do
    refusal: Refusal | None  # why not now

    @property
    def is_used(self) -> bool:
        """Whether it is used up."""
        return self.refusal is not None and self.refusal.reason is Reason.USED

    @property
    def is_money(self) -> bool:
        """Whether its face is a sum or a share, and not a thing."""
        return self.kind in MONEY

    @property
    def why(self) -> str | None:
        """The reason as she reads it."""
        return self.refusal.shopper if self.refusal else None


@dataclass(frozen=True)
class PointsWorth:
    """Points as money: so many are worth so many fen, in whole steps."""

    available: int
    step_points: int
    step_fen: int

    @property
    def worth_fen(self) -> int:
        """Of all that she may spend."""
        return self.available // self.step_points * self.step_fen if self.step_fen else 0


@dataclass(frozen=True)
class Benefits:
    """What works here and now, and what does not, each with its reason. What is over, the tier's
    rights and the points are told of one member, not of a list of them."""

    usable: list[Benefit] = field(default_factory=list)
    later: list[Benefit] = field(default_factory=list)
    used: list[Benefit] = field(default_factory=list)
    expired: list[Benefit] = field(default_factory=list)
    rights: list[str] = field(default_factory=list)
    points: PointsWorth | None = None

    @property
    def coupon_count(self) -> int:
        """Usable coupons that are no samples."""
        return sum(1 for benefit in self.usable if benefit.kind is not CouponKind.SAMPLE)

    @property
    def sample(self) -> Benefit | None:
        """The sample waiting for her, if there is one."""
        return next((b for b in self.usable if b.kind is CouponKind.SAMPLE), None)


@dataclass(frozen=True)
class Gift:
    """One thing that joining gives."""

    kind: CouponKind
    amount_label: str
    condition: str


def benefits(member_id: int, store_id: int | None, at: datetime) -> Benefits:
    """What this member can use at this store at this moment, what she cannot use yet, what she
    has used or let pass (the newest), what her tier gives, what her points are worth: the card,
    the guide and the till show exactly this. Without a store she is at home.
    """
    found = open_benefits(member_id, store_id, at)
    used, expired = _over(member_id, at)
    return replace(
        found,
        used=used,
        expired=expired,
        rights=rights.in_words(member_id),
        points=_points(purse(member_id)),
    )


def over(coupon: Coupon, batch: CouponBatch, *, is_revoked: bool) -> Benefit:
    """One that will not work again, with its reason."""
    is_used = coupon.used - coupon.held >= coupon.uses
    reason = Reason.USED if is_used else Reason.REVOKED if is_revoked else Reason.EXPIRED
    return _benefit(coupon, batch, None, Refusal(str(coupon.id), reason))


def _over(member_id: int, at: datetime) -> tuple[list[Benefit], list[Benefit]]:
    used: list[Benefit] = []
    expired: list[Benefit] = []
    for coupon, batch, is_revoked in coupons.closed_of_member(member_id, at, SHOWN_OF_WHAT_IS_OVER):
        benefit = over(coupon, batch, is_revoked=is_revoked)
        (used if benefit.is_used else expired).append(benefit)
    return used, expired


def _points(held: Purse) -> PointsWorth:
    return PointsWorth(held.available, held.step_points, held.step_fen)


def open_benefits(member_id: int, store_id: int | None, at: datetime) -> Benefits:
    """The part of `benefits` that changes hands at the counter: what works, and what not yet."""
    return for_members([member_id], store_id, at)[member_id]


def for_members(
    member_ids: Collection[int], store_id: int | None, at: datetime
) -> dict[int, Benefits]:
    """The same for many members, in as many queries as for one."""
    rows = [row for row in coupons.open_of_members(member_ids) if row[0].valid_until > at]
    found = {member_id: Benefits() for member_id in member_ids}
    for coupon, benefit, _held in _read(rows, store_id, at):
        _place(found[coupon.member_id], benefit)
    return found


@dataclass(frozen=True)
class Wallet:
    """Her coupons for the discount engine, and in words by the engine's key."""

    held: list[Held]
    by_key: dict[str, Benefit]


def wallet(member_id: int, rows: wallets.Rows, store_id: int | None, at: datetime) -> Wallet:
    """These coupons of hers at this store and moment."""
    read = [one for one in _read(rows, store_id, at) if one[0].member_id == member_id]
    return Wallet([held for _, _, held in read], {held.key: benefit for _, benefit, held in read})


def _read(
    rows: wallets.Rows, store_id: int | None, at: datetime
) -> Iterator[tuple[Coupon, Benefit, Held]]:
    left = wallets.samples_left(rows, store_id)
    shoppers = wallets.shoppers(rows)
    visit = Visit(at, store_id, brands.get(db.current_brand_id()).zoneinfo)
    for coupon, batch in rows:
        held = wallets.held(coupon, batch, left.get(batch.id), at)
        refusal = refusal_at(held, shoppers[coupon.member_id], visit)
        yield coupon, _benefit(coupon, batch, held.store_left, refusal), held


def _place(held: Benefits, benefit: Benefit) -> None:
    (held.later if benefit.why else held.usable).append(benefit)


def _benefit(
    coupon: Coupon, batch: CouponBatch, shelf: int | None, refusal: Refusal | None
) -> Benefit:
    amount, condition = words(batch, wallets.rule_of(coupon, batch))
    return Benefit(
        coupon_id=coupon.id,
        kind=CouponKind(batch.kind),
        title=batch.name,
        amount_label=amount,
        condition=condition,
        label=f"{amount}，{condition}" if batch.kind in MONEY else condition,
        until=coupon.valid_until,
        store_left=shelf,
        store_count=len(wallets.rule_of(coupon, batch).store_ids),
        refusal=refusal,
    )


def offered(offer: Offer) -> Benefit:
    """A coupon that lies ready for her, in the same words."""
    if offer.coupon is not None:
        return _benefit(offer.coupon, offer.batch, None, None)
    not_yet = Coupon(id=0, rule=offer.batch.rule, valid_until=offer.until)
    return _benefit(not_yet, offer.batch, None, None)


def words(batch: CouponBatch, rule: Rule | None = None) -> tuple[str, str]:
    """What it is worth and on what condition, in the words every face uses."""
    rule = rule or (stored(batch.rule) if batch.rule else None)
    if rule is not None and isinstance(rule.gives, Amount):
        return whole_yuan(rule.gives.off_fen), _spend(rule.min_spend_fen)
    if rule is None or isinstance(rule.gives, Sample):
        return worth(CouponKind(batch.kind), batch.name, batch.value_fen, batch.min_spend_fen)
    if isinstance(rule.gives, Percent | Shipping):
        amount, _, cap = gift_words(rule.gives).partition("，")
        asked = [_spend(rule.min_spend_fen) if rule.min_spend_fen or not cap else "", cap]
        return amount.removeprefix("打 "), "，".join(part for part in asked if part)
    return THINGS[kind_of(rule.gives)], batch.name


def worth(kind: CouponKind, name: str, value_fen: int, min_spend_fen: int) -> tuple[str, str]:
    """The same of a batch's columns alone."""
    if kind == CouponKind.SAMPLE:
        return "小样", name
    if kind == CouponKind.AMOUNT:
        return whole_yuan(value_fen), _spend(min_spend_fen)
    return "商品券", name


def _spend(fen: int) -> str:
    return f"满 {fen // 100} 可用" if fen else "无门槛"


def joining_gifts(brand: Brand) -> list[Gift]:
    """What joining gives today, as the join page and the guide's line tell it."""
    found = coupon_service.batches(welcome_codes(brand))
    gifts = []
    for batch in found:
        amount, condition = words(batch)
        gifts.append(Gift(CouponKind(batch.kind), amount, condition))
    return gifts


def give_joining_gifts(brand: Brand, *member_ids: int) -> int:
    """Issue to each of them what joining gives; again gives nothing more. Answers how many they
    hold of it."""
    asks = [
        coupon_service.Ask(batch.id, member_id, "welcome")
        for batch in coupon_service.batches(welcome_codes(brand))
        for member_id in member_ids
    ]
    held = coupon_service.issue_many(asks)  # all at once: batches are held in one order
    return sum(1 for answer in held if answer.coupon_id is not None)


def welcome_codes(brand: Brand) -> list[str]:
    """The batches that the brand gives on joining."""
    return list(brand.settings.get("joining_gifts", []))
