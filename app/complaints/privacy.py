"""What becomes of complaints: that there was one stays in the count, what was said goes."""

from __future__ import annotations

from sqlalchemy import select, update

from app.complaints import service, words
from app.complaints.models import Complaint, State
from app.core import bulk, clock, db
from app.core.db import session
from app.core.privacy import Fate, Person, Row, Rule, of_member

COUNTS = "个保法第四条：去掉身份以后只是门店收到几起投诉的计数，不再对应任何人"


def _forget(person: Person) -> int:
    """The words go; nobody is asked any more to answer who cannot be reached."""
    mine = (Complaint.brand_id == db.current_brand_id()) & of_member(Complaint)(person)
    over = {"state": State.ANSWERED, "answered_at": clock.now()}
    open_ones = update(Complaint).where(mine, Complaint.state == State.OPEN).values(**over)
    session.execute(open_ones, execution_options={"synchronize_session": False})
    blanked = {"text_encrypted": None, "answer_encrypted": None}
    return bulk.count(update(Complaint).where(mine).values(**blanked))


def _tell(person: Person) -> list[Row]:
    hers = select(Complaint).where(of_member(Complaint)(person)).order_by(Complaint.id)
    return [
        {
            "happened_on": row.happened_on,
            "kind": words.KINDS[row.kind],
            "text": service.text_of(row),
            "state": words.STATES[row.state][0],
            "answer": service.answer_of(row),
        }
        for row in session.scalars(hers)
    ]


RULES = (
    Rule(
        Complaint,
        "您的投诉",
        of_member(Complaint),
        Fate.KEPT,
        COUNTS,
        columns={
            "happened_on": "哪天",
            "kind": "关于",
            "text": "内容",
            "state": "状态",
            "answer": "怎么处理的",
        },
        act=_forget,
        tell=_tell,
    ),
)
NOT_OF_PEOPLE = ()
