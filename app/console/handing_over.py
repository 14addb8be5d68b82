"""Guides leave: nothing of theirs leaves with them, nobody of theirs is left alone."""

from __future__ import annotations

from collections.abc import Collection

from app.exports import service as exports
from app.owners import service as owners
from app.owners.models import OwnerMove
from app.owners.service import NobodyTakes
from app.staff.service import Actor, people


def let_go(staff_ids: Collection[int], *, reason: str, by: Actor) -> OwnerMove:
    """Their exports die, they are signed out everywhere, and their customers are shared out, all
    in this transaction; a large hand-over goes on in the worker.

    Raises NobodyLeaves, NobodyTakes, NoReason, NoStaff, LastAdmin.
    """
    exports.freeze(staff_ids, actor=by.audit_name)
    for staff_id in sorted(staff_ids):
        if people.get(staff_id).is_active:
            people.disable(staff_id, actor=by.audit_name)
    found = owners.plan(staff_ids)  # after they are locked out: nobody is given to them any more
    if found.stores_without:
        raise NobodyTakes()
    return owners.hand_over(found, reason=reason, by=by)
