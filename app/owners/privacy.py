"""What becomes of who looked after a person: nobody does any more, the stretches stay."""

from __future__ import annotations

from app.core.privacy import Fate, Person, Rule, of_member
from app.owners import service
from app.owners.models import MemberOwner, OwnerMoveRow, Why

SHARES = "个保法第四条：去掉身份以后只是导购带过多少人、业绩归谁的依据，不再对应任何人"


def _end(person: Person) -> int:
    if person.member_id is not None:
        service.close([person.member_id], Why.UNDONE)
    return _OWNERS.count(person)


COLUMNS = {"since": "从", "until": "到", "staff_id": "导购编号", "store_id": "门店编号"}
_OWNERS = Rule(MemberOwner, "专属导购", of_member(MemberOwner), Fate.KEPT, SHARES, columns=COLUMNS)
RULES = (
    Rule(
        MemberOwner,
        _OWNERS.title,
        _OWNERS.hers,
        Fate.KEPT,
        SHARES,
        columns=COLUMNS,
        act=_end,
    ),
    Rule(OwnerMoveRow, "导购交接", of_member(OwnerMoveRow)),
)
NOT_OF_PEOPLE = ("guide_covers", "owner_moves", "owner_rules")
