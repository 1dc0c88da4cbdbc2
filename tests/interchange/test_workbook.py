"""The workbook: empty, filled in, and with its faults shown."""

from datetime import date

import pytest
from openpyxl import load_workbook
from package_builders import VOCABULARIES, faults_of, refused, taken

from linli.interchange import workbook
from linli.interchange.faultlog import PackageRefused
from linli.interchange.workbook import SurveyQuestion

QUESTIONS = (
    SurveyQuestion("parking", "机动车停车位", "number", "count", "地上地下合计"),
    SurveyQuestion("pact", "是否公布居民公约", "yes_no"),
    SurveyQuestion("satisfied", "居民满意度", "satisfaction"),
)


def a_template(folder):
    workbook.write_template(
        folder, VOCABULARIES, QUESTIONS, communities=[("990102001001", "甲社区")], code="990102", name="测试区"
    )
    return folder / workbook.FILE


def test_an_empty_template_is_a_package_without_faults(tmp_path):
    a_template(tmp_path)

    package = taken(tmp_path)

    assert (package.code, package.name) == ("990102", "测试区")
    assert all(len(table.keys) == 0 for table in package.layers.values())
    assert {fault.severity for fault in package.faults} == {"note"}


def test_sheets_headings_and_drop_downs_come_from_the_schema_and_the_packs(tmp_path):
    book = load_workbook(a_template(tmp_path))

    assert {"说明", "街道", "出入口", "楼栋", "设施", "用房", "调查填报", "可选项"} <= set(book.sheetnames)
    page = book["设施"]
    headings = [cell.value for cell in page[1]]
    assert headings[:4] == ["编号", "名称", "设施类型", "容量(个)"]
    assert headings[-2:] == ["经度", "纬度"]
    assert "必须填写" in page["C1"].comment.text
    lists = [check.formula1 for check in page.data_validations.dataValidation if check.type == "list"]
    letter = lists[0].split("$")[1]
    assert [cell.value for cell in book["可选项"][letter] if cell.value] == [
        c.zh for c in VOCABULARIES["facility_kinds"]
    ]


def test_a_filled_template_is_read(tmp_path):
    path = a_template(tmp_path)
    book = load_workbook(path)
    book["设施"].append(["F1", "甲药店", "药店", 3, None, None, "所有人", None, 120.17, 30.25])
    book.save(path)
    manifest = (
        (tmp_path / "district.yaml").read_text("utf-8").replace("sheet: 设施, crs: auto", "sheet: 设施, crs: GCJ-02")
    )
    (tmp_path / "district.yaml").write_text(manifest, "utf-8")

    table = taken(tmp_path).layers["facilities"]

    assert table.attributes == ({"name": "甲药店", "kind": "pharmacy", "capacity": 3.0, "open_to": "all"},)
    assert table.source_crs == "GCJ-02"


def test_nothing_that_is_there_is_overwritten(tmp_path):
    a_template(tmp_path)

    with pytest.raises(FileExistsError):
        a_template(tmp_path)


def filled_survey(tmp_path, *rows):
    path = a_template(tmp_path)
    book = load_workbook(path)
    page = book[workbook.SURVEY]
    for number, row in enumerate(rows, 2):
        for column, value in enumerate(row, 1):
            page.cell(number, column, value)
    book.save(path)
    return path


def test_the_survey_is_read_back(tmp_path):
    path = filled_survey(
        tmp_path,
        ["990102001001", "甲", date(2026, 6, 30), 120, "是", 80, 100],
        ["990102001002", "乙", "2026-06-30", None, "否"],
    )

    found = workbook.read_survey(path, QUESTIONS)

    assert [(r.community, r.question, r.numerator, r.denominator, r.row) for r in found] == [
        ("990102001001", "parking", 120.0, None, 2),
        ("990102001001", "pact", 1.0, None, 2),
        ("990102001001", "satisfied", 80.0, 100.0, 2),
        ("990102001002", "pact", 0.0, None, 3),
    ]
    assert {r.day for r in found} == {date(2026, 6, 30)}


def test_every_fault_of_the_survey_names_its_cell(tmp_path):
    path = filled_survey(
        tmp_path,
        ["990102001001", "甲", "去年", 120],
        ["990102001002", "乙", "2026-06-30", "很多", "也许", 120, 100],
        ["990102001003", "丙", "2026-06-30", -1, "是", 3],
        ["990102001002", "乙", "2026-06-30", 3],
    )

    with pytest.raises(PackageRefused) as refusal:
        workbook.read_survey(path, QUESTIONS)

    assert [(f.sheet, f.row, f.column) for f in refusal.value.faults] == [
        ("调查填报", 2, "填报日期"),
        ("调查填报", 3, "机动车停车位"),
        ("调查填报", 3, "是否公布居民公约"),
        ("调查填报", 3, "居民满意度·满意人数"),
        ("调查填报", 4, "机动车停车位"),
        ("调查填报", 4, "居民满意度·满意人数"),
        ("调查填报", 5, "社区代码"),
    ]


def test_a_copy_shows_the_faults_in_their_cells(tmp_path):
    path = a_template(tmp_path)
    book = load_workbook(path)
    book["设施"].append(["F1", "甲", "幼稚园", "多", None, None, None, None, 120.17, 30.25])
    book["楼栋"].append(["B1", None, "住房"])
    book.save(path)
    manifest = (tmp_path / "district.yaml").read_text("utf-8").replace("crs: auto", "crs: EPSG:4326")
    (tmp_path / "district.yaml").write_text(manifest, "utf-8")
    before = path.read_bytes()

    marked = workbook.write_fault_copy(
        path, [f for f in faults_of(tmp_path) if f.severity == "refused"], tmp_path / "copy.xlsx"
    )

    page = load_workbook(tmp_path / "copy.xlsx")["设施"]
    assert len(refused(tmp_path)) >= 4
    assert marked >= 4
    assert page["C2"].fill.fgColor.rgb == "00FF9C9C"
    assert "药店" in page["C2"].comment.text
    assert page["D2"].comment is not None
    assert page["B2"].comment is None
    assert path.read_bytes() == before
