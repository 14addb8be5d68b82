"""The form of a till's file: headings, encoding, fields."""

from __future__ import annotations

import pytest

from app.imports import till_file
from app.imports.reports import BadFile

HEADER = "订单号,行号,门店号,会员号,付款时间,商品编码,数量,实付,原价"
GOOD = "A-1,1,S-1,M-1,2026-01-05 14:31:00,5001,2,12.30,15"


def opened(tmp_path, *lines: str, header: str = HEADER, encoding: str = "utf-8"):
    path = tmp_path / "orders.csv"
    path.write_bytes("\n".join([header, *lines]).encode(encoding))
    return till_file.open_file(path)


def problem_of(tmp_path, line: str) -> tuple[str, str]:
    file = opened(tmp_path, line)
    assert list(file.staged()) == []
    return file.problems[0].field, file.problems[0].reason


def test_a_good_line_is_read_as_fen_and_text(tmp_path):
    (row,) = opened(tmp_path, GOOD).staged()

    assert row == [
        "1", "A-1", "1", "S-1", "M-1", "2026-01-05 14:31:00", "5001", "2", "1230", "1500",
        "0", "0", "0",
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_excel_s_encodings_are_read(tmp_path, encoding):
    assert len(list(opened(tmp_path, GOOD, encoding=encoding).staged())) == 1


@pytest.mark.parametrize(
    ("written", "fen"),
    [("0", "0"), ("12", "1200"), ("12.3", "1230"), ("¥1,204.50", "120450"), ("0.07", "7")],
)
def test_money_becomes_fen_exactly(written, fen):
    assert till_file.fen(written) == fen


@pytest.mark.parametrize("written", ["", "-1", "1.234", "1e3", "１２", "12.3.4", "abc"])
def test_what_is_no_money_is_refused(written):
    with pytest.raises(till_file.NotRight):
        till_file.fen(written)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-01-05 14:31:00", "2026-01-05 14:31:00"),
        ("2026/1/5 9:03", "2026-01-05 09:03:00"),
        ("2026-01-05T09:03:07", "2026-01-05 09:03:07"),
    ],
)
def test_moments_are_read_as_excel_writes_them(written, read):
    assert till_file.moment(written) == read


@pytest.mark.parametrize("written", ["2026-02-30 10:00:00", "2999-01-01 10:00:00", "昨天", ""])
def test_what_is_no_moment_is_refused(written):
    with pytest.raises(till_file.NotRight):
        till_file.moment(written)


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        (GOOD.replace("A-1,1", ",1"), "订单号", "不能为空"),
        (GOOD.replace(",2,12.30", ",-2,12.30"), "数量", "「-2」不对：要是不小于 0 的整数"),
        (GOOD.replace("A-1,1", "A-1,0"), "行号", "「0」不对：要是 1 到 32767 的整数"),
        (GOOD.replace("12.30", "abc"), "实付", "「abc」不对：要是不小于 0 的金额，最多两位小数"),
        (GOOD + ",多一格", "整行", "有 10 格，标题有 9 格"),
        (GOOD.replace("A-1", "A\0" + "1"), "订单号", "「A\0" + "1」不对：有看不见的字符"),
    ],
)
def test_a_broken_line_is_told_with_field_and_reason(tmp_path, line, field, reason):
    assert problem_of(tmp_path, line) == (field, reason)


def test_a_missing_heading_is_named(tmp_path):
    with pytest.raises(BadFile, match="缺少标题：行号、实付"):
        opened(tmp_path, GOOD, header=HEADER.replace("行号", "x").replace("实付", "y"))


def test_a_heading_that_stands_twice_is_named(tmp_path):
    with pytest.raises(BadFile, match="标题出现了两次：实付"):
        opened(tmp_path, GOOD, header=HEADER + ",实付")


def test_an_empty_file_says_what_its_first_line_must_hold(tmp_path):
    with pytest.raises(BadFile, match="第一行缺少标题"):
        opened(tmp_path, header="")


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_bytes(b"\xff\xff\xff\xff\x00\x81")

    with pytest.raises(BadFile, match="编码认不出来"):
        till_file.open_file(path)


def test_an_open_quote_is_told_with_its_line(tmp_path):
    file = opened(tmp_path, GOOD, '"A-2,1' + "x" * 2000)

    with pytest.raises(BadFile, match="第 3 行读不下去"):
        list(file.staged())
