"""The lists that can be taken away: their columns, how many rows, and the rows in pages.

Phones and names are masked here, at the last moment before they are written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.brands.models import WechatAccount
from app.core import clock
from app.core.audit import AuditRow
from app.core.bulk import Rows
from app.core.db import session
from app.exports.models import Kind
from app.members import service as members
from app.members import timeline
from app.members.models import Fan, Member
from app.pushes.models import REASON_WORDS, Delivery, DeliveryState
from app.staff.models import ALL_STORES, Role
from app.stores.models import Region, Store

Cell = str | int | None
Filters = Mapping[str, Any]
DELIVERY_WORDS = {
    DeliveryState.PLANNED: "等着发",
    DeliveryState.CALLING: "正在发",
    DeliveryState.SENT: "发出",
    DeliveryState.REFUSED: "被拒",
    DeliveryState.UNKNOWN: "未知",
    DeliveryState.SKIPPED: "跳过",
}


@dataclass(frozen=True)
class Listed:
    """One list. `wanted` gives its rows, `key` what they are numbered by, `cells` a line."""

    title: str
    columns: tuple[str, ...]
    key: Any
    wanted: Callable[[Filters], Rows]
    cells: Callable[[Any], Sequence[Cell]]
    filters: frozenset[str] = frozenset()
    roles: tuple[Role, ...] = ALL_STORES

    def count(self, filters: Filters) -> int:
        """How many rows there are now."""
        inner = self.wanted(filters).subquery()
        return session.scalar(select(func.count()).select_from(inner)) or 0

    def page(self, filters: Filters, after: int, size: int) -> tuple[list[Sequence[Cell]], int]:
        """The next lines, and the number of the last."""
        rows = self.wanted(filters).add_columns(self.key.label("page_key"))
        found = session.execute(rows.where(self.key > after).order_by(self.key).limit(size)).all()
        return [self.cells(row) for row in found], found[-1].page_key if found else after


def _members(_: Filters) -> Rows:
    here = (Store.brand_id == Member.brand_id) & (Store.id == Member.main_store_id)
    people = select(Member, Store.name.label("store")).outerjoin(Store, here)
    return people.where(Member.erased_at.is_(None), Member.merged_into_id.is_(None))


def _member_cells(row: Any) -> Sequence[Cell]:
    member = row.Member
    phone = members.masked_phone(member)
    joined = member.joined_on.isoformat()
    return member.number, members.masked_name(member), phone, joined, row.store


def _fans(_: Filters) -> Rows:
    hers = (Member.brand_id == Fan.brand_id) & (Member.id == Fan.member_id)
    columns = (Fan.id, Fan.is_following, Fan.first_followed_at, Member.number, WechatAccount.kind)
    theirs = select(*columns).outerjoin(Member, hers).where(Fan.erased_at.is_(None))
    return theirs.join(WechatAccount, WechatAccount.id == Fan.account_id)


def _fan_cells(row: Any) -> Sequence[Cell]:
    bond = timeline.bond_words(row.kind, row.is_following)
    return row.id, bond, _moment(row.first_followed_at), row.number


def _stores(_: Filters) -> Rows:
    there = (Region.brand_id == Store.brand_id) & (Region.id == Store.region_id)
    return select(Store.code, Store.name, Region.name.label("region")).outerjoin(Region, there)


def _store_cells(row: Any) -> Sequence[Cell]:
    return row.code, row.name, row.region


def _deliveries(filters: Filters) -> Rows:
    columns = (Delivery.fan_id, Delivery.state, Delivery.reason)
    return select(*columns).where(Delivery.run_id == int(filters.get("run_id", 0)))


def _delivery_cells(row: Any) -> Sequence[Cell]:
    reason = REASON_WORDS[row.reason] if row.reason else None
    return row.fan_id, DELIVERY_WORDS[row.state], reason


def _audit(filters: Filters) -> Rows:
    where = [getattr(AuditRow, name) == filters[name] for name in AUDIT_FILTERS & filters.keys()]
    columns = (AuditRow.seq, AuditRow.at, AuditRow.actor, AuditRow.act, AuditRow.subject)
    return select(*columns, AuditRow.request_id, AuditRow.hash).where(*where)


def _audit_cells(row: Any) -> Sequence[Cell]:
    return row.seq, _moment(row.at), row.actor, row.act, row.subject, row.request_id, row.hash


def _moment(at: datetime | None) -> str | None:
    return f"{clock.local(at):%Y-%m-%d %H:%M:%S}" if at else None


AUDIT_FILTERS = frozenset({"actor", "act", "subject"})
LISTS: Mapping[Kind, Listed] = {
    Kind.MEMBERS: Listed(
        "会员", ("会员号", "名字", "手机号", "入会日", "主门店"), Member.id, _members, _member_cells
    ),
    Kind.FANS: Listed(
        "粉丝", ("粉丝号", "关注", "第一次关注", "会员号"), Fan.id, _fans, _fan_cells
    ),
    Kind.STORES: Listed("门店", ("门店号", "门店", "大区"), Store.id, _stores, _store_cells),
    Kind.DELIVERIES: Listed(
        "推送结果",
        ("粉丝号", "结果", "原因"),
        Delivery.fan_id,
        _deliveries,
        _delivery_cells,
        frozenset({"run_id"}),
    ),
    Kind.AUDIT: Listed(
        "审计",
        ("编号", "时间", "谁", "做了什么", "对谁", "请求", "哈希"),
        AuditRow.seq,
        _audit,
        _audit_cells,
        AUDIT_FILTERS,
        (Role.ADMIN,),
    ),
}
