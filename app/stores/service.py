"""Stores and the QR codes that tell where a person stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, case, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, codes, db
from app.core.db import session
from app.core.errors import Conflict, NotFound
from app.stores.models import CodeKind, CodePurpose, QrCode, Region, Store

SCENE_CODE_LENGTH = 6


class NoStore(NotFound):
    code, title = "no_store", "没有这家门店，或不在你的范围内"


class CodeTaken(Conflict):
    code, title = "store_code_taken", "已有一家门店用这个收银编号"


def add_region(name: str) -> Region:
    """The region of this name in the store tree, made unless it is there."""
    values = {"brand_id": db.current_brand_id(), "name": name}
    session.execute(insert(Region).values(values).on_conflict_do_nothing())
    return session.scalars(select(Region).filter_by(name=name)).one()


def add_store(*, code: str, name: str) -> Store:
    """A store without a region; `code` is what the till calls it. Raises CodeTaken."""
    values = {
        "brand_id": db.current_brand_id(),
        "code": code,
        "name": name,
        "board_seq": 0,
    }
    made = insert(Store).values(values).on_conflict_do_nothing().returning(Store.id)
    store_id = session.scalar(made)
    if store_id is None:
        raise CodeTaken(f"收银编号 {code}：{CodeTaken.title}")
    return get(store_id)


def change(store_id: int, *, name: str, region_id: int | None, line: str) -> None:
    """Another name, place in the tree or telephone; the till's code stays, orders hang on it.

    Raises NoStore."""
    store = get(store_id)
    store.name, store.region_id, store.line = name, region_id, line or None


def get(store_id: int) -> Store:
    """Raises NoStore."""
    store = db.get(Store, store_id)
    if store is None:
        raise NoStore()
    return store


def add_code(
    *,
    account_id: int,
    store_id: int,
    kind: CodeKind,
    place: str,
    staff_id: int | None = None,
    purpose: CodePurpose = CodePurpose.FOLLOW,
    claim_code: str | None = None,
) -> QrCode:
    """A scene of our own making: random, so that a guide cannot forge another store's."""
    get(store_id)
    code = QrCode(
        account_id=account_id,
        store_id=store_id,
        staff_id=staff_id,
        kind=kind,
        purpose=purpose,
        claim_code=claim_code,
        place=place,
        scene=f"{kind[0].upper()}{store_id}-{codes.code(SCENE_CODE_LENGTH)}",
        created_at=clock.now(),
    )
    session.add(code)
    session.flush()
    return code


def set_ticket(code_id: int, *, ticket: str, url: str, expires_at: datetime | None = None) -> None:
    """What WeChat gave for the scene, and until when a temporary one works."""
    ours = (QrCode.brand_id == db.current_brand_id()) & (QrCode.id == code_id)
    session.execute(
        update(QrCode).where(ours).values(ticket=ticket, url=url, expires_at=expires_at)
    )


def retire_code(code_id: int) -> None:
    """Nobody is to print it any more. What is printed keeps working: a scan of it is a visit to
    the store still, but nobody's merit. Twice is once."""
    _set_retired(code_id, QrCode.retired_at.is_(None), clock.now())


def restore_code(code_id: int) -> None:
    """It was retired by mistake."""
    _set_retired(code_id, QrCode.retired_at.is_not(None), None)


def _set_retired(code_id: int, condition: ColumnElement[bool], at: datetime | None) -> None:
    ours = (QrCode.brand_id == db.current_brand_id()) & (QrCode.id == code_id)
    session.execute(update(QrCode).where(ours, condition).values(retired_at=at))


def codes_by_scene(scenes: Collection[str]) -> dict[tuple[int, str], QrCode]:
    """Our codes among these scenes, by account and scene; a scene not ours is missing."""
    found = session.scalars(select(QrCode).where(QrCode.scene.in_(scenes)))
    return {(code.account_id, code.scene): code for code in found}


def next_board_seq(store_id: int) -> int:
    """The store's next number. Its row stays locked until the commit, so numbers of one
    store become visible in their order and a reader of `after=` never skips one."""
    ours = (Store.brand_id == db.current_brand_id()) & (Store.id == store_id)
    bump = update(Store).where(ours).values(board_seq=Store.board_seq + 1)
    return session.execute(bump.returning(Store.board_seq)).scalar_one()


def take_board_seqs(wanted: Mapping[int, int]) -> dict[int, int]:
    """For each store the last of so many next numbers; locked as by `next_board_seq`, in one
    order for all."""
    ours = (Store.brand_id == db.current_brand_id()) & Store.id.in_(wanted)
    session.execute(select(Store.id).where(ours).order_by(Store.id).with_for_update())
    more = case(dict(wanted), value=Store.id)
    bump = update(Store).where(ours).values(board_seq=Store.board_seq + more)
    unsynchronised = {"synchronize_session": False}
    rows = session.execute(
        bump.returning(Store.id, Store.board_seq), execution_options=unsynchronised
    )
    return {row.id: row.board_seq for row in rows}
