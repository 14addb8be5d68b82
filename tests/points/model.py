"""Points with pencil and paper: what a member should have after every act."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from app.points.policy import Policy


class Refusal(Exception):
    """What the service must refuse, by its code."""


@dataclass
class Hold:
    member: int
    amount: int
    until: datetime
    parts: list[tuple[datetime, int]]
    state: str = "held"
    given_back: int = 0


@dataclass
class Order:
    member: int
    paid: int
    earned: int
    refunded: int = 0
    clawed: int = 0


@dataclass
class Paper:
    """`lots` of a member: [ripens, lapses, left], in no order; a debt is a number beside them."""

    policy: Policy
    lots: dict[int, list[list]] = field(default_factory=dict)
    owed: dict[int, int] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    refunds: dict[tuple[int, str], int] = field(default_factory=dict)
    gifts: set[str] = field(default_factory=set)
    backs: set[tuple[str, str]] = field(default_factory=set)

    def pass_time(self, now: datetime) -> None:
        """Whatever has come due for anybody."""
        for hold in self.holds.values():
            if hold.state == "held" and hold.until <= now:
                self._release(hold, "lapsed", now)
        for member in self.lots:
            self._pay(member, now)
            self.lots[member] = [lot for lot in self.lots[member] if lot[1] > now or lot[0] > now]

    def figures(self, member: int, now: datetime) -> tuple[int, int, int, int]:
        """(available, pending, held, owed)."""
        lots = self.lots.get(member, [])
        held = sum(h.amount for h in self.holds.values() if (h.member, h.state) == (member, "held"))
        return (
            sum(left for ripens, _, left in lots if ripens <= now),
            sum(left for ripens, _, left in lots if ripens > now),
            held,
            self.owed.get(member, 0),
        )

    def earn(self, member: int, order: int, paid: int, now: datetime) -> int:
        if order in self.orders:
            return self.orders[order].earned
        self.orders[order] = Order(member, paid, paid // 100)
        self._add(member, self.policy.ripens_at(now, now), now, paid // 100)
        return paid // 100

    def gift(self, member: int, amount: int, key: str, now: datetime) -> bool:
        if key in self.gifts:
            return False
        self.gifts.add(key)
        self._add(member, now, now, amount)
        return True

    def refund(self, order: int, key: str, fen: int, now: datetime) -> int:
        if (order, key) in self.refunds:
            return self.refunds[order, key]
        of = self.orders[order]
        of.refunded = min(of.refunded + fen, of.paid)
        keeps = of.earned * (of.paid - of.refunded) // of.paid if of.paid else 0
        amount = of.earned - keeps - of.clawed
        of.clawed += amount
        self.refunds[order, key] = amount
        left = self._take(of.member, amount, now, pending=True)
        left = self._take(of.member, left, now)
        self.owed[of.member] = self.owed.get(of.member, 0) + left
        return amount

    def hold(self, member: int, key: str, amount: int, until: datetime, now: datetime) -> None:
        known = self.holds.get(key)
        if known:
            if (known.member, known.amount) != (member, amount):
                raise Refusal("key_reused")
            return
        self.holds[key] = Hold(member, amount, until, self._parts(member, amount, now))

    def settle(self, key: str, now: datetime) -> None:
        hold = self._known(key)
        if hold.state == "released":
            raise Refusal("hold_over")
        if hold.state == "lapsed":
            hold.parts = self._parts(hold.member, hold.amount, now)
        hold.state = "settled"

    def release(self, key: str, now: datetime) -> None:
        hold = self._known(key)
        if hold.state == "settled":
            raise Refusal("hold_over")
        if hold.state == "held":
            self._release(hold, "released", now)
            self.pass_time(now)

    def give_back(self, key: str, refund: str, amount: int, now: datetime) -> int:
        hold = self._known(key)
        if hold.state != "settled":
            raise Refusal("hold_over")
        amount = min(amount, hold.amount - hold.given_back)
        if amount == 0 or (key, refund) in self.backs:
            return 0
        self.backs.add((key, refund))
        hold.given_back += amount
        left = amount
        hold.parts.sort(reverse=True)
        for place, (lapses, there) in enumerate(hold.parts):
            back = min(there, left)
            hold.parts[place] = (lapses, there - back)
            left -= back
            if back:
                again = lapses if lapses > now else self.policy.lapses_at(now)
                self.lots.setdefault(hold.member, []).append([now, again, back])
        self._pay(hold.member, now)
        return amount

    def _known(self, key: str) -> Hold:
        if key not in self.holds:
            raise Refusal("no_hold")
        return self.holds[key]

    def _release(self, hold: Hold, state: str, now: datetime) -> None:
        hold.state = state
        for lapses, amount in hold.parts:
            self.lots.setdefault(hold.member, []).append([now, lapses, amount])

    def _add(self, member: int, ripens: datetime, now: datetime, amount: int) -> None:
        if amount:
            self.lots.setdefault(member, []).append([ripens, self.policy.lapses_at(now), amount])
        self._pay(member, now)

    def _pay(self, member: int, now: datetime) -> None:
        self.owed[member] = self._take(member, self.owed.get(member, 0), now)

    def _parts(self, member: int, amount: int, now: datetime) -> list[tuple[datetime, int]]:
        if self.figures(member, now)[0] < amount:
            raise Refusal("too_few_points")
        before = {id(lot): lot[2] for lot in self.lots[member]}
        self._take(member, amount, now)
        parts = [(lot[1], before[id(lot)] - lot[2]) for lot in self.lots[member]]
        return [part for part in parts if part[1]]

    def _take(self, member: int, amount: int, now: datetime, *, pending: bool = False) -> int:
        """What could not be taken. The first to lapse goes first; of what is not ripe yet, the
        last to ripen."""
        lots = [lot for lot in self.lots.get(member, []) if (lot[0] > now) == pending]
        lots.sort(key=lambda lot: (-lot[0].timestamp(), lot[1]) if pending else (lot[1],))
        for lot in lots:
            taken = min(lot[2], amount)
            lot[2] -= taken
            amount -= taken
        return amount
