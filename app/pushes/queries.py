"""Pushes and their runs for whoever shows them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from app.core import db
from app.core.db import NumberedBrandRow, session
from app.core.errors import NotFound
from app.pushes.models import (
    UNDONE,
    Delivery,
    DeliveryState,
    MassCount,
    Push,
    PushBatch,
    PushRun,
    PushState,
    RunState,
    SkipReason,
)


class NoSuchPush(NotFound):
    code, title = "no_push", "没有这条推送，或不在你的品牌里"


Counted = tuple[DeliveryState, SkipReason | None, int]


@dataclass(frozen=True)
class Receipts:
    """What WeChat reported: totals of batches. Who of a list got it is assumed, never known."""

    batches: int = 0
    confirmed: int = 0
    total: int = 0
    filtered: int = 0
    sent: int = 0
    errors: int = 0


@dataclass(frozen=True)
class Report:
    """Where everybody of a run is. Selected is the sum of the parts, so it cannot disagree."""

    sent: int = 0
    refused: int = 0
    unknown: int = 0
    planned: int = 0  # still to be sent to, or being called
    skipped: dict[SkipReason, int] = field(default_factory=dict)
    receipts: Receipts = field(default_factory=Receipts)

    @property
    def selected(self) -> int:
        return self.sent + self.refused + self.unknown + self.planned + sum(self.skipped.values())


@dataclass(frozen=True)
class Meant:
    """A push that meant a person: what became of it for her, and when."""

    name: str
    at: datetime
    state: DeliveryState
    reason: SkipReason | None


def of_person(fan_ids: Collection[int], limit: int) -> list[Meant]:
    """What was sent to her, or was not and why, over all her WeChats, the newest first, in one
    query. What is still to be sent is left out; so is the hold-out: whoever looks after her must
    not treat her otherwise for it."""
    at = func.coalesce(PushBatch.first_try_at, PushRun.started_at, PushRun.due_at)
    hers = (
        select(Push.name, at.label("at"), Delivery.state, Delivery.reason)
        .join(PushRun, _its(PushRun, Delivery.run_id))
        .join(Push, _its(Push, PushRun.push_id))
        .outerjoin(PushBatch, _its(PushBatch, Delivery.batch_id))
        .where(
            Delivery.fan_id.in_(fan_ids),
            Delivery.state.not_in(UNDONE),
            Delivery.reason.is_distinct_from(SkipReason.HOLDOUT),
        )
    )
    newest = hers.order_by(at.desc(), Delivery.run_id.desc()).limit(limit)
    return [Meant(**row) for row in session.execute(newest).mappings()]


def _its(model: type[NumberedBrandRow], row_id: Any) -> ColumnElement[bool]:
    return and_(model.brand_id == Delivery.brand_id, model.id == row_id)


def waiting() -> list[Push]:
    """Those that wait for somebody's approval, the longest waiting first."""
    found = select(Push).filter_by(state=PushState.WAITING).order_by(Push.asked_at)
    return list(session.scalars(found))


def list_pushes() -> list[Push]:
    """All pushes of the brand, the newest first."""
    return list(session.scalars(select(Push).order_by(Push.id.desc())))


def get(push_id: int) -> Push:
    """Raises NoSuchPush."""
    push = db.get(Push, push_id)
    if push is None:
        raise NoSuchPush()
    return push


def runs_of(push_id: int) -> list[PushRun]:
    """The push's runs, the latest first."""
    statement = select(PushRun).where(PushRun.push_id == push_id)
    return list(session.scalars(statement.order_by(PushRun.due_at.desc())))


def run_report(run_id: int) -> Report:
    """How the run stands now, with what WeChat reported."""
    return replace(run_reports([run_id])[run_id], receipts=_receipts(run_id))


def run_reports(run_ids: Collection[int]) -> dict[int, Report]:
    """A report for each of these runs in one query; WeChat's receipts are left out."""
    found: dict[int, list[Counted]] = {run_id: [] for run_id in run_ids}
    counted = (
        select(Delivery.run_id, Delivery.state, Delivery.reason, func.count())
        .where(Delivery.run_id.in_(run_ids))
        .group_by(Delivery.run_id, Delivery.state, Delivery.reason)
    )
    for run_id, state, reason, people in session.execute(counted):
        found[run_id].append((state, reason, people))
    return {run_id: _report(counts) for run_id, counts in found.items()}


def _report(counts: Sequence[Counted]) -> Report:
    def of(*states: DeliveryState) -> int:
        return sum(people for state, _, people in counts if state in states)

    return Report(
        sent=of(DeliveryState.SENT),
        refused=of(DeliveryState.REFUSED),
        unknown=of(DeliveryState.UNKNOWN),
        planned=of(*UNDONE),
        skipped={SkipReason(reason): people for _, reason, people in counts if reason},
    )


def _receipts(run_id: int) -> Receipts:
    parts = (
        PushBatch.receipt_total,
        PushBatch.receipt_filtered,
        PushBatch.receipt_sent,
        PushBatch.receipt_errors,
    )
    sums = [func.coalesce(func.sum(part), 0) for part in parts]
    statement = select(func.count(PushBatch.id), func.count(PushBatch.receipt_at), *sums)
    found = session.execute(statement.where(PushBatch.run_id == run_id)).one()
    return Receipts(*(int(value) for value in found))


def unfinished_in_ended_runs() -> list[int]:
    """Pushes with a run that has ended while somebody of it is still to be sent to.

    A stopped run may have a call in flight; nobody may be left who was in no call.
    """
    is_left = Delivery.state.in_(UNDONE) & (PushRun.state == RunState.DONE)
    was_never_called = (Delivery.state == DeliveryState.PLANNED) & Delivery.batch_id.is_(None)
    statement = (
        select(PushRun.push_id)
        .join(Delivery, (Delivery.brand_id == PushRun.brand_id) & (Delivery.run_id == PushRun.id))
        .where(or_(is_left, was_never_called & (PushRun.state == RunState.STOPPED)))
        .distinct()
    )
    return list(session.scalars(statement))


def miscounted_months() -> list[int]:
    """Fans whose charge of a month differs from the mass messages that may have reached them."""
    charged = Delivery.state.in_((DeliveryState.CALLING, DeliveryState.SENT, DeliveryState.UNKNOWN))
    in_doubt = (Delivery.state == DeliveryState.PLANNED) & PushBatch.is_in_doubt
    sent = (
        select(Delivery.fan_id, PushBatch.month, func.count().label("messages"))
        .join(
            PushBatch,
            (PushBatch.brand_id == Delivery.brand_id) & (PushBatch.id == Delivery.batch_id),
        )
        .where(or_(charged, in_doubt))
        .group_by(Delivery.fan_id, PushBatch.month)
        .subquery()
    )
    same = (sent.c.fan_id == MassCount.fan_id) & (sent.c.month == MassCount.month)
    fan_id = func.coalesce(MassCount.fan_id, sent.c.fan_id)
    differs = func.coalesce(MassCount.count, 0) != func.coalesce(sent.c.messages, 0)
    statement = select(fan_id).select_from(MassCount).join(sent, same, full=True).where(differs)
    return list(session.scalars(statement.distinct()))
