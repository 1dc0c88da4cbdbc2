"""The Chinese workbook: an empty one to fill in, the survey read back, and a copy that shows what is wrong."""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from linli.domain.places.rules.layers import LAYER_BY_KEY, LAYERS, Field, FieldType, Geometry, Layer
from linli.domain.places.rules.package import Fault, Severity
from linli.interchange import guard, sheets, tables
from linli.interchange.faultlog import FaultLog, FileRefused, PackageRefused, Where
from linli.interchange.values import (
    Unknown,
    Unreadable,
    Vocabularies,
    allowed,
    choices,
    is_blank,
    narrow,
    plain,
    reader,
)

FILE = "本区数据.xlsx"
SURVEY = "调查填报"
_CHOICES = "可选项"
_ROWS = 5_000
"""Rows that drop-downs and checks reach; more can be filled in, unchecked by Excel but not by us."""

_HEAD = PatternFill("solid", fgColor="DCE6F1")
_NEEDED = PatternFill("solid", fgColor="FCE4D6")
_REFUSED = PatternFill("solid", fgColor="FF9C9C")
_NOTED = PatternFill("solid", fgColor="FFEB9C")
_SATISFIED, _ASKED = "·满意人数", "·调查人数"
_COPY_LIMIT = 24 * guard.MB


@dataclass(frozen=True, slots=True)
class SurveyQuestion:
    """What a community is asked. ``kind`` is number, yes_no or satisfaction."""

    key: str
    zh: str
    kind: str
    unit: str = ""
    hint_zh: str = ""


@dataclass(frozen=True, slots=True)
class Reported:
    """One answer of one community; a yes is 1 and a no is 0."""

    community: str
    question: str
    numerator: float
    denominator: float | None
    day: date
    row: int


# --- An empty one ---------------------------------------------------------------------------------------------------


def layers_in_workbook() -> tuple[Layer, ...]:
    """Layers that a table can hold: places that may be points, and those that need no shape."""
    return tuple(layer for layer in LAYERS if Geometry.POINT in layer.geometries or not layer.geometry_required)


def write_template(
    folder: Path,
    vocabularies: Vocabularies,
    questions: Sequence[SurveyQuestion] = (),
    *,
    communities: Sequence[tuple[str, str]] = (),
    code: str = "",
    name: str = "",
    day: date | None = None,
) -> tuple[Path, Path]:
    """Write an empty package: manifest and workbook. Nothing that is there already is overwritten.

    ``communities`` are (code, name) to lay out in the survey sheet.

    Raises
    ------
    FileExistsError
    """
    folder.mkdir(parents=True, exist_ok=True)
    manifest, book = folder / "district.yaml", folder / FILE
    for path in (manifest, book):
        if path.exists():
            raise FileExistsError(17, "已存在", str(path))
    _book(vocabularies, questions, communities).save(book)
    manifest.write_text(_manifest(code, name, day), "utf-8")
    return manifest, book


def _book(
    vocabularies: Vocabularies, questions: Sequence[SurveyQuestion], communities: Sequence[tuple[str, str]]
) -> Workbook:
    book = Workbook()
    guide = book.active
    guide.title = "说明"
    for line in _GUIDE:
        guide.append([line])
    guide.column_dimensions["A"].width = 100
    words = book.create_sheet(_CHOICES)
    listed = _Lists(words)
    for layer in layers_in_workbook():
        _layer_page(book.create_sheet(_title(layer.zh)), layer, vocabularies, listed)
    if questions:
        _survey_page(book.create_sheet(SURVEY), questions, communities, listed)
    book.move_sheet(words, offset=len(book.sheetnames))
    words.sheet_state = "hidden"
    return book


_GUIDE = (
    "邻里 · 本区数据填报工作簿",
    "每张表一个图层,一行一个地方。橙色的列必须填写,其余不知道就空着,不要填“不详”或 0。",
    "鼠标停在列名上有说明;有下拉箭头的格子请从下拉中选。",
    "代码按文字填写,保留开头的 0。",
    "经度、纬度填小数度数。从高德取的是 GCJ-02,从百度取的是 BD-09,请在 district.yaml 的 crs 里写明。",
    "社区、小区、道路等要画范围或线的图层,请放 GeoPackage、Shapefile 或 GeoJSON 文件,",
    "并在 district.yaml 的 layers 里写明。",
    "不要加公式、宏和外部链接。填好后运行:linli import 本文件夹 --dry-run",
)


class _Lists:
    """Drop-down lists, each a column of the hidden sheet: a list written into the cell may hold 255 characters only."""

    def __init__(self, page: Worksheet) -> None:
        self._page = page
        self._places: dict[tuple[str, ...], str] = {}

    def of(self, words: Sequence[str]) -> DataValidation:
        key = tuple(words)
        if key not in self._places:
            column = len(self._places) + 1
            for row, word in enumerate(words, 1):
                self._page.cell(row, column, word)
            letter = get_column_letter(column)
            self._places[key] = f"={_CHOICES}!${letter}$1:${letter}${len(words)}"
        check = DataValidation("list", formula1=self._places[key], allow_blank=True, showErrorMessage=True)
        check.errorTitle, check.error = "不在可选项之中", "请从下拉列表中选择。"
        return check


def _layer_page(page: Worksheet, layer: Layer, vocabularies: Vocabularies, listed: _Lists) -> None:
    for column, field in enumerate(layer.fields, 1):
        title = field.zh + (f"({field.unit})" if field.unit else "")
        told = [field.hint_zh, f"可填:{allowed(field, vocabularies)}", "必须填写" if field.required else "可以空着"]
        _heading(page, column, title, "\n".join(line for line in told if line), needed=field.required)
        check = _check(field, vocabularies, listed)
        if check is not None:
            page.add_data_validation(check)
            letter = get_column_letter(column)
            check.add(f"{letter}2:{letter}{_ROWS}")
        if field.type in (FieldType.CODE, FieldType.TEXT):
            page.column_dimensions[get_column_letter(column)].number_format = "@"
    if Geometry.POINT in layer.geometries:
        first = len(layer.fields) + 1
        for column, title, limit in ((first, "经度", 180), (first + 1, "纬度", 90)):
            _heading(page, column, title, "小数度数,如 120.171234;坐标系写在 district.yaml 的 crs 里", needed=True)
            _number_check(page, column, -limit, limit)
    page.freeze_panes = "A2"


def _heading(page: Worksheet, column: int, title: str, told: str, *, needed: bool) -> None:
    cell = page.cell(1, column, title)
    cell.font, cell.fill = Font(bold=True), _NEEDED if needed else _HEAD
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.comment = Comment(told, "邻里", width=320, height=120)
    page.column_dimensions[get_column_letter(column)].width = min(30, max(10, 2 * len(title) + 2))


def _check(field: Field, vocabularies: Vocabularies, listed: _Lists) -> DataValidation | None:
    if field.type is FieldType.CHOICE:
        words = [choice.zh for choice in choices(field, vocabularies)]
        return listed.of(words) if words else None
    if field.type is FieldType.YES_NO:
        return listed.of(("是", "否"))
    if field.type in (FieldType.WHOLE, FieldType.NUMBER):
        kind = "whole" if field.type is FieldType.WHOLE else "decimal"
        check = DataValidation(
            kind, operator="between", formula1=f"{field.minimum:.0f}", formula2=f"{field.maximum:.0f}", allow_blank=True
        )
        check.errorTitle, check.error = "数字不对", f"可填:{allowed(field, vocabularies)}"
        return check
    return None


def _number_check(page: Worksheet, column: int, lowest: float, highest: float) -> None:
    check = DataValidation("decimal", operator="between", formula1=str(lowest), formula2=str(highest), allow_blank=True)
    letter = get_column_letter(column)
    check.add(f"{letter}2:{letter}{_ROWS}")
    page.add_data_validation(check)


def _survey_page(
    page: Worksheet, questions: Sequence[SurveyQuestion], communities: Sequence[tuple[str, str]], listed: _Lists
) -> None:
    _heading(page, 1, "社区代码", "一行一个社区", needed=True)
    _heading(page, 2, "社区名称", "只供人看,以代码为准", needed=False)
    _heading(page, 3, "填报日期", "数字是哪一天的,如 2026-06-30", needed=True)
    for column, (title, question) in enumerate(_survey_columns(questions).items(), 4):
        words = {"yes_no": "是、否", "satisfaction": "人数"}.get(question.kind, f"数字({question.unit})")
        told = "\n".join(line for line in (question.hint_zh, f"可填:{words}") if line)
        _heading(page, column, title, told, needed=False)
        if question.kind == "yes_no":
            check = listed.of(("是", "否"))
            letter = get_column_letter(column)
            check.add(f"{letter}2:{letter}{_ROWS}")
            page.add_data_validation(check)
        else:
            _number_check(page, column, 0, 10**12)
    for row, (code, name) in enumerate(communities, 2):
        page.cell(row, 1, code)
        page.cell(row, 2, name)
    page.column_dimensions["A"].number_format = "@"
    page.freeze_panes = "D2"


def _survey_columns(questions: Sequence[SurveyQuestion]) -> dict[str, SurveyQuestion]:
    columns: dict[str, SurveyQuestion] = {}
    for question in questions:
        endings = (_SATISFIED, _ASKED) if question.kind == "satisfaction" else ("",)
        columns |= {" ".join((question.zh + ending).split()): question for ending in endings}
    return columns


def _title(text: str) -> str:
    return re.sub(r"[\[\]:*?/\\]", " ", text)[:31]


def _manifest(code: str, name: str, day: date | None) -> str:
    sources = "\n".join(
        f"  - {{layer: {layer.key}, file: {FILE}, sheet: {_title(layer.zh)}, crs: auto}}"
        for layer in layers_in_workbook()
    )
    drawn = [layer for layer in LAYERS if layer not in layers_in_workbook()]
    more = "\n".join(
        f"  # - {{layer: {layer.key}, file: {layer.key}.gpkg, crs: auto}}   # {layer.zh}" for layer in drawn
    )
    return f"""# 数据包清单。格式见 docs/guides/district-package.md。以 # 开头的行不起作用。
format: linli-district/1
code: "{code or "000000"}"          # 区划代码
name: "{name or "本区"}"
day: {day or date(2026, 1, 1)}          # 数据是哪一天的
source: 请写明数据来源
licence: 请写明使用许可
synthetic: false

# 哪些设施类型已经全部列出(all 为全部)。没有声明列全的类型,少了不会判为不达标。
complete_kinds: []

# 各区域的常住人口,楼栋人口不全时按它估算并对齐,如 "330102": 1330000
control_totals: {{}}

# 已知位置的地方(WGS 84),用来认出坐标有没有偏移;至少 3 个,名称要与图层里的一致。
# anchors:
#   - {{name: 区人民政府, lon: 120.1712, lat: 30.2503}}

# crs 可写 EPSG:4326(WGS 84)、CGCS2000、GCJ-02(高德)、BD-09(百度)、EPSG:编号;
# auto 表示按已知点和文件判断,判断不了就拒绝。
layers:
{sources}
{more}
"""


# --- The survey read back -------------------------------------------------------------------------------------------


def read_survey(path: Path, questions: Sequence[SurveyQuestion]) -> tuple[Reported, ...]:
    """The answers in a filled workbook.

    Raises
    ------
    PackageRefused
        With every fault, each with its cell.
    """
    log = FaultLog()
    where = Where(path.name, sheet=SURVEY)
    found: list[Reported] = []
    try:
        if not path.is_file():
            raise FileRefused("找不到这个文件。", found=str(path))
        guard.check_size(path)
        found = _Survey(path, _survey_columns(questions), where, log).answers()
    except FileRefused as error:
        log.reject(
            Where(path.name, sheet=error.sheet or SURVEY, row=error.row, column=error.column),
            error.message,
            found=error.found,
            allowed=error.allowed,
        )
    faults = log.faults()
    if any(fault.severity is Severity.REFUSED for fault in faults):
        raise PackageRefused(faults)
    return tuple(found)


class _Survey:
    def __init__(self, path: Path, columns: Mapping[str, SurveyQuestion], where: Where, log: FaultLog) -> None:
        self._columns, self._where, self._log = columns, where, log
        self._raw = tables.read_xlsx(path, SURVEY, self._select)

    def _select(self, headings: tuple[str, ...]) -> Sequence[str]:
        for needed in ("社区代码", "填报日期"):
            if needed not in headings:
                raise FileRefused(
                    "调查表缺少这一列。", row=1, column=needed, found="、".join(headings[:8]), allowed=needed
                )
        unknown = [h for h in headings if h not in self._columns and h not in ("社区代码", "社区名称", "填报日期")]
        for heading in unknown:
            self._log.note(self._where.at(row=1, column=heading), "标准里没有这个问题,没有读取。", found=heading)
        return headings

    def answers(self) -> list[Reported]:
        code = reader(LAYER_BY_KEY["communities"].field("code"), {})
        day = reader(Field("day", "填报日期", "Day", FieldType.DAY), {})
        found: list[Reported] = []
        seen: dict[str, int] = {}
        for index, row in enumerate(self._raw.rows.tolist()):
            community = self._cell(index, row, "社区代码", code)
            on = self._cell(index, row, "填报日期", day)
            if not isinstance(community, str) or not isinstance(on, date):
                continue
            if community in seen:
                place = self._where.at(row=row, column="社区代码")
                self._log.refuse(
                    place, f"社区代码重复,第 {seen[community]} 行已经用了。", found=community, allowed="一行一个社区"
                )
            seen.setdefault(community, row)
            found += self._row(index, row, community, on)
        return found

    def _cell(self, index: int, row: int, heading: str, read) -> object:  # type: ignore[no-untyped-def]
        cell = self._raw.columns[heading][index]
        place = self._where.at(row=row, column=heading)
        if is_blank(cell):
            self._log.refuse(place, f"“{heading}”必须填写。")
            return None
        try:
            return read(cell)
        except (Unreadable, Unknown) as error:
            words = error.allowed if isinstance(error, Unreadable) else ""
            self._log.refuse(place, f"“{heading}”的写法不对。", found=plain(cell), allowed=words)
            return None

    def _row(self, index: int, row: int, community: str, on: date) -> list[Reported]:
        numbers: dict[str, dict[str, float]] = defaultdict(dict)
        for heading, question in self._columns.items():
            if heading not in self._raw.columns or is_blank(self._raw.columns[heading][index]):
                continue
            number = self._number(self._raw.columns[heading][index], row, heading, question.kind)
            if number is not None:
                numbers[question.key][heading] = number
        return [
            answer
            for key, by_heading in numbers.items()
            if (answer := self._answer(row, community, on, key, by_heading)) is not None
        ]

    def _number(self, cell: object, row: int, heading: str, kind: str) -> float | None:
        text = narrow(cell).lower()
        place = self._where.at(row=row, column=heading)
        if kind == "yes_no":
            if text in ("是", "有", "true", "1", "yes"):
                return 1.0
            if text in ("否", "没有", "无", "false", "0", "no"):
                return 0.0
            self._log.refuse(place, "应填“是”或“否”。", found=plain(cell), allowed="是、否")
            return None
        try:
            number = float("x" if "_" in text else text.replace(",", ""))
        except ValueError:
            number = math.nan
        if not 0 <= number <= 1e12 or (kind == "satisfaction" and not number.is_integer()):
            self._log.refuse(place, "应填不小于 0 的数字,不带单位。", found=plain(cell), allowed="0–1000000000000")
            return None
        return number

    def _answer(self, row: int, community: str, on: date, key: str, given: Mapping[str, float]) -> Reported | None:
        satisfied = next((value for heading, value in given.items() if heading.endswith(_SATISFIED)), None)
        asked = next((value for heading, value in given.items() if heading.endswith(_ASKED)), None)
        if satisfied is None and asked is None:
            return Reported(community, key, next(iter(given.values())), None, on, row)
        place = self._where.at(row=row, column=next(iter(given)))
        if satisfied is None or asked is None:
            self._log.refuse(place, "满意人数和调查人数要一起填。", allowed="两格都填或都不填")
            return None
        if satisfied > asked or asked == 0:
            self._log.refuse(place, "满意人数不能多于调查人数,调查人数不能为 0。", found=f"{satisfied:g} / {asked:g}")
            return None
        return Reported(community, key, satisfied, asked, on, row)


# --- A copy that shows the faults -----------------------------------------------------------------------------------


def write_fault_copy(source: Path, faults: Iterable[Fault], target: Path) -> int:
    """Copy a workbook with the faulty cells colored and commented; returns how many cells were marked.

    Raises
    ------
    FileRefused
        If the workbook itself was refused, or is too large to be copied with comments.
    """
    guard.check_size(source)
    with guard.check_archive(source) as archive:
        sheets.check_parts(archive)
        if sum(member.file_size for member in archive.infolist()) > _COPY_LIMIT:
            raise FileRefused("工作簿太大,不能制作批注的副本;请按列出的行号改正。", found=source.name)
    try:
        book = load_workbook(source)
    except (InvalidFileException, KeyError, ValueError, TypeError, AttributeError) as error:
        raise FileRefused("工作簿读不出来,不能制作批注的副本。", found=source.name) from error
    marks: dict[tuple[str, int, int], list[Fault]] = defaultdict(list)
    for fault in faults:
        page = book[fault.sheet] if fault.sheet in book.sheetnames else book.worksheets[0]
        for column in _columns_of(page, fault):
            marks[page.title, fault.row or 1, column].append(fault)
    for (title, row, column), told in marks.items():
        _mark(book[title], row, column, told)
    book.save(target)
    return len(marks)


def _columns_of(page: Worksheet, fault: Fault) -> tuple[int, ...]:
    """Columns that a fault speaks of: by heading, by field, by cell address; the first where it names none."""
    if match := re.fullmatch(r"([A-Z]{1,3})([0-9]+)", fault.column):
        from openpyxl.utils import column_index_from_string

        return (column_index_from_string(match[1]),)
    heads = {" ".join(str(cell.value).split()).strip("* "): cell.column for cell in page[1] if cell.value is not None}
    words = [fault.column]
    layer = LAYER_BY_KEY.get(fault.layer)
    field = next((f for f in layer.fields if f.key == fault.column), None) if layer else None
    if field is not None:
        words += [field.zh, field.en, f"{field.zh}({field.unit})"]
    if fault.column == "geometry":
        words += ["经度", "纬度", "lon", "lat"]
    found = tuple(heads[word] for word in words if word in heads)
    return found or (1,)


def _mark(page: Worksheet, row: int, column: int, told: Sequence[Fault]) -> None:
    cell = page.cell(row, column)
    if type(cell).__name__ == "MergedCell":
        return
    cell.fill = _REFUSED if any(fault.severity is Severity.REFUSED for fault in told) else _NOTED
    lines = [fault.message + (f"\n可填:{fault.allowed}" if fault.allowed else "") for fault in told[:8]]
    cell.comment = Comment("\n".join(lines), "邻里", width=360, height=60 + 40 * len(lines))
