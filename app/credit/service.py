"""A new rule. What was sold before it starts stays as it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.brands import service as brands
from app.core import audit, clock
from app.core.db import session
from app.core.errors import BadInput
from app.credit import form
from app.credit.models import CreditRule
from app.credit.queries.ruling import Version, version_of
from app.credit.rules import Part


class StartsTooEarly(BadInput):
    code, title = "credit_starts_too_early", "生效时间已经过去。卖掉的单不会改算，选一个以后的时间"


def publish(parts: Sequence[Part], *, starts_at: datetime | None, actor: str) -> Version:
    """A new rule for orders paid from that moment on, or from now. Orders paid before keep theirs.

    Raises NotARule, StartsTooEarly.
    """
    form.refuse_unfit(parts)
    now = clock.now()
    if starts_at is not None and starts_at < now:
        raise StartsTooEarly()
    row = CreditRule(
        version=brands.next_version(CreditRule.version),
        starts_at=starts_at or now,
        parts=form.dump(parts),
        made_at=now,
        made_by=actor,
    )
    session.add(row)
    session.flush()
    _note(row)
    return version_of(row)


def _note(row: CreditRule) -> None:
    audit.record(
        "credit.rule_published",
        actor=row.made_by,
        subject=f"credit_rule:{row.version}",
        starts_at=row.starts_at.isoformat(),
        parts=row.parts,
    )
