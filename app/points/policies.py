"""The brand's points policy over time: each version kept, the newest in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.brands import service as brands
from app.core import audit, clock
from app.core.db import session
from app.core.errors import Conflict
from app.points.models import PolicyVersion
from app.points.policy import Policy, change, policy, read, write


class SamePolicy(Conflict):
    code, title = "same_policy", "和现在的一样，没有什么要改"


def publish(to: Policy, *, actor: str) -> PolicyVersion:
    """From now on; what was earned before keeps its days. Raises SamePolicy."""
    number = brands.next_version(PolicyVersion.version)
    before = write(policy())
    if write(to) == before:
        raise SamePolicy()
    row = PolicyVersion(
        version=number,
        starts_at=clock.now(),
        policy=write(to),
        made_by=actor,
    )
    session.add(row)
    change(to)
    audit.record(
        "points.policy_changed",
        actor=actor,
        subject=f"policy:{row.version}",
        **_changed(before, row.policy),
    )
    return row


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {name: [before[name], after[name]] for name in after if before[name] != after[name]}


def history() -> list[tuple[PolicyVersion, Policy]]:
    """All that was ever decided, the newest first."""
    zone = policy().zone
    rows = session.scalars(select(PolicyVersion).order_by(PolicyVersion.version.desc()))
    return [(row, read(row.policy, zone)) for row in rows]
