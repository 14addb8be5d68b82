"""Points and tiers, many at once: the same ledger and ladder, in a few statements."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    MetaData,
    String,
    Subquery,
    Table,
    Uuid,
    cast,
    delete,
    func,
    literal,
    literal_column,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from app.core import bulk, clock, db
from app.core.bulk import Rows
from app.core.db import session
from app.points import recounting, service
from app.points.models import (
    NEVER,
    RIPE,
    AccountKind,
    GrowthEntry,
    GrowthKind,
    MemberTier,
    PointsAccount,
    PointsLot,
    PointsTransfer,
    Tier,
)
from app.points.policy import MONTHS, Policy, policy
from app.points.tier_policy import By, tier_policy

_UNSYNCHRONISED = {"synchronize_session": False}


def earn(rows: Rows, *, kind: str) -> int:
    """Rows of `member_id, amount, reference, at`: bring what each reference has earned up to
    `amount`. Gives the points credited; the same rows again credit nothing.
    """
    wanted = _lay_out(rows)
    _open_accounts(wanted)
    issued = _issued_account()
    credited = _credit(_transfer(_missing(wanted, kind), kind, issued))
    wanted.drop(session.connection())
    return credited


def _lay_out(rows: Rows) -> Table:
    """The rows in a table of their own, counted: without its size the planner has been seen to
    compare every row with every movement.
    """
    wanted = Table(
        "points_wanted",
        MetaData(),
        Column("member_id", BigInteger),
        Column("amount", BigInteger),
        Column("reference", String),
        Column("at", DateTime(timezone=True)),
        prefixes=["TEMPORARY"],
    )
    wanted.create(session.connection())
    names = [column.name for column in rows.selected_columns]
    session.execute(wanted.insert().from_select(names, rows))
    session.execute(text("ANALYZE points_wanted"))
    return wanted


def _open_accounts(wanted: Table) -> None:
    kind = literal(AccountKind.AVAILABLE.value).label("kind")
    members = select(wanted.c.member_id, kind).distinct().order_by(wanted.c.member_id)
    bulk.insert_new(PointsAccount, members)


def _issued_account() -> int:
    brand_id = db.current_brand_id()
    values = {"brand_id": brand_id, "member_id": None, "kind": AccountKind.ISSUED, "balance": 0}
    session.execute(insert(PointsAccount).values(values).on_conflict_do_nothing())
    return session.scalars(select(PointsAccount.id).filter_by(kind=AccountKind.ISSUED)).one()


def _missing(wanted: Table, kind: str) -> Subquery:
    """What is still to be credited: a reference that has grown gets the difference."""
    brand_id = db.current_brand_id()
    account = (
        select(wanted, PointsAccount.id.label("account_id"))
        .join(PointsAccount, PointsAccount.member_id == wanted.c.member_id)
        .where(
            PointsAccount.brand_id == brand_id,
            PointsAccount.kind == AccountKind.AVAILABLE,
        )
        .cte("account")
    )
    earned = (
        select(PointsTransfer.reference, func.sum(PointsTransfer.amount).label("amount"))
        .where(
            PointsTransfer.brand_id == brand_id,
            PointsTransfer.kind == kind,
            PointsTransfer.credit_id.in_(select(account.c.account_id)),
        )
        .group_by(PointsTransfer.reference)
        .subquery("earned")
    )
    before = func.coalesce(earned.c.amount, 0)
    return (
        select(
            account.c.account_id,
            account.c.reference,
            account.c.at,
            cast(account.c.amount - before, BigInteger).label("amount"),
            before.label("before"),
        )
        .outerjoin(earned, earned.c.reference == account.c.reference)
        .where(account.c.amount > before)
        .subquery("missing")
    )


def _transfer(missing: Subquery, kind: str, issued: int) -> CTE:
    # The id holds what was credited before, so that two imports at once cannot both add it.
    name = func.concat_ws(
        ":", str(service.NAMESPACE), db.current_brand_id(), kind, missing.c.reference,
        missing.c.before,
    )  # fmt: skip
    rows = select(
        cast(func.md5(name), Uuid()).label("id"),
        literal(issued).label("debit_id"),
        missing.c.account_id.label("credit_id"),
        missing.c.amount,
        literal(kind).label("kind"),
        missing.c.reference,
        missing.c.at,
    ).order_by(missing.c.at)
    statement = bulk.adding(PointsTransfer, rows).on_conflict_do_nothing()
    columns = (PointsTransfer.credit_id, PointsTransfer.amount, PointsTransfer.at)
    return statement.returning(*columns).cte("moved")


def _credit(moved: CTE) -> int:
    sums = (
        select(moved.c.credit_id, cast(func.sum(moved.c.amount), BigInteger).label("amount"))
        .group_by(moved.c.credit_id)
        .cte("sums")
    )
    ours = (PointsAccount.brand_id == db.current_brand_id()) & (
        PointsAccount.id == sums.c.credit_id
    )
    credited = (
        update(PointsAccount)
        .where(ours)
        .values(balance=PointsAccount.balance + sums.c.amount)
        .returning(sums.c.amount)
    ).cte("credited")
    statement = select(func.coalesce(func.sum(credited.c.amount), 0)).add_cte(_add_lots(moved))
    return int(session.scalar(statement) or 0)


def _add_lots(moved: CTE) -> CTE:
    """One lot for all points of a member that lapse at the same moment."""
    amount = cast(func.sum(moved.c.amount), BigInteger)
    lapses_at = _lapses_at(moved.c.at, policy())
    rows = (
        select(
            PointsAccount.member_id,
            lapses_at.label("lapses_at"),
            literal(RIPE).label("ripens_at"),
            amount.label("amount"),
            amount.label("remaining"),
        )
        .join(moved, moved.c.credit_id == PointsAccount.id)
        .where(PointsAccount.brand_id == db.current_brand_id())
        .group_by(PointsAccount.member_id, lapses_at)
    )
    statement = bulk.adding(PointsLot, rows)
    new = statement.excluded
    return (
        statement.on_conflict_do_update(
            index_elements=["brand_id", "member_id", "lapses_at", "ripens_at"],
            set_={
                "amount": PointsLot.amount + new.amount,
                "remaining": PointsLot.remaining + new.remaining,
            },
        )
        .returning(PointsLot.member_id)
        .cte("lots")
    )


def _lapses_at(at: ColumnElement[datetime], ours: Policy) -> ColumnElement[datetime]:
    """As `Policy.lapses_at`, in SQL."""
    if ours.lapse_months == 0:
        return literal(NEVER)
    zone: ColumnElement[Any] = literal_column(f"'{ours.zone.key}'")
    months: ColumnElement[Any] = literal_column(f"interval '{ours.lapse_months} months'")
    length: ColumnElement[Any] = literal_column(f"interval '{MONTHS[ours.period]} months'")
    local = func.date_trunc("month", func.timezone(zone, at)) + months
    following = func.date_trunc(literal_column(f"'{ours.period.value}'"), local) + length
    return func.timezone(zone, following)


def set_growth(rows: Rows) -> int:
    """Rows of `member_id, at, fen`: what each bought in a month from before, and when it began.
    An older version's sum of all months makes way."""
    months = rows.subquery("months")
    carried = (GrowthEntry.brand_id == db.current_brand_id()) & GrowthEntry.key.in_(
        select(func.concat("carried:", months.c.member_id))
    )
    session.execute(delete(GrowthEntry).where(carried), execution_options=_UNSYNCHRONISED)
    entries = select(
        func.concat("import:", months.c.member_id, ":", func.date(months.c.at)).label("key"),
        months.c.member_id,
        literal(GrowthKind.IMPORT.value).label("kind"),
        months.c.at,
        months.c.fen,
    ).order_by(months.c.member_id, months.c.at)
    return bulk.upsert(GrowthEntry, entries, key=["key"])


def set_tiers(rows: Rows) -> int:
    """Rows of `member_id, spent_fen`: put each on the step that her spend has reached. Where not
    all that was ever spent counts, and it alone, what counts is counted (recounting.py)."""
    policy, spent = tier_policy(), rows.subquery("spent")
    by_spend = policy.by is By.SPEND and not policy.window_months
    of_brand = Tier.brand_id == db.current_brand_id()
    reach = Tier.spend_fen <= spent.c.spent_fen if by_spend else true()
    highest_first = Tier.rank.desc() if by_spend else Tier.rank
    reached = select(Tier.id).where(of_brand, reach).order_by(highest_first).limit(1)
    standing = select(
        spent.c.member_id,
        reached.scalar_subquery().label("tier_id"),
        reached.scalar_subquery().label("earned_tier_id"),
        spent.c.spent_fen,
        literal(clock.now()).label("changed_at"),
    ).order_by(spent.c.member_id)
    if not by_spend:
        bulk.insert_new(MemberTier, standing)
        return recounting.recount()
    written = bulk.upsert(MemberTier, standing, key=["member_id"], stamps=["changed_at"])
    recounting.raise_granted()
    return written
