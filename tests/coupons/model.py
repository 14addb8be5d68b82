"""Coupons as one would play them with paper and pencil: no database, no locks, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.coupons.models import CouponState
from app.coupons.refusals import Reason

DAYS = timedelta(days=30)


class Refusal(Exception):
    """The model says no."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass
class Ticket:
    """A coupon in somebody's hands."""

    until: datetime
    uses: int = 1
    is_revoked: bool = False


@dataclass
class Use:
    """What a till did with it."""

    ticket: int
    fen: int
    until: datetime
    state: str = "reserved"
    refunds: dict[str, int] = field(default_factory=dict)

    @property
    def stands(self) -> bool:
        return self.state in ("reserved", "redeemed", "partly_refunded")

    @property
    def costs(self) -> int:
        return self.fen - sum(self.refunds.values()) if self.stands else 0


@dataclass
class Pencil:
    """One batch of a campaign with a budget, its tickets and what the tills did with them."""

    stock: int
    per_person: int
    budget: int
    is_stopped: bool = False
    is_revoked: bool = False
    tickets: list[Ticket] = field(default_factory=list)
    claims: dict[tuple[int, str], int] = field(default_factory=dict)  # who, key: ticket
    uses: dict[str, Use] = field(default_factory=dict)

    def lapse(self, now: datetime) -> None:
        """Whatever has run out is free."""
        for use in self.uses.values():
            if use.state == "reserved" and use.until <= now:
                use.state = "lapsed"

    @property
    def spent(self) -> int:
        return sum(use.costs for use in self.uses.values())

    def claim(self, who: int, key: str, now: datetime) -> int:
        """Answers the ticket."""
        if (who, key) in self.claims:
            return self.claims[who, key]
        hers = sum(1 for holder, _ in self.claims if holder == who)
        for reason, holds in (
            (Reason.REVOKED, self.is_revoked),
            (Reason.STOPPED, self.is_stopped),
            (Reason.PER_PERSON, hers >= self.per_person),
            (Reason.GONE, len(self.tickets) >= self.stock),
        ):
            if holds:
                raise Refusal(reason)
        self.tickets.append(Ticket(now + DAYS))
        self.claims[who, key] = len(self.tickets) - 1
        return len(self.tickets) - 1

    def state(self, number: int, now: datetime) -> CouponState:
        """As the coupon says itself; a revoked batch apart."""
        ticket = self.tickets[number]
        states = [use.state for use in self.uses.values() if use.ticket == number and use.stands]
        if len(states) - states.count("reserved") >= ticket.uses:
            return CouponState.USED
        if ticket.is_revoked:
            return CouponState.REVOKED
        if len(states) >= ticket.uses:
            return CouponState.HELD
        return CouponState.EXPIRED if ticket.until <= now else CouponState.USABLE

    def reserve(self, number: int, key: str, fen: int, until: datetime, now: datetime) -> None:
        first = self.uses.get(key)
        if first is not None:
            if (first.ticket, first.fen) != (number, fen):
                raise Refusal(Reason.KEY_REUSED)
            return
        state = self.state(number, now)
        if self.is_revoked and state is not CouponState.USED:
            raise Refusal(Reason.REVOKED)
        if state is not CouponState.USABLE:
            raise Refusal(Reason(state.value))
        self._afford(fen)
        self.uses[key] = Use(number, fen, until)

    def _afford(self, fen: int) -> None:
        if fen and self.spent + fen > self.budget:
            raise Refusal(Reason.BUDGET_SPENT)

    def _use(self, key: str) -> Use:
        if key not in self.uses:
            raise Refusal(Reason.NO_USE)
        return self.uses[key]

    def settle(self, key: str) -> None:
        use = self._use(key)
        if use.state == "rolled_back":
            raise Refusal(Reason.ROLLED_BACK)
        if use.state in ("redeemed", "partly_refunded"):
            return
        if not use.stands:
            self._take_again(use)
        use.state = "redeemed"

    def _take_again(self, use: Use) -> None:
        taken = sum(1 for one in self.uses.values() if one.ticket == use.ticket and one.stands)
        if taken >= self.tickets[use.ticket].uses:
            raise Refusal(Reason.TAKEN_MEANWHILE)
        if self.tickets[use.ticket].is_revoked or self.is_revoked:
            raise Refusal(Reason.REVOKED)
        self._afford(use.fen)

    def void(self, key: str) -> None:
        use = self._use(key)
        if use.state in ("redeemed", "partly_refunded"):
            raise Refusal(Reason.SETTLED)
        if use.state == "reserved":
            use.state = "voided"

    def give_back(self, key: str) -> None:
        use = self._use(key)
        if use.stands:
            use.state = "voided" if use.state == "reserved" else "rolled_back"

    def refund(self, key: str, refund_key: str, fen: int) -> None:
        use = self._use(key)
        if use.state not in ("redeemed", "partly_refunded"):
            raise Refusal(Reason.NO_USE)
        if refund_key in use.refunds:
            return
        if sum(use.refunds.values()) + fen > use.fen:
            raise Refusal(Reason.REFUND_TOO_LARGE)
        use.refunds[refund_key], use.state = fen, "partly_refunded"

    def revoke(self, number: int, now: datetime) -> None:
        if self.tickets[number].is_revoked:
            return
        if self.state(number, now) is CouponState.USED:
            raise Refusal(Reason.USED)
        self.tickets[number].is_revoked = True
