"""``linli checkup``: a package's files without a database, or a district of the database as a new round."""

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from linli.domain.checkup.rules import Answers, Reason, State, Value
from linli.domain.places.rules.situation import Situation
from linli.domain.standards.rules import Pack
from linli.faces.console import house, telling
from linli.interchange.export import Column, Sheet

if TYPE_CHECKING:
    # Brings the compiled engine along, which takes seconds.
    from linli.domain.checkup.measures import CheckupResult

_ENDINGS = (".xlsx", ".csv", ".geojson", ".gpkg")
_PLAIN = (".csv", ".geojson")
"""Formats of one table."""


def run(asked: argparse.Namespace) -> int:
    """Check up what the arguments name."""
    if [asked.folder, asked.district, asked.districts].count(None) != 2:
        telling.error(
            "用法不对:请给出数据包的文件夹,或用 --district 给出库里的区,或用 --districts 给出许多区,三者取一。"
        )
        return 2
    if asked.districts is not None:
        from linli.faces.console import districts

        return districts.run(asked)
    if asked.output is not None and asked.output.suffix.lower() not in _ENDINGS:
        raise telling.Refusal(f"不认识这种结果文件:{asked.output.name}。可用 {'、'.join(_ENDINGS)}。")
    if asked.access and (asked.folder is None or asked.output is None or asked.output.suffix.lower() in _PLAIN):
        raise telling.Refusal("--access 要与数据包的文件夹和 -o 结果.xlsx(或 .gpkg)一起用。")
    house.set_up()
    return _of_folder(asked) if asked.folder is not None else _of_district(asked)


def _of_folder(asked: argparse.Namespace) -> int:
    from linli.domain.checkup.measures import check_up
    from linli.domain.places.rules.assembly import AssemblyReport, assemble_with_report
    from linli.domain.standards import queries as standards
    from linli.interchange.prepared import community_outlines

    day = asked.day or date.today()  # noqa: DTZ011 - a day by the wall calendar, as people mean it
    pack = house.pack_named(asked.pack, day)
    with telling.progress("体检") as step:
        package = house.package_in(asked.folder, asked.data, lambda done, total, what: step(done, total + 2, what))
        refused = telling.faults(package.faults)
        if refused and not asked.rest:
            telling.error(f"没有体检:{refused} 处不合格。改正后重来,或用 --rest 以其余的记录体检。")
            return telling.REFUSED
        step(8, 10, "拼成地图")
        kinds = tuple(kind.key for kind in standards.facility_kinds())
        if "communities" not in package.layers:
            raise telling.Refusal("数据包里没有社区图层(communities),没有可以体检的对象。")
        report: AssemblyReport
        situation, report = assemble_with_report(package, facility_kinds=kinds)
        step(9, 10, "测算指标")
        answers = _answers(asked.survey, pack, situation)
        result = check_up(situation, pack, answers, day)
        step(10, 10, "完成")
    if report.dropped.pieces:
        telling.error(
            f"提示 路网断成 {report.dropped.pieces + 1} 块,只用最大的一块;"
            f"其余共 {report.dropped.length_m / 1000:.1f} 公里没有用。"
        )
    if report.merges:
        telling.error(f"提示 {len(report.merges)} 处设施重复登记,已合并。")
    _summarize(package.name, pack, situation, result)
    if asked.output is not None:
        more = [_access(situation, result, asked.access)] if asked.access else []
        write(asked.output, community_outlines(package, situation.areas.code), situation, pack, result, more)
        telling.say(f"结果:{asked.output}")
    return 0


def _access(situation: Situation, result: "CheckupResult", level: str) -> Sheet:
    """One row an area and facility kind of which the district has any."""
    from linli.domain.checkup.measures.access import GROUPS, LIMITS_M, Level, area_access
    from linli.domain.standards import queries as standards

    found = area_access(situation, result.reach, Level(level))
    names = {kind.key: kind.zh for kind in standards.facility_kinds()}
    present = sorted(set(situation.facilities.kind.tolist()))
    rows = [(a, k) for a in range(len(found.key)) for k in present]
    words = dict(zip(GROUPS, ("人", "60岁及以上老人", "0–14岁儿童"), strict=True))
    shown = GROUPS if situation.bands_known else GROUPS[:1]
    within = [
        Column(f"{group}_{limit}", f"{limit}米内{words[group]}", [int(found.within[a, k, n, g]) for a, k in rows])
        for g, group in enumerate(shown)
        for n, limit in enumerate(LIMITS_M)
    ]
    return Sheet(
        "access",
        "步行可达",
        (
            Column("code", "代码", [found.key[a] for a, _ in rows]),
            Column("name", "名称", [found.name[a] for a, _ in rows]),
            Column("kind", "设施", [names[situation.facility_kinds[k]] for _, k in rows]),
            Column("people", "人口", [int(found.people[a, 0]) for a, _ in rows]),
            *within,
            Column("mean_m", "平均步行(米)", [_told(found.mean_m[a, k]) for a, k in rows]),
            Column("places_per_1000", "每千人可及容量", [_told(found.places_per_1000[a, k]) for a, k in rows]),
        ),
    )


def _told(figure: np.float64) -> float | None:
    return None if np.isnan(figure) else round(float(figure), 2)


def _answers(survey: Path | None, pack: Pack, situation: Situation) -> Answers:
    if survey is None:
        return {}
    from linli.domain.checkup.rules import Answer
    from linli.interchange.workbook import read_survey

    reported = read_survey(survey, house.survey_questions([pack]))
    index = {code: number for number, code in enumerate(situation.areas.code)}
    unknown = sorted({one.community for one in reported if one.community not in index})
    if unknown:
        raise telling.Refusal(f"{survey.name}:调查表里有本区没有的社区代码:{'、'.join(unknown[:10])}。")
    return {(index[one.community], one.question): Answer(one.numerator, one.denominator, one.day) for one in reported}


_STATES = {
    State.MET: "达标",
    State.BELOW_TARGET: "未达目标",
    State.BELOW_MINIMUM: "低于底线",
    State.NOT_ASSESSABLE: "无法评定",
}


def _summarize(name: str, pack: Pack, situation: Situation, result: "CheckupResult") -> None:
    states = Counter(finding.state for finding in result.findings)
    people = int(situation.buildings.people.sum())
    telling.say(
        f"{name}:{len(situation.areas.code)} 个社区,{people} 人,{len(pack.indicators)} 项指标({pack.zh},{result.day})"
    )
    telling.say("  " + ",".join(f"{word} {states[state]}" for state, word in _STATES.items()))
    if result.verdicts:
        words = {grade.key: grade.zh for grade in pack.grades}
        grades = Counter(words.get(v.grade, "未达等级") if v.grade is not None else "无法评级" for v in result.verdicts)
        telling.say("  等级:" + ",".join(f"{word} {count}" for word, count in grades.most_common()))
    reasons = Counter(finding.reason for finding in result.findings if finding.state is State.NOT_ASSESSABLE)
    if reasons:
        telling.say(
            "  无法评定的原因:" + ";".join(f"{_reason(reason)} {count}" for reason, count in reasons.most_common())
        )


def _reason(reason: object) -> str:
    from linli.faces.components import words

    return words.reason(reason)  # type: ignore[arg-type]


def write(
    path: Path,
    outlines: NDArray[np.object_],
    situation: Situation,
    pack: Pack,
    result: "CheckupResult",
    more: Sequence[Sheet] = (),
) -> None:
    """Write the results in the format that the ending names; formats of several tables take ``more`` of them."""
    from linli.interchange import export

    communities = _communities(situation, pack, result, outlines)
    findings = _findings(situation, pack, result)
    ending = path.suffix.lower()
    if ending == ".xlsx":
        export.write_xlsx([_flat(communities), findings, _shortfalls(situation, pack, result), *more], path)
    elif ending == ".csv":
        export.write_csv(findings, path)
    elif ending == ".geojson":
        export.write_geojson(communities, path)
    else:
        export.write_geopackage([communities, findings, *more], path)


def _flat(sheet: Sheet) -> Sheet:
    return Sheet(sheet.key, sheet.title, sheet.columns)


def _communities(situation: Situation, pack: Pack, result: "CheckupResult", outlines: NDArray[np.object_]) -> Sheet:
    areas = situation.areas
    count = len(areas.code)
    grades = {grade.key: grade.zh for grade in pack.grades}
    verdicts = {verdict.community: verdict for verdict in result.verdicts}
    tally = [Counter[State]() for _ in range(count)]
    for finding in result.findings:
        tally[finding.community][finding.state] += 1
    people = np.zeros(count, dtype=np.int64)
    inside = situation.buildings.community >= 0
    np.add.at(people, situation.buildings.community[inside], situation.buildings.people[inside].sum(axis=1))

    def grade(row: int) -> str | None:
        found = verdicts[row].grade if row in verdicts else None
        return None if found is None else grades.get(found, "未达等级")

    columns = [
        Column("code", "社区代码", areas.code),
        Column("name", "社区", areas.name),
        Column("people", "人口", people.tolist()),
        Column("grade", "等级", [grade(row) for row in range(count)]),
        *(Column(state.value, word, [tally[row][state] for row in range(count)]) for state, word in _STATES.items()),
        *_values(situation, pack, result),
    ]
    return Sheet("communities", "社区", tuple(columns), outlines)


def _values(situation: Situation, pack: Pack, result: "CheckupResult") -> list[Column]:
    cells: dict[str, list[object]] = {i.key: [None] * len(situation.areas.code) for i in pack.indicators}
    for finding in result.findings:
        cells[finding.indicator][finding.community] = _number(finding.value.number)
    return [Column(i.key, f"{i.zh}({i.measure.unit})", cells[i.key]) for i in pack.indicators]


def _number(number: float | None) -> float | None:
    return number if number is not None and isfinite(number) else None


def _findings(situation: Situation, pack: Pack, result: "CheckupResult") -> Sheet:
    named = list(zip(situation.areas.code, situation.areas.name, strict=True))
    rows = (
        (*named[f.community], f.indicator, f.value, f.state, f.reason, f.marked, f.thresholds) for f in result.findings
    )
    return _finding_sheet(pack, rows)


_Row = tuple[str, str, str, Value, State, Reason | None, bool, Sequence[str]]


def _finding_sheet(pack: Pack, found: Iterable[_Row]) -> Sheet:
    indicators = {indicator.key: indicator for indicator in pack.indicators}
    scenes = {scene.key: scene.zh for scene in pack.scenes}
    reasons = {reason: _reason(reason) for reason in Reason}
    rows = []
    for code, name, key, value, state, reason, marked, thresholds in found:
        indicator = indicators.get(key)
        rows.append(
            (
                code,
                name,
                scenes.get(indicator.scene, "") if indicator else "",
                key,
                indicator.zh if indicator else key,
                _number(value.number),
                value.unit,
                _number(value.numerator),
                _number(value.denominator),
                _STATES[state],
                reasons[reason] if reason else None,
                marked,
                value.estimated,
                "、".join(thresholds) or None,
            )
        )
    titles = (
        ("code", "社区代码"),
        ("name", "社区"),
        ("scene", "场景"),
        ("indicator", "指标编号"),
        ("indicator_name", "指标"),
        ("value", "数值"),
        ("unit", "单位"),
        ("numerator", "分子"),
        ("denominator", "分母"),
        ("state", "状态"),
        ("reason", "原因"),
        ("marked", "数值待核"),
        ("estimated", "人口为估算"),
        ("thresholds", "依据的数值"),
    )
    return _sheet("findings", "指标结果", titles, rows)


def _shortfalls(situation: Situation, pack: Pack, result: "CheckupResult") -> Sheet:
    indicators = {indicator.key: indicator.zh for indicator in pack.indicators}
    rows = [
        (
            situation.areas.code[s.community],
            situation.areas.name[s.community],
            s.indicator,
            indicators[s.indicator],
            s.people_total,
            "、".join(situation.buildings.key[building] for building, _ in s.buildings[:10]) or None,
        )
        for s in result.shortfalls
    ]
    titles = (
        ("code", "社区代码"),
        ("name", "社区"),
        ("indicator", "指标编号"),
        ("indicator_name", "指标"),
        ("people", "受影响人数"),
        ("buildings", "最差的楼栋"),
    )
    return _sheet("shortfalls", "短板", titles, rows)


def _sheet(key: str, title: str, titles: Sequence[tuple[str, str]], rows: Sequence[tuple[object, ...]]) -> Sheet:
    return Sheet(key, title, tuple(Column(k, word, [row[i] for row in rows]) for i, (k, word) in enumerate(titles)))


def _of_district(asked: argparse.Namespace) -> int:
    from linli.runtime import database

    database.prepare()
    from django.utils import timezone

    from linli.domain.checkup import operations as checkup
    from linli.domain.checkup import queries
    from linli.domain.people.rules import Purpose
    from linli.domain.places import queries as places
    from linli.faces.components.scope import operator_scope
    from linli.runtime import folders

    act = house.operator_act()
    day = asked.day or timezone.localdate(act.at)
    house.pack_named(asked.pack, day)
    if asked.survey is not None:
        raise telling.Refusal("库里的区请在网页上填报调查;--survey 只用于数据包文件夹。")
    district = places.district(asked.district)
    scope = operator_scope(Purpose.CHECKUP, timezone.localdate(act.at))
    with telling.progress("体检") as step:
        round_ = checkup.run_round(
            act,
            scope,
            district=district.place,
            pack_key=asked.pack,
            day=day,
            cache=folders.var() / "situations",
            progress=step,
        )
    named = {one.place: (one.code, one.name) for one in queries.communities(scope, round_.id)}
    telling.say(f"{district.name}:第 {round_.id} 轮体检完成,{len(named)} 个社区,按 {asked.pack},{day}。")
    if asked.output is not None:
        rows = (
            (*named[f.community], f.indicator, f.value, f.state, f.reason, f.marked, f.thresholds)
            for f in queries.findings(scope, round_.id)
        )
        _write_findings(asked.output, _finding_sheet(queries.round_pack(scope, round_.id), rows))
        telling.say(f"结果:{asked.output}")
    return 0


def _write_findings(path: Path, sheet: Sheet) -> None:
    from linli.interchange import export

    writers = {
        ".xlsx": lambda: export.write_xlsx([sheet], path),
        ".csv": lambda: export.write_csv(sheet, path),
        ".geojson": lambda: export.write_geojson(sheet, path),
        ".gpkg": lambda: export.write_geopackage([sheet], path),
    }
    writers[path.suffix.lower()]()
