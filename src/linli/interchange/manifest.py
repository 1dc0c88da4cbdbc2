"""The manifest of a district package, ``district.yaml``: read with the line of every key, and checked as a whole."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from linli.domain.places.rules.layers import AGE_BANDS, LAYER_BY_KEY, FieldType, Layer
from linli.interchange import guard
from linli.interchange.faultlog import FaultLog, FileRefused, Where
from linli.interchange.values import Vocabularies, choices, day_of

NAME = "district.yaml"
FORMAT = "linli-district/1"
_DEPTH_LIMIT = 12
_NODE_LIMIT = 200_000


@dataclass(frozen=True, slots=True)
class LayerSource:
    """Where one of our layers comes from. Several sources may feed one layer."""

    layer: Layer
    file: str
    line: int
    sheet: str = ""
    crs: str = "auto"
    encoding: str = ""
    key: str = ""
    """Column that holds the key, ``auto`` to make it from the record itself, or "" for the usual heading."""
    x: str = ""
    y: str = ""
    heading_row: int = 1
    columns: Mapping[str, str] = dataclasses.field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    constants: Mapping[str, str] = dataclasses.field(default_factory=dict)
    where: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    """Only records of which these columns hold one of these values are read."""
    prefix: str = ""
    source: str = ""
    licence: str = ""
    source_crs: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True)
class GridSource:
    file: str
    line: int
    sheet: str
    people: str
    crs: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place known in WGS 84, by the name or key it has in the layers."""

    name: str
    lon: float
    lat: float
    layer: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    code: str
    name: str
    day: date
    source: str
    licence: str
    synthetic: bool
    complete_kinds: frozenset[str]
    control_totals: Mapping[str, int]
    band_shares: tuple[float, ...] | None
    population_grid: GridSource | None
    anchors: tuple[Anchor, ...]
    layers: tuple[LayerSource, ...]


@dataclass(frozen=True, slots=True)
class _Value:
    """A value of the manifest with the line it stands on."""

    value: object
    line: int


def read(folder: Path, vocabularies: Vocabularies, log: FaultLog) -> Manifest | None:
    """The manifest of a package, or None with the faults in ``log``."""
    where = Where(NAME)
    try:
        path = guard.inside(folder, NAME)
        guard.check_size(path)
        root = _document(path)
    except FileRefused as error:
        log.reject(
            where.at(row=error.row, column=error.column), error.message, found=error.found, allowed=error.allowed
        )
        return None
    return _Checker(root, vocabularies, log).manifest()


def _document(path: Path) -> _Value:
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused(
            "清单必须用 UTF-8 编码保存。", found=repr(error.object[error.start : error.start + 4])
        ) from error
    try:
        # References multiply: a few lines of them can unfold to gigabytes.
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise FileRefused("清单里不能用引用(*)。", row=_line_of(event), found=f"*{event.anchor}")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else None
        raise FileRefused(
            "清单不合 YAML 的语法;请检查缩进、冒号后的空格和引号。", row=line, found=str(error.problem)
        ) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise FileRefused("清单不合 YAML 的语法。", found=str(error)) from error
    if not isinstance(node, MappingNode):
        raise FileRefused("清单应是“键: 值”的列表。", row=1, found=text[:40])
    return _plain(node, 0)


def _line_of(event: yaml.AliasEvent) -> int | None:
    return None if event.start_mark is None else event.start_mark.line + 1


def _plain(node: Node, depth: int) -> _Value:
    line = node.start_mark.line + 1
    if depth > _DEPTH_LIMIT:
        raise FileRefused("清单嵌套太深。", row=line)
    if isinstance(node, MappingNode):
        mapping: dict[str, _Value] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise FileRefused("清单里的键应是文字。", row=key.start_mark.line + 1)
            if key.value in mapping:
                raise FileRefused(
                    "清单里这个键写了两次。", row=key.start_mark.line + 1, column=key.value, found=key.value
                )
            mapping[key.value] = _plain(value, depth + 1)
        return _Value(mapping, line)
    if isinstance(node, SequenceNode):
        return _Value([_plain(value, depth + 1) for value in node.value], line)
    assert isinstance(node, ScalarNode)
    # Plain scalars stay text, so that codes keep their zeros; only an empty one is nothing.
    is_null = node.tag == "tag:yaml.org,2002:null"
    return _Value(None if is_null else node.value.strip(), line)


_MISSING = _Value(None, 1)
_TOP = (
    "format",
    "code",
    "name",
    "day",
    "source",
    "licence",
    "synthetic",
    "complete_kinds",
    "control_totals",
    "band_shares",
    "population_grid",
    "anchors",
    "layers",
)
LAYER_KEYS = (
    "layer",
    "file",
    "sheet",
    "crs",
    "encoding",
    "key",
    "x",
    "y",
    "heading_row",
    "columns",
    "values",
    "constants",
    "where",
    "prefix",
    "source",
    "licence",
    "source_crs",
    "day",
)
_CRS_HELP = "EPSG:编号、CGCS2000、GCJ-02、BD-09、auto"


class _Checker:
    """Turns the document into a manifest and notes every fault on the way."""

    def __init__(self, root: _Value, vocabularies: Vocabularies, log: FaultLog) -> None:
        self._root, self._vocabularies, self._log = root, vocabularies, log
        self._faulty = False

    def _fault(self, line: int, key: str, message: str, found: object = "", allowed: str = "") -> None:
        self._faulty = True
        self._log.reject(Where(NAME, row=line, column=key), message, found=found, allowed=allowed)

    def manifest(self) -> Manifest | None:
        top = self._mapping(self._root, "", _TOP)
        if (found := self._text(top, "", "format")) not in ("", FORMAT):
            self._fault(top["format"].line, "format", "这个版本的数据包读不了。", found, FORMAT)
        code = self._text(top, "", "code", required=True)
        if code and not (code.isascii() and code.replace("-", "").isalnum() and len(code) <= 20):
            self._fault(top["code"].line, "code", "行政区划代码只能是数字、字母和连字符。", code, "如 330102")
        built = Manifest(
            code=code,
            name=self._text(top, "", "name", required=True),
            day=self._day(top, "", required=True) or date.min,
            source=self._text(top, "", "source", required=True),
            licence=self._text(top, "", "licence", required=True),
            synthetic=self._flag(top, "synthetic"),
            complete_kinds=self._complete_kinds(top.get("complete_kinds", _MISSING)),
            control_totals=self._control_totals(top.get("control_totals", _MISSING)),
            band_shares=self._band_shares(top.get("band_shares", _MISSING)),
            population_grid=self._grid(top.get("population_grid", _MISSING)),
            anchors=self._anchors(top.get("anchors", _MISSING)),
            layers=self._layers(top.get("layers", _MISSING)),
        )
        return None if self._faulty else built

    def _mapping(self, value: _Value, key: str, known: Sequence[str] | None = None) -> dict[str, _Value]:
        if not isinstance(value.value, dict):
            if value.value is not None:
                self._fault(value.line, key, "这里应是“键: 值”的列表。", _brief(value))
            return {}
        for name, item in value.value.items():
            if known is not None and name not in known:
                self._fault(item.line, _joined(key, name), "不认识这个键。", name, "、".join(known))
        return dict(value.value)

    def _list(self, value: _Value, key: str) -> list[_Value]:
        if value.value is None:
            return []
        if not isinstance(value.value, list):
            self._fault(value.line, key, "这里应是列表,每项以“- ”开头。", _brief(value))
            return []
        return list(value.value)

    def _text(self, of: Mapping[str, _Value], key: str, name: str, *, required: bool = False) -> str:
        value = of.get(name, _MISSING)
        if isinstance(value.value, str) and value.value:
            if len(value.value) > 2_000:
                self._fault(value.line, _joined(key, name), "文字太长。", value.value, "至多 2000 字")
            return value.value
        if value.value not in (None, ""):
            self._fault(value.line, _joined(key, name), "这里应是一段文字。", _brief(value))
        elif required:
            self._fault(value.line, _joined(key, name), "缺少这一项。", "", "必须填写")
        return ""

    def _day(self, of: Mapping[str, _Value], key: str, *, required: bool = False) -> date | None:
        text = self._text(of, key, "day", required=required)
        if not text:
            return None
        day = day_of(text)
        if day is None or not 1900 <= day.year <= 2200:
            self._fault(of["day"].line, _joined(key, "day"), "日期读不懂。", text, "如 2024-06-30")
            return None
        return day

    def _flag(self, of: Mapping[str, _Value], name: str) -> bool:
        text = self._text(of, "", name).lower()
        if text not in ("", "true", "false", "yes", "no", "是", "否"):
            self._fault(of[name].line, name, "这里应填 true 或 false。", text, "true、false")
        return text in ("true", "yes", "是")

    def _number(self, value: _Value, key: str, lowest: float, highest: float) -> float | None:
        try:
            number = float(str(value.value).replace("_", "x"))
        except ValueError:
            number = float("nan")
        if not lowest <= number <= highest:
            self._fault(value.line, key, "这里应填数字。", _brief(value), f"{lowest:g}–{highest:g}")
            return None
        return number

    def _complete_kinds(self, value: _Value) -> frozenset[str]:
        kinds = [choice.key for choice in self._vocabularies.get("facility_kinds", ())]
        if value.value == "all":
            return frozenset(kinds)
        found = set()
        for item in self._list(value, "complete_kinds"):
            if item.value in kinds:
                found.add(str(item.value))
            else:
                self._fault(
                    item.line, "complete_kinds", "没有这种设施类型。", _brief(item), "all 或:" + "、".join(kinds)
                )
        return frozenset(found)

    def _control_totals(self, value: _Value) -> dict[str, int]:
        totals = {}
        for code, item in self._mapping(value, "control_totals").items():
            number = self._number(item, f"control_totals.{code}", 0, 100_000_000)
            if number is not None and not number.is_integer():
                self._fault(item.line, f"control_totals.{code}", "人口应是整数。", _brief(item))
            elif number is not None:
                totals[code] = int(number)
        return totals

    def _band_shares(self, value: _Value) -> tuple[float, ...] | None:
        if value.value is None:
            return None
        given = self._mapping(value, "band_shares", AGE_BANDS)
        missing = [band for band in AGE_BANDS if band not in given]
        if missing:
            self._fault(value.line, "band_shares", "年龄段要写全。", "缺 " + "、".join(missing), "、".join(AGE_BANDS))
            return None
        shares = [self._number(given[band], f"band_shares.{band}", 0, 1) for band in AGE_BANDS]
        if None in shares:
            return None
        total = sum(share for share in shares if share is not None)
        if abs(total - 1) > 0.001:
            self._fault(value.line, "band_shares", "各年龄段的比例加起来应为 1。", f"{total:g}", "0.999–1.001")
        return tuple(share for share in shares if share is not None)

    def _grid(self, value: _Value) -> GridSource | None:
        if value.value is None:
            return None
        key = "population_grid"
        given = self._mapping(value, key, ("file", "sheet", "people", "crs"))
        return GridSource(
            self._text(given, key, "file", required=True),
            value.line,
            self._text(given, key, "sheet"),
            self._text(given, key, "people", required=True),
            self._crs(given, key),
        )

    def _anchors(self, value: _Value) -> tuple[Anchor, ...]:
        anchors = []
        for index, item in enumerate(self._list(value, "anchors")):
            key = f"anchors[{index}]"
            given = self._mapping(item, key, ("name", "lon", "lat", "layer"))
            name = self._text(given, key, "name", required=True)
            layer = self._text(given, key, "layer")
            if layer and layer not in LAYER_BY_KEY:
                self._fault(item.line, f"{key}.layer", "没有这种图层。", layer, "、".join(LAYER_BY_KEY))
            lon = self._number(given.get("lon", _MISSING), f"{key}.lon", -180, 180)
            lat = self._number(given.get("lat", _MISSING), f"{key}.lat", -90, 90)
            if lon is not None and lat is not None:
                anchors.append(Anchor(name, lon, lat, layer))
        return tuple(anchors)

    def _crs(self, of: Mapping[str, _Value], key: str, name: str = "crs") -> str:
        text = self._text(of, key, name)
        known = normalized_crs(text or "auto")
        if not known:
            self._fault(of[name].line, _joined(key, name), "不认识这个坐标系。", text, _CRS_HELP)
        return known

    def _layers(self, value: _Value) -> tuple[LayerSource, ...]:
        items = self._list(value, "layers")
        if not items and not self._faulty:
            self._fault(value.line, "layers", "清单里没有图层。", "", "至少一个图层")
        if len(items) > 200:
            self._fault(value.line, "layers", "图层太多。", str(len(items)), "至多 200 个")
            items = []
        sources = [self._layer(item, f"layers[{index}]") for index, item in enumerate(items)]
        return tuple(source for source in sources if source is not None)

    def _layer(self, item: _Value, key: str) -> LayerSource | None:
        given = self._mapping(item, key, LAYER_KEYS)
        name = self._text(given, key, "layer", required=True)
        if name and name not in LAYER_BY_KEY:
            self._fault(given["layer"].line, f"{key}.layer", "没有这种图层。", name, "、".join(LAYER_BY_KEY))
        layer = LAYER_BY_KEY.get(name)
        if layer is None:
            return None
        source_crs = self._text(given, key, "source_crs")
        return LayerSource(
            layer=layer,
            file=self._text(given, key, "file", required=True),
            line=item.line,
            sheet=self._text(given, key, "sheet"),
            crs=self._crs(given, key),
            encoding=self._text(given, key, "encoding"),
            key=self._text(given, key, "key"),
            x=self._text(given, key, "x"),
            y=self._text(given, key, "y"),
            heading_row=int(self._number(given["heading_row"], f"{key}.heading_row", 1, 50) or 1)
            if "heading_row" in given
            else 1,
            columns=self._columns(given.get("columns", _MISSING), f"{key}.columns", layer),
            values=self._values(given.get("values", _MISSING), f"{key}.values", layer),
            constants=self._columns(given.get("constants", _MISSING), f"{key}.constants", layer),
            where=self._where(given.get("where", _MISSING), f"{key}.where"),
            prefix=self._text(given, key, "prefix"),
            source=self._text(given, key, "source"),
            licence=self._text(given, key, "licence"),
            source_crs=source_crs,
            day=self._day(given, key),
        )

    def _columns(self, value: _Value, key: str, layer: Layer) -> dict[str, str]:
        known = [field.key for field in layer.fields]
        given = self._mapping(value, key, known)
        return {name: self._text(given, key, name) for name in given if name in known and self._text(given, key, name)}

    def _values(self, value: _Value, key: str, layer: Layer) -> dict[str, dict[str, str]]:
        spelled = {}
        for name, item in self._mapping(value, key, [field.key for field in layer.fields]).items():
            given = self._mapping(item, f"{key}.{name}")
            spelled[name] = {theirs: self._text(given, f"{key}.{name}", theirs) for theirs in given}
            self._check_choices(name, given, f"{key}.{name}", layer)
        return spelled

    def _check_choices(self, name: str, given: Mapping[str, _Value], key: str, layer: Layer) -> None:
        found = next((field for field in layer.fields if field.key == name), None)
        if found is None or found.type is not FieldType.CHOICE:
            return
        offered = {word for choice in choices(found, self._vocabularies) for word in (choice.key, choice.zh, choice.en)}
        for theirs, ours in given.items():
            if ours.value and ours.value not in offered:
                listed = "、".join(choice.zh for choice in choices(found, self._vocabularies))
                self._fault(ours.line, f"{key}.{theirs}", f"“{found.zh}”没有这个可选项。", _brief(ours), listed)

    def _where(self, value: _Value, key: str) -> dict[str, tuple[str, ...]]:
        kept = {}
        for name, item in self._mapping(value, key).items():
            several = item.value if isinstance(item.value, list) else [item]
            kept[name] = tuple(str(one.value) for one in several)
        return kept


def normalized_crs(text: str) -> str:
    """``auto``, ``GCJ-02``, ``BD-09``, ``CGCS2000`` or ``EPSG:n``; "" for anything else."""
    plain = text.strip().upper().replace(" ", "").replace("_", "-")
    aliases = {
        "AUTO": "auto",
        "GCJ-02": "GCJ-02",
        "GCJ02": "GCJ-02",
        "火星坐标": "GCJ-02",
        "BD-09": "BD-09",
        "BD09": "BD-09",
        "百度坐标": "BD-09",
        "CGCS2000": "CGCS2000",
        "WGS84": "EPSG:4326",
        "WGS-84": "EPSG:4326",
    }
    if plain in aliases:
        return aliases[plain]
    number = plain.removeprefix("EPSG:")
    return (
        f"EPSG:{int(number)}"
        if plain.startswith("EPSG:") and number.isascii() and number.isdigit() and len(number) < 7
        else ""
    )


def _joined(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _brief(value: _Value) -> str:
    if isinstance(value.value, dict):
        return "{…}"
    return "[…]" if isinstance(value.value, list) else str(value.value if value.value is not None else "")
