"""What came through each code: of 30 days, and when it was scanned last."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.core.db import session
from app.stores.models import CodePurpose, QrCode
from app.visits.models import Visit, VisitKind

RECENT = timedelta(days=30)
QUIET_FOR = timedelta(days=60)


@dataclass(frozen=True)
class CodeFigures:
    """Visits that began with this code in 30 days: all, by a follow, that became a member's."""

    scans: int = 0
    follows: int = 0
    joins: int = 0
    last_scan_at: datetime | None = None

    def is_quiet(self, code: QrCode, at: datetime) -> bool:
        """Whether nobody has scanned a code of that age for 60 days."""
        return max(self.last_scan_at or code.created_at, code.created_at) < at - QUIET_FOR


NONE_YET = CodeFigures()


def of_codes(code_ids: Collection[int], at: datetime) -> dict[int, CodeFigures]:
    """By code, in one query; one that nobody ever scanned is missing."""
    is_recent = Visit.scanned_at >= at - RECENT
    counted = (
        select(
            Visit.qr_code_id,
            func.count(Visit.id).filter(is_recent),
            func.count(Visit.id).filter(is_recent, Visit.kind == VisitKind.FOLLOWED),
            func.count(Visit.joined_at).filter(is_recent),
            func.max(Visit.scanned_at),
        )
        .where(Visit.qr_code_id.in_(code_ids))
        .group_by(Visit.qr_code_id)
    )
    return {
        code_id: CodeFigures(scans, follows, joins, last)
        for code_id, scans, follows, joins, last in session.execute(counted)
    }


def of_purpose(purpose: CodePurpose, at: datetime) -> CodeFigures:
    """Of all the brand's codes for one purpose together."""
    its_code = (QrCode.brand_id == Visit.brand_id) & (QrCode.id == Visit.qr_code_id)
    counted = (
        select(
            func.count(Visit.id),
            func.count(Visit.id).filter(Visit.kind == VisitKind.FOLLOWED),
            func.count(Visit.joined_at),
            func.max(Visit.scanned_at),
        )
        .join(QrCode, its_code)
        .where(QrCode.purpose == purpose, Visit.scanned_at >= at - RECENT)
    )
    return CodeFigures(*session.execute(counted).one())
