"""QR codes as the console shows them: drawn here, from the address WeChat gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy import func, select

from app.core import clock
from app.core.db import session
from app.staff.models import Staff, StaffStore
from app.stores import contact_ways
from app.stores import queries as stores
from app.stores.models import CodeKind, CodePurpose, QrCode
from app.stores.pictures import photographed, picture
from app.visits import figures
from app.visits.figures import CodeFigures

RECENT = figures.RECENT
PURPOSE_WORDS = {
    CodePurpose.FOLLOW: "",
    CodePurpose.JOIN: "入会",
    CodePurpose.COUPON: "领券",
    CodePurpose.FRIEND: "企业微信",
}
KIND_WORDS = {CodeKind.STORE: "门店码", CodeKind.GUIDE: "导购码", CodeKind.POSTER: "海报码"}


@dataclass(frozen=True)
class ShownCode:
    """A code with its picture and what came through it."""

    id: int
    name: str
    kind: str
    scene: str
    picture: Markup | None
    purpose: str
    figures: CodeFigures
    is_quiet: bool
    expires_at: datetime | None

    @property
    def scans(self) -> int:
        """Of 30 days."""
        return self.figures.scans


def of_store(store_id: int, guide_names: Mapping[int, str]) -> list[ShownCode]:
    """The store's codes in use, with 30 days of scans."""
    found, at = stores.codes_of(store_id), clock.now()
    counted = figures.of_codes([code.id for code in found], at)
    return [shown(code, guide_names, counted.get(code.id, figures.NONE_YET), at) for code in found]


def shown(
    code: QrCode, guide_names: Mapping[int, str], counted: CodeFigures, at: datetime
) -> ShownCode:
    """One of them."""
    return ShownCode(
        id=code.id,
        name=_name(code, guide_names),
        kind=KIND_WORDS[code.kind],
        scene=code.scene,
        picture=_picture(code) if code.is_printable(at) else None,
        purpose=PURPOSE_WORDS[code.purpose],
        figures=counted,
        is_quiet=counted.is_quiet(code, at),
        expires_at=code.expires_at,
    )


def _picture(code: QrCode) -> Markup | None:
    """Ours of an address, or WeCom's own of a 联系我."""
    if code.purpose != CodePurpose.FRIEND:
        return picture(code.url) if code.url else None
    drawn = contact_ways.picture_of(code.id)
    return photographed(*drawn) if drawn else None


def _name(code: QrCode, guide_names: Mapping[int, str]) -> str:
    guide = guide_names.get(code.staff_id) if code.staff_id else None
    return f"{code.place} · {guide}" if guide else code.place


@dataclass(frozen=True)
class RetiredCode:
    """A code out of use, and since when."""

    id: int
    name: str
    retired_at: datetime | None


def retired_of_store(store_id: int) -> list[RetiredCode]:
    """Those that may be used again, retired last first."""
    names, found = guide_names(), stores.retired_codes_of(store_id)
    return [RetiredCode(code.id, _name(code, names), code.retired_at) for code in found]


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
