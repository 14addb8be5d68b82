"""A till's export as people have it: CSV from Excel, Chinese headings, UTF-8 or GB 18030.

Here a line's form is checked, field by field; what it means is checked in SQL (checks.py).
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from app.core import clock
from app.imports.reports import ADDED, BadFile, Problem

BLOCK = 1 << 20
MAX_FIELD = 1000
MAX_LINE_NO = 32_767
COUNT = re.compile(r"\d{1,12}", re.ASCII)
MONEY = re.compile(r"(\d{1,10})(?:\.(\d{1,2}))?", re.ASCII)
MOMENT = re.compile(
    r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})[ T]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?"
)
EARLIEST = "1990-01-01"


class NotRight(ValueError):
    """A field breaks a rule; the text says which."""


def code(text: str) -> str:
    """An order, store or product number."""
    if not text:
        raise NotRight("不能为空")
    return code_or_nothing(text)


def code_or_nothing(text: str) -> str:
    """A number that may be missing."""
    if len(text) > 32:
        raise NotRight("最多 32 个字")
    if not text.isprintable():
        raise NotRight("有看不见的字符")
    return text


def line_no(text: str) -> str:
    """Which line of the receipt it is."""
    if not COUNT.fullmatch(text) or not 1 <= int(text) <= MAX_LINE_NO:
        raise NotRight(f"要是 1 到 {MAX_LINE_NO} 的整数")
    return text


def quantity(text: str) -> str:
    """How many; zero happens, a return is no sale."""
    if not COUNT.fullmatch(text):
        raise NotRight("要是不小于 0 的整数")
    return text


def fen(text: str) -> str:
    """Yuan with up to two decimals, as fen."""
    found = MONEY.fullmatch(text.replace(",", "").removeprefix("¥"))
    if not found:
        raise NotRight("要是不小于 0 的金额，最多两位小数")
    return str(int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")))


def moment(text: str) -> str:
    """A moment on the brand's wall clock, not in the future."""
    found = MOMENT.fullmatch(text)
    if not found:
        raise NotRight("要写成 2026-11-22 14:31:00")
    year, *rest = found.groups(default="0")
    month, day, hour, minute, second = (part.zfill(2) for part in rest)
    written = f"{year}-{month}-{day} {hour}:{minute}:{second}"
    try:
        datetime.fromisoformat(written)
    except ValueError:
        raise NotRight("没有这个日期或时间") from None
    if not EARLIEST <= written <= _tomorrow():
        raise NotRight("不在 1990 年到今天之间")
    return written


def _tomorrow() -> str:
    return (clock.local(clock.now()) + timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True)
class Column:
    """A heading, where its value goes, and how it is read."""

    heading: str
    name: str
    read: Callable[[str], str]
    is_required: bool = True
    default: str = "0"


COLUMNS = (
    Column("订单号", "order_no", code),
    Column("行号", "line_no", line_no),
    Column("门店号", "store_code", code),
    Column("会员号", "member_number", code_or_nothing),
    Column("付款时间", "paid_at", moment),
    Column("商品编码", "sku", code),
    Column("数量", "quantity", quantity),
    Column("实付", "paid_fen", fen),
    Column("原价", "list_fen", fen),
    Column("商品折扣", "retail_discount_fen", fen, is_required=False),
    Column("券抵扣", "coupon_fen", fen, is_required=False),
    Column("平台补贴", "coupon_match_fen", fen, is_required=False),
)
STAGED = ("record", *(column.name for column in COLUMNS))


@dataclass
class TillFile:
    """A file that was opened and has the headings it needs; `problems` fills while it is read."""

    path: Path
    encoding: str
    header: list[str]
    problems: list[Problem] = field(default_factory=list)

    def rows(self) -> Iterator[list[str]]:
        """The records as they came, without the columns that an error file adds."""
        width = len(self.header)
        for row in _records(self.path, self.encoding):
            yield row[:width] if len(row) == width + len(ADDED) else row

    def staged(self) -> Iterator[list[str | None]]:
        """Records of good form, ready for staging."""
        places = [(column, self._place(column)) for column in COLUMNS]
        for record, row in enumerate(self.rows(), start=1):
            if not row:
                continue
            if len(row) != len(self.header):
                reason = f"有 {len(row)} 格，标题有 {len(self.header)} 格"
                self.problems.append(Problem(record, "整行", reason))
                continue
            if (values := self._read(record, row, places)) is not None:
                yield [str(record), *values]

    def _place(self, column: Column) -> int | None:
        return self.header.index(column.heading) if column.heading in self.header else None

    def _read(
        self, record: int, row: list[str], places: list[tuple[Column, int | None]]
    ) -> list[str | None] | None:
        values: list[str | None] = []
        for column, place in places:
            text = column.default if place is None else row[place].strip().removeprefix("'")
            try:
                values.append(column.read(text) or None)
            except NotRight as error:
                reason = f"「{text[:40]}」不对：{error}" if text else str(error)
                self.problems.append(Problem(record, column.heading, reason))
                return None
        return values


def open_file(path: Path) -> TillFile:
    """Find out encoding and headings. Raises BadFile saying what is wrong with it."""
    encoding = _encoding(path)
    header = next(_all_records(path, encoding), [])
    header = [heading.strip() for heading in header if heading.strip() not in ADDED]
    missing = [c.heading for c in COLUMNS if c.is_required and c.heading not in header]
    if missing:
        raise BadFile(f"第一行缺少标题：{'、'.join(missing)}。补上后再导入")
    repeated = [c.heading for c in COLUMNS if header.count(c.heading) > 1]
    if repeated:
        raise BadFile(f"标题出现了两次：{'、'.join(repeated)}。留下一列后再导入")
    return TillFile(path, encoding, header)


def _encoding(path: Path) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        if _decodes(path, encoding):
            return encoding
    raise BadFile("文字编码认不出来；在 Excel 里另存为「CSV UTF-8」再导入")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _records(path: Path, encoding: str) -> Iterator[list[str]]:
    records = _all_records(path, encoding)
    next(records, None)
    return records


def _all_records(path: Path, encoding: str) -> Iterator[list[str]]:
    csv.field_size_limit(MAX_FIELD)
    with path.open(newline="", encoding=encoding) as file:
        reader = csv.reader(file)
        try:
            yield from reader
        except csv.Error as error:
            raise BadFile(f"第 {reader.line_num} 行读不下去：{_in_words(error)}") from None


def _in_words(error: csv.Error) -> str:
    if "field limit" in str(error):
        return f"一格超过 {MAX_FIELD} 个字，多半是引号没有成对"
    return "引号或换行不对"
