"""The discount engine once more, written as plainly as possible: every combination is priced in
turn, shares are split with exact fractions. It is the oracle; nothing of it is fast."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import ceil, floor

from app.coupons.rule import terms

TURNS = ("pack", "free", "exchange", "percent", "amount", "shipping", "gift", "sample")


class Pile:
    """Open money and open units of each line, the delivery, and what coupons may still take."""

    def __init__(self, basket, cap_fen):
        self.open = {line.line_no: line.amount_fen for line in basket.lines}
        self.units = {line.line_no: line.quantity for line in basket.lines}
        self.shipping, self.cap = basket.shipping_fen, cap_fen

    def unit(self, line_no):
        return ceil(Fraction(self.open[line_no], self.units[line_no]))


def split(total, weights):
    """{line: fen}: exact shares rounded down, the rest to the largest remainders."""
    whole = sum(weights.values())
    exact = {key: Fraction(total * weight, whole) for key, weight in weights.items()}
    parts = {key: floor(share) for key, share in exact.items()}
    by_rest = sorted(exact, key=lambda key: (parts[key] - exact[key], key))
    for key in by_rest[: total - sum(parts.values())]:
        parts[key] += 1
    return parts


def best(basket, held, rights, policy):
    """(worth, how few coupons): the most that any allowed combination of these usable coupons is
    worth, with the tier's price where that is worth no less."""
    with_price = [one for one in held if one.rule.stacking.with_tier_price]
    kept = _best(basket, with_price, rights, policy, True)
    if len(with_price) == len(held):
        return kept
    return max(kept, _best(basket, held, rights, policy, False), key=lambda found: found[0])


def _best(basket, held, rights, policy, has_price):
    ordered = sorted(held, key=lambda one: (_turn(one), one.valid_until, one.key))
    found = [
        (worth(basket, chosen, rights, policy, has_price), count)
        for count in range(min(len(ordered), policy.most_coupons) + 1)
        for chosen in combinations(ordered, count)
        if may_go_together(chosen)
    ]
    return max(found, key=lambda one: (one[0], -one[1]))


def _turn(held):
    order = held.rule.stacking.order
    return (TURNS.index(terms.kind_of(held.rule.gives)) + 1) * 100 if order is None else order


def may_go_together(chosen):
    groups = [one.rule.stacking.group for one in chosen if one.rule.stacking.group]
    is_one_alone = any(one.rule.stacking.is_alone for one in chosen)
    return len(set(groups)) == len(groups) and not (is_one_alone and len(chosen) > 1)


def worth(basket, chosen, rights, policy, has_price):
    """What she is better off by with these coupons, in this order."""
    goods = sum(line.amount_fen for line in basket.lines)
    pile, total = Pile(basket, goods), 0
    if has_price and rights:
        total += _use(terms.Percent(rights.off_basis_points), list(pile.open), pile, basket)
    if rights and rights.is_shipping_free:
        total += _use(terms.Shipping(), [], pile, basket)
    pile.cap = floor(Fraction(goods * policy.cap_basis_points, 10_000))
    for one in chosen:
        meant = [line.line_no for line in basket.lines if _is_meant(one.rule.goods, line)]
        total += _use(one.rule.gives, meant, pile, basket)
    return total


def _is_meant(goods, line):
    fits = lambda s: all(  # noqa: E731
        getattr(s, name) in (None, getattr(line, name)) for name in ("sku", "category", "brand")
    )
    return not any(map(fits, goods.except_)) and (not goods.only or any(map(fits, goods.only)))


def _use(gives, meant, pile, basket):
    """Do it to the pile and say what it was worth; nothing happens where that is nothing."""
    if isinstance(gives, terms.Gift | terms.Sample):
        return gives.worth_fen
    if isinstance(gives, terms.Shipping):
        off = min(gives.cap_fen or pile.shipping, pile.shipping)
        pile.shipping -= off
        return off
    if isinstance(gives, terms.Amount | terms.Percent):
        return _money(gives, meant, pile)
    return _units(gives, meant, pile, basket)


def _money(gives, meant, pile):
    open_fen = {line_no: pile.open[line_no] for line_no in meant}
    whole = sum(open_fen.values())
    if isinstance(gives, terms.Amount):
        wanted = gives.off_fen
    else:
        wanted = floor(Fraction(whole * gives.off_basis_points, 10_000))
        wanted = min(wanted, gives.cap_fen or wanted)
    off = min(wanted, whole, pile.cap)
    if off > 0:
        for line_no, part in split(off, open_fen).items():
            pile.open[line_no] -= part
        pile.cap -= off
    return max(off, 0)


def _units(gives, meant, pile, basket):
    before = dict(pile.open), dict(pile.units)
    taken, is_whole, pay = _close(gives, meant, pile, basket)
    off = min(sum(taken) - pay, pile.cap)
    if off <= 0 or not is_whole:
        pile.open, pile.units = before
        return 0
    pile.cap -= off
    return off


def _close(gives, meant, pile, basket):
    if isinstance(gives, terms.Free):
        return _dearest(meant, gives.quantity, 0, pile), True, 0
    if isinstance(gives, terms.Exchange):
        taken = _dearest(meant, gives.quantity, gives.pay_fen, pile)
        return taken, True, gives.pay_fen * len(taken)
    skus = {line.line_no: line.sku for line in basket.lines}
    taken = []
    for part in gives.parts:
        of_part = [line_no for line_no in meant if skus[line_no] == part.sku]
        units = _dearest(of_part, part.quantity, -1, pile)
        if len(units) < part.quantity:
            return [], False, 0
        taken += units
    return taken, True, gives.pay_fen


def _dearest(meant, quantity, above, pile):
    taken = []
    while len(taken) < quantity:
        left = [line_no for line_no in meant if pile.units[line_no]]
        if not left:
            break
        line_no = max(left, key=lambda one: (pile.unit(one), -one))
        value = pile.unit(line_no)
        if value <= above:
            break
        pile.open[line_no] -= value
        pile.units[line_no] -= 1
        taken.append(value)
    return taken
