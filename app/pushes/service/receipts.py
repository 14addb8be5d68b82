"""WeChat's receipt of a batch: totals only. Who of the list got it is never said."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from app.core.db import session
from app.core.events import Event
from app.pushes.models import UNDONE, PushBatch


class NotYet(Exception):
    """The receipt came before our own record of the call: react to it again later."""


def on_mass_finished(events: Sequence[Event]) -> None:
    """Keep each batch's totals; the first receipt stays. Raises NotYet.

    A receipt of a message sent by hand in WeChat's own console matches nothing and is passed
    over, once no batch of that account can turn out to be the one.
    """
    for event in events:
        if not _keep(event) and _may_still_match(event.data["account_id"]):
            raise NotYet()


def _keep(event: Event) -> bool:
    facts = event.data
    mine = (PushBatch.account_id == facts["account_id"]) & (
        PushBatch.message_id == facts["message_id"]
    )
    if session.scalar(select(PushBatch.id).where(mine)) is None:
        return False
    totals = {
        "receipt_at": event.at,
        "receipt_total": facts["total"],
        "receipt_filtered": facts["filtered"],
        "receipt_sent": facts["sent"],
        "receipt_errors": facts["errors"],
    }
    session.execute(update(PushBatch).where(mine, PushBatch.receipt_at.is_(None)).values(totals))
    return True


def _may_still_match(account_id: int) -> bool:
    statement = select(PushBatch.id).where(
        PushBatch.account_id == account_id, PushBatch.state.in_(UNDONE)
    )
    return session.scalar(statement.limit(1)) is not None
