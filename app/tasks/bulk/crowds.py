"""Tasks that come in crowds, or one by one from elsewhere: a tag, one member, a lead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, text

from app.core import audit, clock
from app.core.db import session
from app.members.models import Member, MemberTag
from app.staff.service import Actor
from app.tasks import causes
from app.tasks.bulk.making import Share, Wish, make, shares_of
from app.tasks.bulk.planning import LONG_STATEMENT
from app.tasks.models import BatchState, Situation, Source, Task, TaskBatch, TaskRule
from app.tasks.service import leads, sending
from app.tasks.service.leads import Lead, Refusal
from app.tasks.service.sending import Errand

AT_ONCE = 5_000  # people a step


def step(batch_id: int, at_once: int = AT_ONCE) -> bool:
    """Make the tasks of a batch's next people; False when none is left, or another is at it."""
    batch = sending.held(batch_id, is_patient=False)
    if batch is None or batch.state != BatchState.MAKING:
        return False
    people = sending.tagged(batch.tag_id).where(MemberTag.member_id > batch.chosen_to)
    chosen = session.scalars(people.order_by(MemberTag.member_id).limit(at_once)).all()
    batch.made += make(wish_of(batch), chosen)
    batch.seen += len(chosen)
    batch.people = max(batch.people, batch.seen)  # some may have got the tag meanwhile
    if chosen:
        batch.chosen_to = chosen[-1]
    if len(chosen) < at_once:
        batch.state, batch.ended_at, batch.people = BatchState.DONE, clock.now(), batch.seen
    session.flush()
    return True


def wish_of(batch: TaskBatch) -> Wish:
    """What a batch asks for each of its people."""
    return Wish(
        source=Source.STAFF,
        cause=f"staff:{batch.id}",
        situation=Situation(batch.situation),
        facts={"why": batch.why},
        for_days=batch.for_days,
        words=batch.words,
        batch_id=batch.id,
    )


@dataclass(frozen=True)
class Preview:
    """What sending to a tag would do: selected = the shares' people + left_out."""

    selected: int
    shares: Sequence[Share]

    @property
    def will_get(self) -> int:
        """For how many a guide would be asked."""
        return sum(share.people for share in self.shares)

    @property
    def left_out(self) -> int:
        """Who did not agree to be contacted, or has no store."""
        return self.selected - self.will_get


def preview(tag_id: int) -> Preview:
    """Count now, by guide; writes nothing."""
    session.execute(text(LONG_STATEMENT))
    chosen = session.scalars(sending.tagged(tag_id)).all()
    return Preview(len(chosen), shares_of(chosen, "preview"))


def send_one(member_id: int, errand: Errand, key: str, by: Actor) -> bool:
    """One member, once for each key; False when nobody may ask her, or she has no store.

    Raises BadBatch.
    """
    errand.check()
    wish = Wish(
        source=Source.STAFF,
        cause=f"staff:one:{key}",
        situation=errand.situation,
        facts={"why": errand.why.strip()},
        for_days=errand.for_days,
        words=errand.words.strip() or None,
    )
    made = make(wish, [member_id])
    if made:
        audit.record("tasks.sent_one", actor=by.audit_name, subject=f"member:{member_id}")
    known = select(Task.id).filter_by(source_key=f"{wish.cause}:{member_id}")
    return bool(made) or session.scalar(known) is not None


def take_lead(lead: Lead, teller: str) -> tuple[Task | None, Refusal | None]:
    """The lead's one task, or why it makes none; the same lead twice is the first. Two leads of
    one member come one after the other: of both, one asks for her."""
    known = leads.known(lead, teller)
    if known is not None:
        return known, None
    rule = leads.rule_of(lead.kind)
    if rule is None:
        return None, Refusal.IS_OFF
    session.execute(select(Member.id).filter_by(id=lead.member_id).with_for_update(key_share=True))
    if leads.has_task(lead.member_id):
        found = leads.known(lead, teller)
        return found, None if found else Refusal.HAS_TASK
    make(_of_lead(lead, teller, rule), [lead.member_id])
    made = leads.known(lead, teller)
    return made, None if made else Refusal.NOT_ASKABLE


def _of_lead(lead: Lead, teller: str, rule: TaskRule) -> Wish:
    return Wish(
        source=Source(lead.kind),
        cause=leads.cause_of(lead, teller),
        situation=causes.SITUATIONS[lead.kind],
        facts=leads.facts_of(lead),
        for_days=rule.for_days,
        words=rule.words or None,
    )
