"""`quote`: sift the coupons, find the best plan, let points pay, write it all down."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from app.benefits.quote.basket import Basket, Held, Policy, Purse, Shopper, Visit
from app.benefits.quote.conditions import refusal_at, refusal_for, where
from app.benefits.quote.effects import Effect
from app.benefits.quote.offers import offers
from app.benefits.quote.plans import Plan, best_plan
from app.benefits.quote.points import spend
from app.benefits.quote.reasons import Refusal
from app.benefits.quote.result import Applied, Quote, QuotedLine
from app.benefits.quote.shares import split
from app.benefits.quote.why import left_out
from app.coupons.rule.terms import Gives

NO_POINTS = Purse(wish=0, available=0)
NO_LIMITS = Policy()


def quote(
    basket: Basket,
    shopper: Shopper,
    held: Collection[Held],
    visit: Visit,
    purse: Purse = NO_POINTS,
    policy: Policy = NO_LIMITS,
) -> Quote:
    """What this basket costs this shopper here and now. The same question has the same answer,
    in whatever order lines and coupons come. Raises ValueError for two coupons with one key.
    """
    if len({coupon.key for coupon in held}) < len(held):
        raise ValueError("two coupons have the same key")
    places = where(basket, held)
    refused = {
        coupon.key: refusal_at(coupon, shopper, visit)
        or refusal_for(coupon, basket, places[coupon.rule.goods])
        for coupon in held
    }
    usable = [coupon for coupon in held if refused[coupon.key] is None]
    plan = best_plan(basket, offers(usable, basket, places), shopper.rights, policy)
    refusals = [*filter(None, refused.values()), *left_out(plan)]
    return _written(plan, basket, shopper, refusals, purse)


def _applied(plan: Plan, basket: Basket) -> tuple[Applied, ...]:
    pairs = zip(plan.chosen, plan.best.effects, strict=True)
    return tuple(_one(offer.key, offer.gives, [done], basket) for offer, done in pairs)


def _one(key: str, gives: Gives | None, done: Sequence[Effect], basket: Basket) -> Applied:
    off = _by_line(done, basket)
    shares = ((line.line_no, part) for line, part in zip(basket.lines, off, strict=True) if part)
    return Applied(
        key=key,
        gives=gives,
        off_fen=sum(off),
        shipping_off_fen=sum(one.shipping_off_fen for one in done),
        gift_fen=sum(one.gift_fen for one in done),
        shares=tuple(shares),
    )


def _by_line(done: Sequence[Effect], basket: Basket) -> list[int]:
    off = [0] * len(basket.lines)
    for one in done:
        for place, part in zip(one.places, one.parts, strict=True):
            off[place] += part
    return off


def _written(
    plan: Plan, basket: Basket, shopper: Shopper, refused: list[Refusal], purse: Purse
) -> Quote:
    off = _by_line([*plan.tier, *plan.best.effects], basket)
    steps, points_refused = spend(purse, basket.goods_fen - sum(off), _blocker(plan))
    return Quote(
        lines=_lines(plan, basket, off, steps * purse.step_fen),
        tier=_one(shopper.rights.name, None, plan.tier, basket) if shopper.rights else None,
        applied=_applied(plan, basket),
        refused=tuple(sorted(refused, key=lambda refusal: refusal.key)),
        goods_fen=basket.goods_fen,
        off_fen=sum(off),
        shipping_fen=basket.shipping_fen,
        shipping_off_fen=sum(one.shipping_off_fen for one in [*plan.tier, *plan.best.effects]),
        points=steps * purse.step_points,
        points_fen=steps * purse.step_fen,
        points_refused=points_refused,
        is_exact=plan.is_exact,
    )


def _blocker(plan: Plan) -> str | None:
    return next((used.key for used in plan.chosen if not used.stacking.with_points), None)


def _lines(plan: Plan, basket: Basket, off: list[int], points_fen: int) -> tuple[QuotedLine, ...]:
    by_tier = _by_line(plan.tier, basket)
    open_fen = [line.amount_fen - less for line, less in zip(basket.lines, off, strict=True)]
    points = split(points_fen, open_fen)
    return tuple(
        QuotedLine(line.line_no, line.amount_fen, tier, less - tier, paid, rest - paid)
        for line, tier, less, rest, paid in zip(
            basket.lines, by_tier, off, open_fen, points, strict=True
        )
    )
