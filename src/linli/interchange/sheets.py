"""Workbooks opened with care: nothing that runs or calls out, no bombs, formulas told apart from typed values."""

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, WorksheetNotFound

from linli.interchange.faultlog import FileRefused
from linli.interchange.guard import CELL_LIMIT, COLUMN_LIMIT, ROW_LIMIT, check_archive, check_markup, unpacked

_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,4})([0-9]{1,8})"[^>]*?>')
_FORMULA = re.compile(
    rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,4}[0-9]{1,8})"[^>]*?>\s*<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)</(?:\w+:)?f>)(\s*<(?:\w+:)?v>[^<])?'
)
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="([0-9]{1,10})"')
_CALLS_OUT = re.compile(
    rb"\[[0-9]+\]|https?:|file:|\\\\|\bWEBSERVICE\b|\bRTD\b|\bDDE\b|\bCALL\b|\bREGISTER\b|\|'?[^']*'?!", re.IGNORECASE
)
_FORBIDDEN = (
    ("xl/vbaproject.bin", "工作簿带有宏"),
    ("xl/macrosheets/", "工作簿带有宏表"),
    ("xl/externallinks/", "工作簿带有外部链接或 DDE"),
    ("xl/connections.xml", "工作簿带有数据连接"),
    ("xl/querytables/", "工作簿带有外部查询"),
    ("xl/embeddings/", "工作簿里嵌有对象"),
    ("xl/activex/", "工作簿带有 ActiveX 控件"),
    ("xl/webextensions/", "工作簿带有网页加载项"),
    ("customui/", "工作簿带有自定义界面"),
)
_MACRO_TYPES = (b"macroEnabled", b"ms-office.vbaProject", b"sheet.binary")

Notes = list[tuple[int | None, str, str, str]]


def read(path: Path, sheet: str) -> tuple[str, list[Sequence[object]], Notes]:
    """Name, rows and notes of one sheet. ``sheet`` may be empty where the workbook has only one.

    Row 1 of the result is row 1 of the sheet, blank rows included.
    """
    with check_archive(path) as archive:
        check_parts(archive)
        parts = _sheet_parts(archive)
        name = _chosen(tuple(parts), sheet)
        notes = _check_sheet(unpacked(archive, parts[name]), name)
    try:
        with CalamineWorkbook.from_path(str(path)) as workbook:
            rows: list[Sequence[object]] = list(workbook.get_sheet_by_name(name).to_python(skip_empty_area=False))
    except (CalamineError, WorksheetNotFound, ValueError, OSError) as error:
        raise FileRefused("工作簿读不出来;请在 Excel 里打开并另存为 .xlsx。", sheet=name, found=str(error)) from error
    return name, rows, notes


def names(path: Path) -> tuple[str, ...]:
    """Names of the sheets of a workbook that has passed the checks."""
    with check_archive(path) as archive:
        check_parts(archive)
        return tuple(_sheet_parts(archive))


def check_parts(archive: zipfile.ZipFile) -> None:
    """Refuse macros, external links, DDE, connections and embedded objects, by the archive's directory."""
    members = archive.namelist()
    for member in members:
        low = member.lower().lstrip("/")
        for start, why in _FORBIDDEN:
            if low.startswith(start) or low.endswith("vbaproject.bin"):
                raise FileRefused(f"{why},没有打开;请只保留表格,另存为 .xlsx。", found=member)
        if ".." in low.split("/"):
            raise FileRefused("工作簿的部件名指到外面,没有打开。", found=member)
    if "[Content_Types].xml" not in members or "xl/workbook.xml" not in members:
        raise FileRefused("不是完整的 XLSX 工作簿;请在 Excel 里打开并另存为 .xlsx。")
    types = unpacked(archive, "[Content_Types].xml")
    for sign in _MACRO_TYPES:
        if sign in types:
            raise FileRefused("工作簿启用了宏或是二进制格式,没有打开;请另存为 .xlsx。", found=sign.decode())
    for member in members:
        if member.lower().endswith((".xml", ".rels", ".vml")):
            data = unpacked(archive, member)
            check_markup(data)
            if (
                member.lower().endswith(".rels")
                and re.search(rb'TargetMode\s*=\s*"External"', data)
                and b"/hyperlink" not in data
            ):
                raise FileRefused("工作簿带有外部链接,没有打开;请断开链接后另存。", found=member)


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → archive member, in the order of the workbook."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        book = fromstring(unpacked(archive, "xl/workbook.xml"))
        relations = fromstring(unpacked(archive, "xl/_rels/workbook.xml.rels"))
    except (ParseError, KeyError, DefusedXmlException, ValueError) as error:
        raise FileRefused("工作簿的目录读不出来;请在 Excel 里打开并另存为 .xlsx。", found=str(error)) from error
    target = {r.get("Id"): (r.get("Target") or "") for r in relations}
    found: dict[str, str] = {}
    for element in book.iter():
        if element.tag.rpartition("}")[2] != "sheet":
            continue
        relation = next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == "id"), None)
        part = target.get(relation, "")
        part = part.lstrip("/") if part.startswith("/") else f"xl/{part}"
        if part in archive.namelist():
            found[element.get("name") or ""] = part
    return found


def _chosen(found: tuple[str, ...], sheet: str) -> str:
    if sheet in found:
        return sheet
    if not sheet and len(found) == 1:
        return found[0]
    reason = "工作簿里没有这张表。" if sheet else "工作簿里有几张表,请在清单里用 sheet 写明是哪一张。"
    raise FileRefused(reason, column="sheet", found=sheet, allowed="、".join(found) or "(没有表)")


def _check_sheet(data: bytes, sheet: str) -> Notes:
    """Refuse absurd extents before the reader allocates them, and calls to the outside; note the formulas."""
    columns, last, cells = 0, 0, 0
    for match in _CELL.finditer(data):
        cells += 1
        columns, last = max(columns, _column_number(match[1])), max(last, int(match[2]))
    for match in _ROW.finditer(data):
        if int(match[1]) > 1_048_576:
            raise FileRefused("行号超出 Excel 的范围。", sheet=sheet, found=match[1].decode(), allowed="1–1048576")
    if cells > CELL_LIMIT or last > ROW_LIMIT or columns > 4 * COLUMN_LIMIT or last * columns > 8 * CELL_LIMIT:
        raise FileRefused(
            "表格范围太大(末尾可能有误填的单元格);请删去多余的行列后另存。",
            sheet=sheet,
            found=f"{last} 行 × {columns} 列",
            allowed=f"至多 {ROW_LIMIT} 行 × {COLUMN_LIMIT} 列",
        )
    notes: Notes = []
    for match in _FORMULA.finditer(data):
        place = match[1].decode()
        row = int(re.sub(r"\D", "", place))
        formula = (match[2] or b"").decode("utf-8", "replace")
        if _CALLS_OUT.search(match[2] or b""):
            raise FileRefused(
                "公式引用了别的文件、程序或网络,没有打开;请改为数值后另存。",
                sheet=sheet,
                row=row,
                column=place,
                found=f"={formula}",
            )
        if match[3] is None and b't="str"' not in match[0]:
            raise FileRefused(
                "公式还没有算出结果;请在 Excel 里打开、保存后再导入。",
                sheet=sheet,
                row=row,
                column=place,
                found=f"={formula}",
            )
        if len(notes) < 200:
            notes.append((row, place, f"={formula}", "单元格是公式,读取的是它上次算出的结果。"))
    return notes


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
