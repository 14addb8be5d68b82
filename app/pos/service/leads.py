"""What a member looked at or left in her basket elsewhere, told so that her guide may help."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core import clock
from app.core.errors import BadInput
from app.members import queries as members
from app.pos.service.callers import Machine
from app.pos.service.people import NoMember, member_of
from app.tasks import bulk as tasks
from app.tasks.models import RuleKind
from app.tasks.service import Lead, Refusal

OLDEST = timedelta(days=7)


class LeadTooOld(BadInput):
    code, title = "lead_too_old", "只收 7 天以内的，也不能是以后的时间"


@dataclass(frozen=True)
class LeadTold:
    """A lead as it was told."""

    number: str
    kind: RuleKind
    key: str
    at: datetime
    sku: str | None


@dataclass(frozen=True)
class Noted:
    """What became of it."""

    task_id: int | None
    refusal: Refusal | None


def note_lead(caller: Machine, told: LeadTold) -> Noted:
    """A task for her guide, once for each key, where the brand wants that. Raises NoMember,
    LeadTooOld."""
    if not clock.now() - OLDEST <= told.at <= clock.now() + timedelta(minutes=5):
        raise LeadTooOld(fields={"json": {"at": [LeadTooOld.title]}})
    member = members.member(member_of(told.number).id)
    if member is None or member.erased_at is not None:
        raise NoMember()
    lead = Lead(told.kind, member.id, told.key, told.at, told.sku)
    task, refusal = tasks.take_lead(lead, f"{caller.key_id}")
    return Noted(task.id if task else None, refusal)
