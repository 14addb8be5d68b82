"""The form of a ladder: how it counts, and its steps from the lowest up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from app.core.errors import BadInput
from app.points import rights
from app.points.models import Tier
from app.points.recounting import Step
from app.points.rights import Rights
from app.points.service.ladder import Rung, check_ladder
from app.points.tier_policy import By, TierPolicy

MOST_STEPS, MOST_MONTHS, MOST_DAYS = 8, 60, 365
POLICY = ("by", "window_months", "grace_days")
FIELDS = ("id", "name", "yuan", "off", "is_shipping_free", "perks")


@dataclass
class LadderForm:
    """What was typed, as it was, and what is wrong with it."""

    policy: dict[str, str]
    steps: list[dict[str, str]]
    error: str = ""

    @classmethod
    def of(cls, policy: TierPolicy, tiers: Sequence[Tier]) -> LadderForm:
        """The ladder in force."""
        said = {
            "by": policy.by.value,
            "window_months": str(policy.window_months),
            "grace_days": str(policy.grace_days),
        }
        return cls(said, [_shown(tier) for tier in tiers])

    @classmethod
    def sent(cls, form: MultiDict[str, str]) -> LadderForm:
        """From the request."""
        policy = {
            name: form.get(name, "").strip() for name in ("by", "window_months", "grace_days")
        }
        count = min(len(form.getlist("step")), MOST_STEPS)
        steps = [
            {name: form.get(f"{name}-{place}", "").strip() for name in FIELDS}
            for place in range(count)
        ]
        return cls(policy, steps)

    def add(self) -> None:
        """One more step at the top."""
        if len(self.steps) < MOST_STEPS:
            self.steps.append(dict.fromkeys(FIELDS, ""))

    def read(self, known: Sequence[int]) -> tuple[TierPolicy, list[Rung]] | None:
        """What is meant; None where something is wrong, which is said in `error`."""
        try:
            policy, rungs = _policy(self.policy), [_rung(step) for step in self.steps]
            check_ladder(rungs, known)
        except BadInput as refused:
            self.error = refused.detail or refused.title
            return None
        return policy, rungs


def steps_of(rungs: Sequence[Rung]) -> list[Step]:
    """As the recount takes them."""
    return [Step(rung.id, rank, rung.spend_fen) for rank, rung in enumerate(rungs)]


def _shown(tier: Tier) -> dict[str, str]:
    gives = rights.of_tier(tier)
    return {
        "id": str(tier.id),
        "name": tier.name,
        "yuan": f"{tier.spend_fen / 100:g}" if tier.spend_fen % 100 else str(tier.spend_fen // 100),
        "off": f"{(10_000 - gives.off_basis_points) / 1000:g}" if gives.off_basis_points else "",
        "is_shipping_free": "1" if gives.is_shipping_free else "",
        "perks": "、".join(gives.perks),
    }


def _policy(said: dict[str, str]) -> TierPolicy:
    return TierPolicy(
        By.GROWTH if said["by"] == By.GROWTH else By.SPEND,
        _whole(said["window_months"], MOST_MONTHS, "计算期填 0 到 60 个月"),
        _whole(said["grace_days"], MOST_DAYS, "宽限期填 0 到 365 天"),
    )


def _rung(said: dict[str, str]) -> Rung:
    perks = tuple(part for part in said["perks"].replace(",", "、").split("、") if part.strip())
    given = Rights(said["name"], _off(said["off"]), bool(said["is_shipping_free"]), perks[:10])
    fen = _whole(said["yuan"], 10_000_000, "门槛填整元，比如 2000") * 100
    return Rung(_whole(said["id"] or "0", 2**53, "没有这个等级"), said["name"], fen, given)


def _off(said: str) -> int:
    """「9.5」 tenths of the price, in basis points off it."""
    if not said:
        return 0
    whole, _, part = said.partition(".")
    digits = whole + (part + "00")[:2]
    price = _whole(digits, 999, "折扣填 0.1 到 9.99，比如 9.5；没有就空着") * 10
    if price == 0 or len(part) > 2:
        raise BadInput("折扣填 0.1 到 9.99，比如 9.5；没有就空着")
    return 10_000 - price


def _whole(said: str, most: int, wrong: str) -> int:
    if not (said.isascii() and said.isdecimal() and len(said) < 17) or int(said) > most:
        raise BadInput(wrong)
    return int(said)
