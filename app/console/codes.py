"""QR codes as the console shows them: drawn here, from the address WeChat gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import segno
from markupsafe import Markup
from sqlalchemy import func, select

from app.core import clock
from app.core.db import session
from app.staff.models import Staff, StaffStore
from app.stores import queries as stores
from app.stores.models import CodeKind, QrCode
from app.visits.models import Visit

RECENT = timedelta(days=30)
QUIET_ZONE = 4
KIND_WORDS = {CodeKind.STORE: "门店码", CodeKind.GUIDE: "导购码", CodeKind.POSTER: "海报码"}


@dataclass(frozen=True)
class ShownCode:
    """A code with its picture and what came through it."""

    id: int
    name: str
    kind: str
    scene: str
    picture: Markup | None
    scans: int
    last_scan_at: datetime | None
    expires_at: datetime | None


def of_store(store_id: int, guide_names: Mapping[int, str]) -> list[ShownCode]:
    """The store's codes in use, with 30 days of scans."""
    found = stores.codes_of(store_id)
    scans = _scans([code.id for code in found])
    return [_shown(code, guide_names, *scans.get(code.id, (0, None))) for code in found]


def _shown(
    code: QrCode, guide_names: Mapping[int, str], scans: int, last_scan_at: datetime | None
) -> ShownCode:
    guide = guide_names.get(code.staff_id) if code.staff_id else None
    return ShownCode(
        id=code.id,
        name=f"{code.place} · {guide}" if guide else code.place,
        kind=KIND_WORDS[code.kind],
        scene=code.scene,
        picture=picture(code.url) if code.url and code.is_printable(clock.now()) else None,
        scans=scans,
        last_scan_at=last_scan_at,
        expires_at=code.expires_at,
    )


def picture(url: str) -> Markup:
    """Never `segno.make`: it draws short texts as Micro QR, which many phones cannot read."""
    drawn = segno.make_qr(url, error="m").svg_inline(
        border=QUIET_ZONE, light="#fff", dark="#000", omitsize=True, svgclass=None, lineclass=None
    )
    return Markup(drawn)  # noqa: S704 - segno writes numbers and our two colours, no text


def _scans(code_ids: Sequence[int]) -> dict[int, tuple[int, datetime | None]]:
    recent = Visit.scanned_at >= clock.now() - RECENT
    counted = (
        select(
            Visit.qr_code_id,
            func.count(Visit.id).filter(recent),
            func.max(Visit.scanned_at),
        )
        .where(Visit.qr_code_id.in_(code_ids))
        .group_by(Visit.qr_code_id)
    )
    return {code_id: (scans, last) for code_id, scans, last in session.execute(counted)}


def counts_by_store() -> dict[int, int]:
    """How many codes in use each store has."""
    counted = (
        select(QrCode.store_id, func.count(QrCode.id).label("codes"))
        .where(QrCode.retired_at.is_(None))
        .group_by(QrCode.store_id)
    )
    return {row.store_id: row.codes for row in session.execute(counted)}


def guides_of(store_id: int) -> list[Staff]:
    """The active people who work in the store, by name."""
    works_here = (StaffStore.brand_id == Staff.brand_id) & (StaffStore.staff_id == Staff.id)
    found = (
        select(Staff)
        .join(StaffStore, works_here)
        .where(StaffStore.store_id == store_id, Staff.is_active)
        .order_by(Staff.name)
    )
    return list(session.scalars(found))


def guide_names() -> dict[int, str]:
    """The names of all people who may own a code."""
    return {row.id: row.name for row in session.execute(select(Staff.id, Staff.name))}


def stores_with_guides() -> set[int]:
    """Stores in which somebody active works."""
    works_here = (StaffStore.brand_id == Staff.brand_id) & (StaffStore.staff_id == Staff.id)
    found = select(StaffStore.store_id).join(Staff, works_here).where(Staff.is_active)
    return set(session.scalars(found))
