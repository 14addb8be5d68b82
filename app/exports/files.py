"""CSV and XLSX that no spreadsheet takes for a program, each saying who took it and when."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.exports.lists import Cell
from app.exports.models import Form

if TYPE_CHECKING:
    import xlsxwriter

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BOM = "\ufeff"  # or Excel reads UTF-8 as something else
MIMES = {
    Form.CSV: "text/csv; charset=utf-8",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Sheet:
    """What is written: a mark of who took it first and last, the lines between."""

    title: str
    mark: str
    columns: Sequence[str]
    lines: Iterable[Sequence[Cell]]


def write(form: Form, sheet: Sheet) -> bytes:
    """The whole file."""
    return _csv(sheet) if form == Form.CSV else _xlsx(sheet)


def _csv(sheet: Sheet) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([sheet.mark])
    writer.writerow(sheet.columns)
    writer.writerows([_plain(cell) for cell in line] for line in sheet.lines)
    writer.writerow([sheet.mark])
    return (BOM + out.getvalue()).encode()


def _plain(cell: Cell) -> Cell:
    """An apostrophe before what a spreadsheet would run."""
    return f"'{cell}" if _is_risky(cell) else cell


def _is_risky(cell: Cell) -> bool:
    return isinstance(cell, str) and cell.startswith(RISKY)


def _xlsx(sheet: Sheet) -> bytes:
    import xlsxwriter  # here: megabytes that only a file as XLSX needs

    with tempfile.TemporaryDirectory(prefix="huike-export-") as folder:
        path = Path(folder) / "export.xlsx"
        options = {"constant_memory": True, "strings_to_formulas": False, "tmpdir": folder}
        with xlsxwriter.Workbook(str(path), options) as book:
            book.set_properties(
                {"title": sheet.title, "author": sheet.mark, "comments": sheet.mark}
            )
            _fill(book, sheet)
        return path.read_bytes()


def _fill(book: xlsxwriter.Workbook, sheet: Sheet) -> None:
    page, quoted = book.add_worksheet(sheet.title), book.add_format({"quote_prefix": True})
    page.set_footer(f"&L{sheet.mark.replace('&', '&&')}&R&P / &N")
    number = 0
    for number, line in enumerate(_whole(sheet)):
        for place, cell in enumerate(line):
            if isinstance(cell, int):
                page.write_number(number, place, cell)
            elif cell:
                page.write_string(number, place, cell, quoted if _is_risky(cell) else None)


def _whole(sheet: Sheet) -> Iterable[Sequence[Cell]]:
    yield (sheet.mark,)
    yield tuple(sheet.columns)
    yield from sheet.lines
    yield (sheet.mark,)
