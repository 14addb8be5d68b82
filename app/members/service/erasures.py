"""Asking to be forgotten, taking it back, and what is left of her row when it is done."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import audit, bulk, clock, codes, db
from app.core.db import session
from app.core.errors import Conflict, NotFound
from app.members.models import Erasure, ErasureState, Fan, Member
from app.wechat import openids

RECEIPT_LENGTH = 12
DOMAIN = "erased-"  # what stands in the place of a number or an openid


class NoErasure(NotFound):
    code, title = "no_erasure", "没有这份注销申请"


class ErasureNotOpen(Conflict):
    code, title = "erasure_not_open", "注销已经办完，或已经撤回，不能再改"


def ask_erasure(
    *, member_id: int | None, fan_id: int | None, door: str, by: str, due_at: datetime
) -> Erasure:
    """She is to be forgotten at `due_at`. Asked twice, the earlier wish stands, sooner if the
    second one is. `fan_id` counts where she is no member."""
    values = {
        "brand_id": db.current_brand_id(),
        "receipt": codes.code(RECEIPT_LENGTH),
        "member_id": member_id,
        "fan_id": None if member_id else fan_id,
        "door": door,
        "asked_by": by,
        "asked_at": clock.now(),
        "due_at": due_at,
        "state": ErasureState.ASKED,
        "lines": [],
    }
    statement = insert(Erasure).values(values).on_conflict_do_nothing().returning(Erasure.id)
    is_new = session.scalar(statement) is not None
    asked = session.scalars(_open_for(member_id, fan_id).with_for_update()).one()
    asked.due_at = min(asked.due_at, due_at)
    if is_new:
        audit.record("erasure.asked", actor=by, subject=f"erasure:{asked.receipt}", door=door)
    return asked


def take_back_erasure(erasure_id: int, *, by: str) -> None:
    """She changed her mind in time. Raises ErasureNotOpen."""
    is_open = (Erasure.id == erasure_id) & (Erasure.state == ErasureState.ASKED)
    mine = Erasure.brand_id == db.current_brand_id()
    values = {"state": ErasureState.TAKEN_BACK, "ended_at": clock.now()}
    statement = update(Erasure).where(mine, is_open).values(values).returning(Erasure.receipt)
    receipt = session.scalar(statement)
    if receipt is None:
        raise ErasureNotOpen()
    audit.record("erasure.taken_back", actor=by, subject=f"erasure:{receipt}")


def open_erasure(member_id: int | None, fan_id: int | None = None) -> Erasure | None:
    """Her wish that waits for its day, if there is one."""
    return session.scalar(_open_for(member_id, fan_id))


def _open_for(member_id: int | None, fan_id: int | None) -> Select[Erasure]:
    whose: ColumnElement[bool] = Erasure.member_id == member_id
    if member_id is None:
        whose = Erasure.member_id.is_(None) & (Erasure.fan_id == fan_id)
    return select(Erasure).where(whose, Erasure.state == ErasureState.ASKED)


def strip_member(member_id: int | None) -> int:
    """Leave the skeleton that orders and the points ledger stand on: no phone, no name, no
    number, no birthday, no guide."""
    blanked = dict.fromkeys(
        ("phone_encrypted", "phone_index", "phone_tail", "name_encrypted", "born_on",
         "card_opened_at", "main_store_id", "guide_id")
    )  # fmt: skip
    hers = (Member.brand_id == db.current_brand_id()) & (Member.id == member_id)
    values = blanked | {"number": f"{DOMAIN}{member_id}", "erased_at": clock.now()}
    return bulk.count(update(Member).where(hers).values(values))


def strip_fans(fan_ids: tuple[int, ...]) -> int:
    """Leave the skeletons that counts of visits and pushes stand on, tied to no member."""
    rows = session.scalars(select(Fan).where(Fan.id.in_(fan_ids)))
    count = 0
    for fan in rows:
        nobody = (fan.brand_id, fan.account_id, f"{DOMAIN}{fan.id}")
        fan.openid_encrypted, fan.openid_index = openids.seal(*nobody), openids.index(*nobody)
        fan.unionid_encrypted = fan.unionid_index = fan.unionid_due_at = fan.member_id = None
        fan.is_following, fan.erased_at = False, clock.now()
        count += 1
    session.flush()  # the rules after this one read the table
    return count
