"""A till's file into orders: good lines go in, broken ones land in an error file."""

from __future__ import annotations

import csv

import pytest
from sqlalchemy import select

from app.core import db
from app.core.db import session
from app.imports import runs
from app.members.models import Member
from app.orders.models import Order, OrderLine
from app.points import queries as points
from tests.imports import tables

HEADER = "订单号,行号,门店号,会员号,付款时间,商品编码,数量,实付,原价"
GOOD = (
    "A-1,1,S-1,M-1,2026-01-05 14:31:00,5001,2,12.30,15",
    "A-1,2,S-1,M-1,2026-01-05 14:31:00,5002,1,7.80,7.80",
    "A-2,1,S-2,,2026-01-06 09:00:00,5001,1,6.15,7.50",
)


def write(tmp_path, *lines: str, name: str = "orders.csv"):
    path = tmp_path / name
    path.write_text("\n".join([HEADER, *lines]), encoding="utf-8")
    return path


def orders_of(brand) -> dict[str, tuple[int, int]]:
    with db.transaction(brand.id):
        return {
            order.order_no: (order.paid_fen, order.list_fen)
            for order in session.scalars(select(Order))
        }


def errors_in(done) -> list[dict[str, str]]:
    with done.error_file.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_good_lines_become_orders_points_and_tiers(till, tmp_path):
    done = till.bring(write(tmp_path, *GOOD))

    assert orders_of(till.brand) == {"A-1": (2010, 2280), "A-2": (615, 750)}
    assert done.counts == {"orders": 2, "order_lines": 3, "sales_fen": 2625, "refused": 0}
    assert done.error_file is None
    with db.transaction(till.brand.id):
        lin = session.scalars(select(Member).filter_by(number="M-1")).one()
        assert (lin.main_store_id, points.standing(lin.id).points) == (till.store.id, 20)
        assert points.standing(lin.id).spent_fen == 2010


def test_times_are_the_brand_s_own(till, tmp_path):
    till.bring(write(tmp_path, *GOOD))

    with db.transaction(till.brand.id):
        order = session.scalars(select(Order).filter_by(order_no="A-1")).one()
        assert order.paid_at.isoformat() == "2026-01-05T06:31:00+00:00"


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        ("B-1,1,S-9,M-1,2026-01-05 14:31:00,5001,1,1,1", "门店号", "没有这家门店"),
        ("B-1,1,S-1,M-9,2026-01-05 14:31:00,5001,1,1,1", "会员号", "没有这位会员"),
        ("B-1,1,S-1,M-1,2026-01-05 14:31:00,5001,1,很多,1", "实付", "要是不小于 0 的金额"),
        ("A-1,2,S-1,M-1,2026-01-05 14:31:00,5009,1,1,1", "行号", "出现了两次"),
        ("A-1,3,S-2,M-1,2026-01-05 14:31:00,5009,1,1,1", "订单号", "与它的第一行不同"),
        ("A-1,3,S-1,M-2,2026-01-05 14:31:00,5009,1,1,1", "订单号", "与它的第一行不同"),
    ],
)
def test_a_line_that_breaks_a_rule_is_told_and_the_others_go_in(
    till, tmp_path, line, field, reason
):
    done = till.bring(write(tmp_path, *GOOD, line))

    assert orders_of(till.brand) == {"A-1": (2010, 2280), "A-2": (615, 750)}
    (row,) = errors_in(done)
    assert (row["第几行"], row["字段"]) == ("5", field)
    assert reason in row["原因"]
    assert ",".join(list(row.values())[:9]) == line


def test_a_corrected_error_file_completes_its_order(till, tmp_path):
    broken = "A-1,3,S-1,M-1,2026-01-05 14:31:00,5003,1,很多,9"
    done = till.bring(write(tmp_path, *GOOD, broken))
    corrected = tmp_path / "corrected.csv"
    corrected.write_text(
        done.error_file.read_text(encoding="utf-8-sig").replace("很多", "9", 1), encoding="utf-8"
    )

    again = till.bring(corrected)

    assert again.counts["refused"] == 0
    assert orders_of(till.brand)["A-1"] == (2910, 3180)
    with db.transaction(till.brand.id):
        lin = session.scalars(select(Member).filter_by(number="M-1")).one()
        assert points.standing(lin.id).points == 29
    assert tables.broken_rules() == []


def test_an_order_that_is_known_is_not_rewritten(till, tmp_path):
    till.bring(write(tmp_path, *GOOD))
    before = tables.fingerprints()

    done = till.bring(
        write(
            tmp_path,
            GOOD[0].replace("12.30", "99"),
            "A-2,1,S-1,,2026-01-06 09:00:00,5001,1,6.15,7.50",
            name="other.csv",
        )
    )

    assert [row["原因"] for row in errors_in(done)] == [
        "这一行已经导入过，内容不同；没有改动原来的",
        "这张订单已经有了，门店、会员或付款时间不同；没有改动原单",
    ]
    assert tables.fingerprints() == before


def test_the_same_file_is_skipped_and_said_so(till, tmp_path):
    first = till.bring(write(tmp_path, *GOOD))

    second = till.bring(write(tmp_path, *GOOD, name="copy.csv"))

    assert second.was_known
    assert second.counts == first.counts


def test_again_forces_it_and_changes_no_row(till, tmp_path):
    path = write(tmp_path, *GOOD)
    till.bring(path)
    before = tables.fingerprints()

    assert not till.bring(path, again=True).was_known
    assert tables.fingerprints() == before


def test_a_broken_file_changes_nothing_and_leaves_nothing(till, tmp_path):
    path = write(tmp_path, "X-1,1,S-9,M-1,2026-01-05 14:31:00,7001,1,1,1")
    before = tables.fingerprints()

    till.bring(path)

    assert tables.fingerprints() == before
    assert tables.staging_tables() == []
    assert [entry.name for entry in till.folder.iterdir()] == ["orders-1-errors.csv"]


def test_a_formula_cannot_leave_by_the_error_file(till, tmp_path):
    done = till.bring(write(tmp_path, "=1+1,1,S-9,M-1,2026-01-05 14:31:00,5001,1,1,1"))

    assert errors_in(done)[0]["订单号"] == "'=1+1"


def test_an_unlisted_product_is_kept_and_marked(till, tmp_path):
    till.bring(write(tmp_path, *GOOD))

    with db.transaction(till.brand.id):
        listed = select(tables.text("sku"), tables.text("is_listed")).select_from(
            tables.text("products")
        )
        assert sorted(session.execute(listed).all()) == [("5001", False), ("5002", False)]
        assert session.query(OrderLine).count() == 3


def test_another_brand_s_stores_are_no_stores_of_this_one(till, tmp_path):
    from tests import factories

    other = factories.make_brand("other", "别家")
    with db.transaction(other.id):
        factories.stores.add_store(code="S-7", name="别家的店")

    done = till.bring(write(tmp_path, "C-1,1,S-7,,2026-01-05 14:31:00,5001,1,1,1"))

    assert errors_in(done)[0]["字段"] == "门店号"


def test_two_imports_of_a_brand_do_not_run_at_once(till, tmp_path):
    with runs.only_one(till.brand.id), pytest.raises(runs.AlreadyRunning):
        till.bring(write(tmp_path, *GOOD))
