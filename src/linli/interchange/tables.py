"""CSV and XLSX tables, with coordinates in columns. Rows are numbered as Excel shows them: the heading is row 1."""

import csv
import io
import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from linli.interchange import sheets
from linli.interchange.encodings import decide, named
from linli.interchange.faultlog import FileRefused
from linli.interchange.formulas import restored
from linli.interchange.guard import COLUMN_LIMIT, ROW_LIMIT
from linli.interchange.raw import RawLayer, Select
from linli.interchange.values import is_blank, plain

_CELL_CHARACTERS = 32_767
"""What a cell of a spreadsheet holds at most."""


def read_csv(path: Path, sheet: str, select: Select, *, encoding: str = "", heading_row: int = 1) -> RawLayer:
    """Read comma-, semicolon- or tab-separated text."""
    data = path.read_bytes()
    codec = named(encoding) if encoding else decide(data)
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise FileRefused(
            "文字不合所说的编码。", row=row, found=data[error.start : error.start + 8].hex(" "), allowed=codec
        ) from error
    if "\x00" in text:
        raise FileRefused(
            "文件里有空字符,不是文字表格。", row=text.count("\n", 0, text.index("\x00")) + 1, found="\\x00"
        )
    return _layer(sheet, _csv_rows(text), select, heading_row, ())


def _csv_rows(text: str) -> list[Sequence[object]]:
    heading = text.lstrip("\ufeff").split("\n", 1)[0]
    delimiter = max(",;\t", key=heading.count)
    for number, line in enumerate(io.StringIO(text), 1):
        # Counted before the row is made: a line of nothing but commas is a list of millions.
        if line.count(delimiter) > 8 * COLUMN_LIMIT:
            raise FileRefused("这一行的列数太多。", row=number, allowed=f"至多 {COLUMN_LIMIT} 列")
    csv.field_size_limit(_CELL_CHARACTERS * 4)
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=delimiter, strict=True)
    rows: list[Sequence[object]] = []
    try:
        for row in reader:
            rows.append([restored(cell) for cell in row])
            if len(rows) > ROW_LIMIT + 64:
                raise FileRefused("行数太多。", allowed=f"至多 {ROW_LIMIT} 行")
    except csv.Error as error:
        raise FileRefused(
            "引号没有成对,或单元格太长;请在 Excel 里另存为 CSV UTF-8。", row=len(rows) + 1, found=str(error)
        ) from error
    return rows


def read_xlsx(path: Path, sheet: str, select: Select, *, heading_row: int = 1) -> RawLayer:
    """Read one sheet of a workbook: values only, and of formulas the values that were calculated last."""
    name, rows, notes = sheets.read(path, sheet)
    return _layer(name, rows, select, heading_row, notes)


def _layer(
    sheet: str,
    rows: list[Sequence[object]],
    select: Select,
    heading_row: int,
    notes: Iterable[tuple[int | None, str, str, str]],
) -> RawLayer:
    headings = _headings(rows, heading_row)
    wanted = set(select(tuple(h for h in headings if h)))
    picked = [(index, heading) for index, heading in enumerate(headings) if heading in wanted]
    columns: dict[str, list[object]] = {heading: [] for _, heading in picked}
    numbers: list[int] = []
    problems: list[tuple[int, str, str, str]] = []
    for number, row in enumerate(itertools.islice(rows, heading_row, None), heading_row + 1):
        if all(is_blank(cell) for cell in row):
            continue
        extra = [cell for cell in row[len(headings) :] if not is_blank(cell)]
        if extra:
            problems.append((number, "", plain(extra[0]), "这一行的单元格比标题多;多半是逗号没有放进引号。"))
            continue
        numbers.append(number)
        for index, heading in picked:
            columns[heading].append(row[index] if index < len(row) else None)
    if len(numbers) > ROW_LIMIT:
        raise FileRefused("行数太多。", found=f"{len(numbers)} 行", allowed=f"至多 {ROW_LIMIT} 行")
    return RawLayer(sheet, columns, None, np.array(numbers, dtype=np.int64), "", tuple(problems), tuple(notes))


def _headings(rows: list[Sequence[object]], heading_row: int) -> list[str]:
    if len(rows) < heading_row:
        raise FileRefused("表里没有标题行。", row=heading_row)
    headings = ["" if is_blank(cell) else " ".join(plain(cell).split()) for cell in rows[heading_row - 1]]
    while headings and not headings[-1]:
        headings.pop()
    if not headings:
        raise FileRefused("标题行是空的;第一行应写列名。", row=heading_row)
    if len(headings) > COLUMN_LIMIT:
        raise FileRefused("列数太多。", row=heading_row, found=f"{len(headings)} 列", allowed=f"至多 {COLUMN_LIMIT} 列")
    named = [h for h in headings if h]
    twice = next((h for h in named if named.count(h) > 1), None)
    if twice is not None:
        raise FileRefused("有两列同名,分不清该读哪一列。", row=heading_row, column=twice, found=twice)
    return headings
