"""A list leaves the house for a reason, marked with who took it, and for one session."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select, text

from app import timekeeper
from app.core import clock, db
from app.core.audit import AuditRow
from app.core.db import session
from app.exports import files
from app.exports import service as exports
from app.exports.models import Export, ExportPiece, ExportState, Form, Kind, Why
from app.exports.service import asking
from app.staff.models import Face, Role, Staff
from tests import factories


@pytest.fixture
def mei(house):
    return signed_in("mei")


def signed_in(login: str):
    return factories.actor(factories.sign_in(login, Face.CONSOLE), Face.CONSOLE)


@pytest.fixture
def lin(house):
    fan = factories.make_fan(house.brand.id, house.brand.service.id)
    return factories.make_member(house.brand.id, fan.id, "13800005678")


def ask(house, actor, kind: Kind = Kind.MEMBERS, form: Form = Form.CSV, **filters: str) -> int:
    with db.transaction(house.brand.id):
        return exports.ask(actor, exports.Wish(kind, form, Why.RECONCILE, filters)).id


def take(house, actor, export_id: int) -> exports.File:
    with db.transaction(house.brand.id):
        return exports.take(actor, export_id)


def lines(file: exports.File) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))


def acts(house) -> list[str]:
    with db.transaction(house.brand.id):
        return list(session.scalars(select(AuditRow.act).order_by(AuditRow.seq)))


def test_a_file_holds_the_masked_list_between_two_marks(house, mei, lin):
    export_id = ask(house, mei)
    exports.work()

    file = take(house, mei, export_id)

    mark, head, row, again = lines(file)
    assert file.content.startswith(b"\xef\xbb\xbf"), "Excel needs the mark of UTF-8"
    assert re.match(rf"导出人 梅（staff:{mei.staff_id}） · \d{{4}}-\d\d-\d\d", mark[0])
    assert again == mark
    assert head == ["会员号", "名字", "手机号", "入会日", "主门店"]
    assert (row[0], row[2]) == (lin.number, "138****5678")
    assert acts(house) == ["export.asked", "export.made", "export.taken"]


def test_an_xlsx_says_in_itself_who_took_it(house, mei, lin):
    export_id = ask(house, mei, form=Form.XLSX)
    exports.work()

    with zipfile.ZipFile(io.BytesIO(take(house, mei, export_id).content)) as book:
        properties = book.read("docProps/core.xml").decode()
        sheet = book.read("xl/worksheets/sheet1.xml").decode()

    assert "导出人 梅" in properties
    assert "导出人 梅" in sheet.partition("<headerFooter")[2], "on every printed page"
    assert lin.number in sheet


RISKY = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", '=HYPERLINK("http://x","y")']


@pytest.mark.parametrize("cell", RISKY)
def test_no_cell_runs_in_a_spreadsheet(cell):
    sheet = files.Sheet("试", "谁", ("列",), [(cell, -5, "好")])

    [_, _, row, _] = list(csv.reader(io.StringIO(files.write(Form.CSV, sheet).decode("utf-8-sig"))))
    with zipfile.ZipFile(io.BytesIO(files.write(Form.XLSX, sheet))) as book:
        xml = book.read("xl/worksheets/sheet1.xml").decode()

    assert row == [f"'{cell}", "-5", "好"]
    assert "<f>" not in xml
    assert 't="inlineStr"' in xml


def test_the_count_is_shown_before_and_a_limit_holds(house, mei, lin, monkeypatch):
    with db.transaction(house.brand.id):
        assert exports.count(mei, Kind.MEMBERS, {}) == 1

    monkeypatch.setattr(asking, "MOST_ROWS", {Role.ADMIN: 0})

    with pytest.raises(exports.TooManyRows, match="1 行，最多 0 行"):
        ask(house, mei)


def test_taking_away_is_a_right_of_its_own(house, lin):
    factories.make_staff(
        house.brand.id, "lan", Role.STORE_MANAGER, name="兰", store_ids=[house.jingan.id]
    )
    factories.make_staff(house.brand.id, "xu", Role.MARKETER, name="许")

    with pytest.raises(exports.NoRight):
        ask(house, signed_in("lan"))
    with pytest.raises(exports.NoRight):
        ask(house, signed_in("xu"), Kind.AUDIT)
    assert ask(house, signed_in("xu"))


def test_nobody_takes_more_than_so_many_a_day(house, mei):
    for _ in range(exports.MOST_A_DAY):
        ask(house, mei, Kind.STORES)

    with pytest.raises(exports.TooManyExports):
        ask(house, mei, Kind.STORES)


def test_the_link_dies_with_the_session(house, mei, lin):
    export_id = ask(house, mei)
    exports.work()

    with pytest.raises(exports.NoExport):
        take(house, signed_in("mei"), export_id)


def test_the_link_dies_with_the_role(house, mei, lin):
    export_id = ask(house, mei)
    exports.work()
    demoted = SimpleNamespace(**{**vars(mei), "role": Role.STORE_MANAGER})

    with pytest.raises(exports.NoRight):
        take(house, demoted, export_id)


def test_a_colleague_and_another_brand_find_nothing(house, mei, lin):
    export_id = ask(house, mei)
    exports.work()
    factories.make_staff(house.brand.id, "xu", Role.MARKETER, name="许")
    xu, other = signed_in("xu"), factories.make_brand("qinghe", "青禾")

    with pytest.raises(exports.NoExport):
        take(house, xu, export_id)
    with db.transaction(other.id), pytest.raises(exports.NoExport):
        exports.take(mei, export_id)


def test_who_left_before_it_was_made_gets_nothing(house, mei, lin):
    export_id = ask(house, mei)
    with db.transaction(house.brand.id):
        session.get_one(Staff, (house.brand.id, mei.staff_id)).role = Role.STORE_MANAGER

    exports.work()

    with db.transaction(house.brand.id):
        assert db.get(Export, export_id).state == ExportState.REFUSED
        assert session.query(ExportPiece).count() == 0
    assert acts(house)[-1] == "export.refused"


def test_a_file_is_gone_after_an_hour(house, mei, lin):
    export_id = ask(house, mei)
    exports.work()
    clock.move(exports.KEPT_FOR + timedelta(seconds=1))

    with pytest.raises(exports.NoExport):
        take(house, mei, export_id)
    timekeeper.forget()

    with db.transaction(house.brand.id):
        assert db.get(Export, export_id).state == ExportState.GONE
        assert session.query(ExportPiece).count() == 0


def test_the_file_lies_sealed(house, mei, lin):
    ask(house, mei)
    exports.work()

    with db.transaction(house.brand.id):
        stored = session.execute(
            text("SELECT string_agg(piece_encrypted, '') FROM export_pieces")
        ).scalar()
    assert lin.number not in stored
    assert stored.startswith("t1:")


def test_a_list_of_many_pages_is_whole(house, mei, monkeypatch):
    from app.exports.service import making

    monkeypatch.setattr(making, "ROWS_AT_ONCE", 7)
    monkeypatch.setattr(making, "PIECE_BYTES", 64)
    numbers = [
        factories.make_fan(house.brand.id, house.brand.service.id, f"o-{n}").id for n in range(30)
    ]
    export_id = ask(house, mei, Kind.FANS)

    exports.work()

    found = [int(row[0]) for row in lines(take(house, mei, export_id))[2:-1]]
    assert found == sorted(numbers)


def test_a_worker_that_died_half_way_is_followed_by_another(house, mei, lin):
    export_id = ask(house, mei)
    with db.transaction(house.brand.id):
        export = db.get(Export, export_id)
        export.lease_until, export.attempts = clock.now() + timedelta(minutes=2), 1

    exports.work()
    with db.transaction(house.brand.id):
        assert db.get(Export, export_id).state == ExportState.DUE, "somebody is at it"

    clock.move(timedelta(minutes=3))
    exports.work()
    with db.transaction(house.brand.id):
        assert db.get(Export, export_id).state == ExportState.READY
