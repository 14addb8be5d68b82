"""A lead that another system tells: somebody looked at goods, or left them in her basket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from app.brands import service as brands
from app.catalog.models import Product
from app.core import clock, db
from app.core.db import session
from app.tasks.models import RuleKind, Task, TaskRule, TaskState


class Refusal(StrEnum):
    """Why a lead made no task."""

    IS_OFF = "is_off"  # the brand has not switched it on
    HAS_TASK = "has_task"  # a guide is at her already
    NOT_ASKABLE = "not_askable"  # no consent, or no store that could look after her


@dataclass(frozen=True)
class Lead:
    """What was told. `key` is the teller's own name for it."""

    kind: RuleKind
    member_id: int
    key: str
    at: datetime
    sku: str | None


def cause_of(lead: Lead, teller: str) -> str:
    """The lead's name among all causes."""
    return f"{lead.kind}:{teller}:{lead.key}"


def known(lead: Lead, teller: str) -> Task | None:
    """The task that this very lead made before."""
    key = f"{cause_of(lead, teller)}:{lead.member_id}"
    return session.scalar(select(Task).filter_by(source_key=key))


def rule_of(kind: RuleKind) -> TaskRule | None:
    """The rule, where the brand has switched it on."""
    return session.scalar(select(TaskRule).filter_by(kind=kind, is_on=True))


def has_task(member_id: int) -> bool:
    """Whether a guide is asked to look after her anyway; held, so that two leads make one."""
    hers = select(Task.id).filter_by(member_id=member_id, state=TaskState.OPEN)
    return session.scalar(hers.limit(1)) is not None


def facts_of(lead: Lead) -> dict[str, str | None]:
    """What the sentence is made of: the day, and the product where the catalog knows it."""
    zone = brands.get(db.current_brand_id()).zoneinfo
    named = select(Product.name).filter_by(sku=lead.sku or "", is_listed=True)
    return {
        "on": clock.business_day(lead.at, zone).isoformat(),
        "product": session.scalar(named),
    }
