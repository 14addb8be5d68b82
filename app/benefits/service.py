"""What a member can use: the one answer that the card, the guide and the till all show."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from app.benefits import wallets
from app.benefits.quote import Held, Refusal, Visit, refusal_at
from app.brands import service as brands
from app.brands.models import Brand
from app.core import db
from app.core.money import whole_yuan
from app.coupons import queries as coupons
from app.coupons import service as coupon_service
from app.coupons.models import Coupon, CouponBatch, CouponKind


@dataclass(frozen=True)
class Benefit:
    """One thing she holds, in the words every face uses."""

    coupon_id: int
    kind: CouponKind
    amount_label: str  # 「¥20」「小样」
    condition: str  # 「满 99 可用」
    label: str  # both in one line
    until: datetime
    store_left: int | None  # of a sample, on this store's shelf
    refusal: Refusal | None  # why not now

    @property
    def why(self) -> str | None:
        """The reason as she reads it."""
        return self.refusal.shopper if self.refusal else None


@dataclass(frozen=True)
class Benefits:
    """What works here and now, and what does not yet, each with its reason."""

    usable: list[Benefit] = field(default_factory=list)
    later: list[Benefit] = field(default_factory=list)

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
    """What this member can use at this store at this moment."""
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
    amount, condition = words(batch)
    return Benefit(
        coupon_id=coupon.id,
        kind=CouponKind(batch.kind),
        amount_label=amount,
        condition=condition,
        label=f"{amount}，{condition}" if batch.kind == CouponKind.AMOUNT else condition,
        until=coupon.valid_until,
        store_left=shelf,
        refusal=refusal,
    )


def words(batch: CouponBatch) -> tuple[str, str]:
    """What it is worth and on what condition, in the words every face uses."""
    return worth(CouponKind(batch.kind), batch.name, batch.value_fen, batch.min_spend_fen)


def worth(kind: CouponKind, name: str, value_fen: int, min_spend_fen: int) -> tuple[str, str]:
    """The same of a batch's columns alone."""
    if kind == CouponKind.SAMPLE:
        return "小样", name
    if kind == CouponKind.ITEM:
        return "商品券", name
    spend = f"满 {min_spend_fen // 100} 可用" if min_spend_fen else "无门槛"
    return whole_yuan(value_fen), spend


def joining_gifts(brand: Brand) -> list[Gift]:
    """What joining gives today, as the join page and the guide's line tell it."""
    found = coupon_service.batches(welcome_codes(brand))
    gifts = []
    for batch in found:
        amount, condition = words(batch)
        gifts.append(Gift(CouponKind(batch.kind), amount, condition))
    return gifts


def give_joining_gifts(brand: Brand, member_id: int) -> int:
    """Issue what joining gives; again gives nothing more. Answers how many she holds of it."""
    held = [
        coupon_service.issue(batch, member_id, "welcome")
        for batch in coupon_service.batches(welcome_codes(brand))
    ]
    return sum(1 for coupon in held if coupon is not None)


def welcome_codes(brand: Brand) -> list[str]:
    """The batches that the brand gives on joining."""
    return list(brand.settings.get("joining_gifts", []))
