"""The findings of a round as tables for files."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from linli.domain.checkup import queries as checkup
from linli.domain.checkup.queries import CommunityValue, ResultValue, RoundValue, ShortfallValue
from linli.domain.checkup.rules import State
from linli.domain.people.rules import Scope
from linli.domain.places import queries as places
from linli.domain.places.queries import Feature
from linli.domain.places.rules.layers import AGE_GROUPS
from linli.domain.places.rules.package import LayerTable
from linli.domain.standards.rules import Pack
from linli.faces.components import words
from linli.interchange.export import Column, Sheet


def round_sheets(scope: Scope, round: RoundValue) -> tuple[Sheet, ...]:
    """Communities, findings and shortfalls that the scope may see, each as a table."""
    pack = checkup.round_pack(scope, round.id)
    found = checkup.communities(scope, round.id)
    areas = {area.place: area.name for area in places.areas_tree(scope)}
    return (
        community_sheet(found, pack, areas),
        findings_sheet(checkup.findings(scope, round.id), found, pack),
        shortfall_sheet(checkup.shortfalls(scope, round.id), found, pack),
    )


def community_layer(scope: Scope, round: RoundValue) -> Sheet:
    """Communities with grade and counts, as a layer with their boundaries."""
    pack = checkup.round_pack(scope, round.id)
    found = checkup.communities(scope, round.id)
    areas = {area.place: area.name for area in places.areas_tree(scope)}
    shapes = {one.place: one.geometry for one in places.records(scope, "communities", round.edition)}
    geometry = np.array([shapes.get(one.place) for one in found], dtype=object)
    plain = community_sheet(found, pack, areas)
    return Sheet(plain.key, plain.title, plain.columns, geometry)


def community_sheet(found: Sequence[CommunityValue], pack: Pack, areas: dict[int, str]) -> Sheet:
    grades = {grade.key: words.name(grade) for grade in pack.grades}
    return Sheet(
        "communities",
        "社区",
        (
            Column("code", "社区代码", [one.code for one in found]),
            Column("name", "社区", [one.name for one in found]),
            Column("subdistrict", "街道", [areas.get(one.subdistrict or 0, "") for one in found]),
            Column("people", "常住人口", [one.people_total for one in found]),
            Column("people_estimated", "人口为估算", [one.people_estimated for one in found]),
            Column("grade", "分级", [_grade(one, grades) for one in found]),
            *(_count_column(found, state) for state in State),
        ),
    )


def _grade(one: CommunityValue, grades: dict[str, str]) -> str:
    if one.grade is None:
        return "暂无法定级"
    return grades.get(one.grade, "未达级")


def _count_column(found: Sequence[CommunityValue], state: State) -> Column:
    return Column(state.value, f"{words.state(state)}(项)", [one.counts.get(state, 0) for one in found])


def findings_sheet(results: Sequence[ResultValue], found: Sequence[CommunityValue], pack: Pack) -> Sheet:
    names = {one.place: one for one in found}
    indicators = {one.key: one for one in pack.indicators}
    scenes = {one.key: words.name(one) for one in pack.scenes}
    rows = [(names[one.community], indicators[one.indicator], one) for one in results]
    return Sheet(
        "findings",
        "指标结果",
        (
            Column("code", "社区代码", [community.code for community, _, _ in rows]),
            Column("community", "社区", [community.name for community, _, _ in rows]),
            Column("scene", "场景", [scenes[indicator.scene] for _, indicator, _ in rows]),
            Column("number", "编号", [indicator.number for _, indicator, _ in rows]),
            Column("indicator", "指标", [words.name(indicator) for _, indicator, _ in rows]),
            Column("value", "数值", [_finite(one.value.number) for *_, one in rows]),
            Column("unit", "单位", [words.unit(one.value.unit) for *_, one in rows]),
            Column("numerator", "分子", [_finite(one.value.numerator) for *_, one in rows]),
            Column("denominator", "分母", [_finite(one.value.denominator) for *_, one in rows]),
            Column("state", "状态", [words.state(one.state) for *_, one in rows]),
            Column("reason", "说明", [words.reason(one.reason) for *_, one in rows]),
            Column("estimated", "含估算", [one.value.estimated for *_, one in rows]),
            Column("marked", "数值待核定", [one.marked for *_, one in rows]),
        ),
    )


def shortfall_sheet(rows: Sequence[ShortfallValue], found: Sequence[CommunityValue], pack: Pack) -> Sheet:
    names = {one.place: one for one in found}
    indicators = {one.key: one for one in pack.indicators}

    def group(key: str) -> list[Any]:
        return [sum(one.people[band] for band in AGE_GROUPS[key]) for one in rows]

    return Sheet(
        "shortfalls",
        "短板",
        (
            Column("code", "社区代码", [names[one.community].code for one in rows]),
            Column("community", "社区", [names[one.community].name for one in rows]),
            Column("number", "编号", [indicators[one.indicator].number for one in rows]),
            Column("indicator", "指标", [words.name(indicators[one.indicator]) for one in rows]),
            Column("people", "受影响人数", [one.people_total for one in rows]),
            Column("elderly", "其中老人", group("elderly")),
            Column("children", "其中儿童", group("children")),
        ),
    )


def layer_table(layer: str, rows: Sequence[Feature]) -> LayerTable:
    """Records as the table that ``interchange`` writes, whatever part of a layer they are."""
    geometry = np.empty(len(rows), dtype=object)
    geometry[:] = [one.geometry for one in rows]
    attributes = tuple(one.attributes for one in rows)
    keys = tuple(one.key for one in rows)
    return LayerTable(
        layer=layer,
        keys=keys,
        geometry=geometry,
        attributes=attributes,
        source="",
        licence="",
        source_crs="EPSG:4326",
        day=date.min,
    )


def _finite(number: float | None) -> float | None:
    return number if number is not None and np.isfinite(number) else None
