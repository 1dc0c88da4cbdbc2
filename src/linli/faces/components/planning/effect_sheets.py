"""What edits change, as tables: the edits, who gains and loses, homes, findings, grades, shortfalls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, isnan

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.compute.network import INFINITY_CM
from linli.domain.checkup.rules import Shortfall
from linli.domain.places.rules.layers import AGE_GROUPS
from linli.domain.places.rules.projection import unprojected
from linli.domain.places.rules.situation import Situation
from linli.domain.planning.rules.scenarios.edits import KIND_NAMES, Edit, EditKind
from linli.domain.planning.rules.scenarios.effects import AccessChange, Effect
from linli.domain.standards.rules import Pack
from linli.faces.components import words
from linli.interchange.export import Column, Sheet

GROUPS = {"elderly": "60岁及以上老人", "children": "0–14岁儿童"}
OPEN_TO = {"all": "所有人", "residents": "本小区居民"}


@dataclass(frozen=True, slots=True)
class Told:
    """An effect with what its tables and pages name."""

    situation: Situation
    pack: Pack
    edits: tuple[Edit, ...]
    effect: Effect
    kinds: Mapping[str, str]
    """Names of facility kinds."""
    slices: Mapping[str, str]
    """Names of time slices; "" for all hours."""

    @property
    def slice(self) -> str:
        return self.slices.get(self.effect.slice, self.effect.slice)

    def name(self, indicator: str) -> str:
        return next((words.name(one) for one in self.pack.indicators if one.key == indicator), indicator)

    def has_limit(self, indicator: str) -> bool:
        """Whether it is about who lives within a walk; else nearer is a gain, farther a loss."""
        found = next((one for one in self.pack.indicators if one.key == indicator), None)
        return found is None or found.measure.limit_cm is not None

    def community(self, row: int) -> str:
        return self.situation.areas.name[row] if row >= 0 else ""


def effect_sheets(told: Told) -> tuple[Sheet, ...]:
    """All tables; edits and homes carry their places."""
    return (
        edit_sheet(told),
        access_sheet(told),
        home_sheet(told),
        finding_sheet(told),
        verdict_sheet(told),
        shortfall_sheet(told),
    )


def edit_sheet(told: Told) -> Sheet:
    edits = told.edits
    lines = [_shape(edit) for edit in edits]
    geometry = np.empty(len(edits), dtype=object)
    geometry[:] = lines
    return Sheet(
        "edits",
        "改动",
        (
            Column("number", "序号", list(range(1, len(edits) + 1))),
            Column("kind", "改动", [KIND_NAMES[edit.kind] for edit in edits]),
            Column("target", "对象编号", [edit.target or None for edit in edits]),
            Column("facility_kind", "设施", [told.kinds.get(edit.facility_kind) for edit in edits]),
            Column("capacity", "容量", [edit.capacity for edit in edits]),
            Column("area_m2", "面积(平方米)", [edit.area_m2 for edit in edits]),
            Column("people", "新增人口", [sum(edit.people) or None for edit in edits]),
            Column("dwellings", "新增套数", [edit.dwellings or None for edit in edits]),
            Column("open_to", "对谁开放", [OPEN_TO[edit.open_to] if _asks_whom(edit) else None for edit in edits]),
            Column(
                "slices", "时段", ["、".join(told.slices.get(s, s) for s in edit.slices) or "全天" for edit in edits]
            ),
            Column("cost_yuan", "费用(元)", [None if edit.cost_fen is None else edit.cost_fen / 100 for edit in edits]),
            Column("note", "说明", [edit.note or None for edit in edits]),
        ),
        geometry,
    )


def _asks_whom(edit: Edit) -> bool:
    return edit.kind in (EditKind.OPEN_GATE, EditKind.ADD_WAY, EditKind.ADD_FACILITY, EditKind.CONVERT_PREMISES)


def _shape(edit: Edit) -> shapely.Geometry | None:
    if not edit.line:
        return None
    return shapely.Point(edit.line[0]) if len(edit.line) == 1 else shapely.LineString(edit.line)


def access_sheet(told: Told) -> Sheet:
    """One row an indicator that walking decides, changed or not."""
    rows = told.effect.access
    by_group = [
        Column(f"{what}_{group}", f"{word}:{name}", [_of_group(getattr(one, what), group) for one in rows])
        for what, word in (("gained", "新增"), ("lost", "失去"))
        for group, name in (GROUPS.items() if told.situation.bands_known else ())
    ]
    return Sheet(
        "access",
        "步行可达变化",
        (
            Column("indicator", "指标编号", [one.indicator for one in rows]),
            Column("indicator_name", "指标", [told.name(one.indicator) for one in rows]),
            Column(
                "has_limit",
                "有步行上限(没有的,新增为更近、失去为更远)",
                [told.has_limit(one.indicator) for one in rows],
            ),
            Column("gained", "新增覆盖(人)", [one.gained_total for one in rows]),
            Column("lost", "失去覆盖(人)", [one.lost_total for one in rows]),
            *by_group,
            Column("covered_before", "改动前覆盖(人)", [one.covered_before for one in rows]),
            Column("covered_after", "改动后覆盖(人)", [one.covered_after for one in rows]),
            Column("people_before", "改动前人口", [one.people_before for one in rows]),
            Column("people_after", "改动后人口", [one.people_after for one in rows]),
            *(_pair(rows, key, title) for key, title in _FIGURES),
        ),
    )


_FIGURES = (
    ("mean_m_before", "改动前平均步行(米)"),
    ("mean_m_after", "改动后平均步行(米)"),
    ("gini_before", "改动前基尼系数"),
    ("gini_after", "改动后基尼系数"),
    ("worst_tenth_m_before", "改动前最远一成人平均步行(米)"),
    ("worst_tenth_m_after", "改动后最远一成人平均步行(米)"),
)


def _pair(rows: Sequence[AccessChange], key: str, title: str) -> Column:
    digits = 4 if key.startswith("gini") else 1
    return Column(key, title, [_round(getattr(one, key), digits) for one in rows])


def _round(number: float, digits: int) -> float | None:
    return None if isnan(number) else round(number, digits)


def _of_group(by_band: Sequence[int], group: str) -> int:
    return sum(by_band[band] for band in AGE_GROUPS[group])


def home_sheet(told: Told) -> Sheet:
    """One row a home and facility kind of which the nearest comes nearer or goes farther."""
    walks = told.effect.walks
    homes = Homes.of(told)
    building = walks.building
    before, after = (_meters(cm) for cm in (walks.before_cm, walks.after_cm))
    names = [told.situation.facility_kinds[kind] for kind in walks.kind.tolist()]
    return Sheet(
        "homes",
        "楼栋步行变化",
        (
            Column("building", "楼栋编号", [homes.key[row] for row in building.tolist()]),
            Column("community", "社区", [told.community(row) for row in homes.community[building].tolist()]),
            Column("people", "人口", homes.people[building].tolist()),
            Column("kind", "设施", [told.kinds.get(name, name) for name in names]),
            Column("before_m", "改动前步行(米)", before),
            Column("after_m", "改动后步行(米)", after),
            Column("change", "变化", _changes(walks.before_cm, walks.after_cm)),
        ),
        homes.points[building],
    )


def _meters(cm: NDArray[np.int32]) -> list[float | None]:
    return [None if value >= INFINITY_CM else value / 100 for value in cm.tolist()]


def _changes(before: NDArray[np.int32], after: NDArray[np.int32]) -> list[str]:
    known = [(b < INFINITY_CM, a < INFINITY_CM, a < b) for b, a in zip(before.tolist(), after.tolist(), strict=True)]
    return [
        "更近" if near and had else "新可到达" if near else "更远" if has else "不再可到达" for had, has, near in known
    ]


@dataclass(frozen=True, slots=True)
class Homes:
    """Buildings of the situation with the edits: those of the situation, then the new ones."""

    key: tuple[str, ...]
    community: NDArray[np.int32]
    people: NDArray[np.int64]
    points: NDArray[np.object_]
    """In WGS 84."""

    @classmethod
    def of(cls, told: Told) -> "Homes":
        built = told.situation.buildings
        new = [
            (f"#{number}", edit)
            for number, edit in enumerate(told.edits, start=1)
            if edit.kind is EditKind.ADD_HOMES and (not edit.slices or told.effect.slice in edit.slices)
        ]
        points = unprojected(np.asarray(shapely.points(built.xy), dtype=object), told.situation.epsg)
        more = np.array([shapely.Point(edit.line[0]) for _, edit in new], dtype=object).reshape(-1)
        return cls(
            key=built.key + tuple(key for key, _ in new),
            community=np.append(built.community, np.full(len(new), -1, dtype=np.int32)),
            people=np.append(built.people.sum(axis=1), np.array([sum(edit.people) for _, edit in new], dtype=np.int64)),
            points=np.concatenate([points, more]) if new else points,
        )


def finding_sheet(told: Told) -> Sheet:
    rows = told.effect.findings
    return Sheet(
        "findings",
        "指标变化",
        (
            Column("code", "社区代码", [told.situation.areas.code[one.after.community] for one in rows]),
            Column("community", "社区", [told.community(one.after.community) for one in rows]),
            Column("indicator", "指标编号", [one.after.indicator for one in rows]),
            Column("indicator_name", "指标", [told.name(one.after.indicator) for one in rows]),
            Column("value_before", "改动前", [_finite(one.before.value.number) for one in rows]),
            Column("value_after", "改动后", [_finite(one.after.value.number) for one in rows]),
            Column("unit", "单位", [words.unit(one.after.value.unit) for one in rows]),
            Column("state_before", "改动前状态", [words.state(one.before.state) for one in rows]),
            Column("state_after", "改动后状态", [words.state(one.after.state) for one in rows]),
            Column("estimated", "含估算", [one.after.value.estimated for one in rows]),
            Column("marked", "数值待核定", [one.after.marked for one in rows]),
        ),
    )


def _finite(number: float | None) -> float | None:
    return number if number is not None and isfinite(number) else None


def verdict_sheet(told: Told) -> Sheet:
    rows = [one for one in told.effect.verdicts if one.before.grade != one.after.grade]
    return Sheet(
        "grades",
        "定级变化",
        (
            Column("code", "社区代码", [told.situation.areas.code[one.after.community] for one in rows]),
            Column("community", "社区", [told.community(one.after.community) for one in rows]),
            Column("grade_before", "改动前", [grade(one.before.grade, told.pack) for one in rows]),
            Column("grade_after", "改动后", [grade(one.after.grade, told.pack) for one in rows]),
        ),
    )


def grade(key: str | None, pack: Pack) -> str:
    if key is None:
        return "暂无法定级"
    return next((words.name(one) for one in pack.grades if one.key == key), "未达级")


def shortfall_sheet(told: Told) -> Sheet:
    rows: list[tuple[str, Shortfall]] = [("消除", one) for one in told.effect.closed]
    rows += [("新增", one) for one in told.effect.opened]
    return Sheet(
        "shortfalls",
        "短板变化",
        (
            Column("change", "变化", [what for what, _ in rows]),
            Column("code", "社区代码", [told.situation.areas.code[one.community] for _, one in rows]),
            Column("community", "社区", [told.community(one.community) for _, one in rows]),
            Column("indicator", "指标编号", [one.indicator for _, one in rows]),
            Column("indicator_name", "指标", [told.name(one.indicator) for _, one in rows]),
            Column("people", "受影响人数", [one.people_total for _, one in rows]),
        ),
    )
