"""Reading the store tree."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select

from app.core.db import session
from app.stores.models import CodeKind, CodePurpose, QrCode, Region, Store


def tree() -> list[tuple[Region | None, list[Store]]]:
    """Regions with their stores, in the order of their names; stores without one come last."""
    regions = {region.id: region for region in session.scalars(select(Region))}
    groups: dict[int | None, list[Store]] = {}
    for store in session.scalars(select(Store).order_by(Store.id)):
        groups.setdefault(store.region_id, []).append(store)
    ordered = sorted(groups, key=lambda key: (key is None, key or 0))
    return [(regions.get(key) if key else None, groups[key]) for key in ordered]


def regions() -> list[Region]:
    """All regions by name."""
    return list(session.scalars(select(Region).order_by(Region.name)))


def count() -> int:
    """How many stores the brand has."""
    return session.scalar(select(func.count()).select_from(Store)) or 0


def by_ids(ids: Collection[int]) -> dict[int, Store]:
    """Stores by id."""
    return {store.id: store for store in session.scalars(select(Store).where(Store.id.in_(ids)))}


def codes_of(store_id: int) -> list[QrCode]:
    """The store's codes in use, oldest first."""
    mine = select(QrCode).filter_by(store_id=store_id, retired_at=None)
    return list(session.scalars(mine.order_by(QrCode.id)))


def retired_codes_of(store_id: int, limit: int = 20) -> list[QrCode]:
    """The store's codes out of use, those retired last first."""
    gone = select(QrCode).where(QrCode.store_id == store_id, QrCode.retired_at.is_not(None))
    return list(session.scalars(gone.order_by(QrCode.retired_at.desc()).limit(limit)))


def code(code_id: int) -> QrCode | None:
    """One code."""
    return session.scalar(select(QrCode).filter_by(id=code_id))


def codes_of_stores(store_ids: Collection[int]) -> list[QrCode]:
    """These stores' codes in use, store by store, oldest first."""
    theirs = select(QrCode).where(QrCode.store_id.in_(store_ids), QrCode.retired_at.is_(None))
    return list(session.scalars(theirs.order_by(QrCode.store_id, QrCode.id)))


def store_codes(store_ids: Collection[int]) -> dict[int, QrCode]:
    """One code of the store itself for each of these that has any, one with a ticket first."""
    theirs = [code for code in codes_of_stores(store_ids) if code.kind == CodeKind.STORE]
    return {code.store_id: code for code in sorted(theirs, key=lambda code: code.url is not None)}


def codes_of_guide(staff_id: int, store_id: int) -> list[QrCode]:
    """Her own codes in use in one store, oldest first."""
    hers = select(QrCode).filter_by(staff_id=staff_id, store_id=store_id, retired_at=None)
    return list(session.scalars(hers.order_by(QrCode.id)))


def asked_for(account_id: int) -> int:
    """The permanent codes that this account has, with those that WeChat has not answered for."""
    theirs = select(func.count(QrCode.id)).filter_by(account_id=account_id)
    return session.scalar(theirs.where(QrCode.kind != CodeKind.POSTER)) or 0


def permanent_codes() -> dict[int, int]:
    """By account: the permanent codes that WeChat has made. Retired ones count for ever."""
    made = select(QrCode.account_id, func.count(QrCode.id).label("codes"))
    is_permanent = QrCode.url.is_not(None) & (QrCode.kind != CodeKind.POSTER)
    is_permanent &= QrCode.purpose != CodePurpose.FRIEND  # it is WeCom's
    found = session.execute(made.where(is_permanent).group_by(QrCode.account_id))
    return {row.account_id: row.codes for row in found}


def count_of(purpose: CodePurpose) -> int:
    """How many codes for this purpose are ready and in use."""
    used = QrCode.url.is_not(None) & QrCode.retired_at.is_(None)
    counted = select(func.count(QrCode.id)).where(QrCode.purpose == purpose, used)
    return session.scalar(counted) or 0
