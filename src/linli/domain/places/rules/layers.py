"""The layers of a district and their fields: the one schema behind import, workbook, correction, export and docs."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

AGE_BANDS = ("0_2", "3_5", "6_11", "12_14", "15_59", "60_79", "80_up")
"""Bands of age in whole years, both ends included; they follow care, kindergarten, primary and middle school, and old
age.
"""

AGE_GROUPS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "all": (0, 1, 2, 3, 4, 5, 6),
        "infants": (0,),
        "kindergarten_age": (1,),
        "primary_age": (2,),
        "middle_school_age": (3,),
        "children": (0, 1, 2, 3),
        "elderly": (5, 6),
        "oldest": (6,),
    }
)
"""Groups that indicators speak of, as indexes into ``AGE_BANDS``."""


class Geometry(StrEnum):
    POINT = "point"
    LINE = "line"
    AREA = "area"


class FieldType(StrEnum):
    TEXT = "text"
    CODE = "code"
    WHOLE = "whole"
    NUMBER = "number"
    YES_NO = "yes_no"
    DAY = "day"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Choice:
    key: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Field:
    """One column. ``choices_from`` names a vocabulary that the standards packs bring, such as ``facility_kinds``."""

    key: str
    zh: str
    en: str
    type: FieldType
    unit: str = ""
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    pattern: str = ""
    choices: tuple[Choice, ...] = ()
    choices_from: str = ""
    hint_zh: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """One kind of place. ``key_field`` identifies a record across imports; a record without geometry is allowed only
    where ``geometry_required`` is false.
    """

    key: str
    zh: str
    en: str
    geometries: frozenset[Geometry]
    key_field: str
    fields: tuple[Field, ...]
    geometry_required: bool = True

    def field(self, key: str) -> Field:
        return next(f for f in self.fields if f.key == key)


def _text(key: str, zh: str, en: str, *, required: bool = False, hint_zh: str = "") -> Field:
    return Field(key, zh, en, FieldType.TEXT, required=required, hint_zh=hint_zh)


def _whole(key: str, zh: str, en: str, unit: str, maximum: float) -> Field:
    return Field(key, zh, en, FieldType.WHOLE, unit=unit, minimum=0, maximum=maximum)


def _number(key: str, zh: str, en: str, unit: str, maximum: float) -> Field:
    return Field(key, zh, en, FieldType.NUMBER, unit=unit, minimum=0, maximum=maximum)


def _choice(key: str, zh: str, en: str, *choices: tuple[str, str, str], required: bool = False) -> Field:
    return Field(key, zh, en, FieldType.CHOICE, required=required, choices=tuple(Choice(*c) for c in choices))


_KEY = _text("key", "编号", "Key", required=True, hint_zh="在本图层内唯一,再次导入时凭它认出同一个地方")
_NAME = _text("name", "名称", "Name")
_YEAR = Field("year", "建成年份", "Year built", FieldType.WHOLE, unit="年", minimum=1800, maximum=2100)
_COMPOUND = _text("compound", "所在小区编号", "Compound key", hint_zh="不填则按位置判断")
_OPEN_TO = _choice(
    "open_to", "开放对象", "Open to", ("all", "所有人", "Everyone"), ("residents", "仅本小区居民", "Residents only")
)
_BAND_NAMES = ("0–2岁", "3–5岁", "6–11岁", "12–14岁", "15–59岁", "60–79岁", "80岁及以上")
_PEOPLE = tuple(
    _whole(f"people_{band}", f"{name}人数", f"People aged {band.replace('_', '–')}", "人", 100_000)
    for band, name in zip(AGE_BANDS, _BAND_NAMES, strict=True)
)

_AREA = frozenset({Geometry.AREA})
_POINT = frozenset({Geometry.POINT})
_LINE = frozenset({Geometry.LINE})
_POINT_OR_AREA = frozenset({Geometry.POINT, Geometry.AREA})

LAYERS: tuple[Layer, ...] = (
    Layer(
        "subdistricts",
        "街道",
        "Subdistricts",
        _AREA,
        "code",
        (
            Field("code", "街道代码", "Code", FieldType.CODE, required=True, pattern=r"^[0-9]{9}$"),
            _text("name", "街道名称", "Name", required=True),
        ),
        geometry_required=False,
    ),
    Layer(
        "communities",
        "社区(村)",
        "Communities and villages",
        _AREA,
        "code",
        (
            Field(
                "code",
                "社区代码",
                "Code",
                FieldType.CODE,
                required=True,
                pattern=r"^[0-9A-Za-z-]{1,20}$",
                hint_zh="统计用区划代码 12 位",
            ),
            _text("name", "社区名称", "Name", required=True),
            Field("subdistrict", "所属街道代码", "Subdistrict code", FieldType.CODE, pattern=r"^[0-9A-Za-z-]{1,20}$"),
            _choice(
                "kind",
                "类别",
                "Kind",
                ("community", "社区", "Community"),
                ("village", "村", "Village"),
                ("community_like", "类似社区", "Community-like"),
                ("village_like", "类似村", "Village-like"),
            ),
            _whole("people", "常住人口", "Residents", "人", 1_000_000),
        ),
    ),
    Layer("grid_cells", "网格", "Grid cells", _AREA, "key", (_KEY, _NAME)),
    Layer(
        "compounds",
        "小区",
        "Compounds",
        _AREA,
        "key",
        (
            _KEY,
            _NAME,
            Field("type", "创建类型", "Community type", FieldType.CHOICE, choices_from="community_types"),
            Field("walled", "是否有围墙", "Walled", FieldType.YES_NO),
            _YEAR,
            _text("property_manager", "物业公司", "Property manager"),
        ),
    ),
    Layer(
        "gates",
        "出入口",
        "Gates",
        _POINT,
        "key",
        (_KEY, _NAME, _COMPOUND, _OPEN_TO, _text("opening_hours", "开放时间", "Opening hours")),
    ),
    Layer(
        "buildings",
        "楼栋",
        "Buildings",
        _POINT_OR_AREA,
        "key",
        (
            _KEY,
            _NAME,
            _choice(
                "use",
                "用途",
                "Use",
                ("residential", "住宅", "Residential"),
                ("mixed", "商住", "Mixed"),
                ("public", "公共", "Public"),
                ("commercial", "商业办公", "Commercial"),
                ("industrial", "工业仓储", "Industrial"),
                ("other", "其他", "Other"),
            ),
            _whole("dwellings", "住宅套数", "Dwellings", "套", 5_000),
            _whole("households", "户数", "Households", "户", 5_000),
            _number("floor_area_m2", "建筑面积", "Floor area", "m²", 1_000_000),
            _whole("floors", "层数", "Floors", "层", 200),
            _YEAR,
            _COMPOUND,
            *_PEOPLE,
        ),
    ),
    Layer(
        "facilities",
        "设施",
        "Facilities",
        _POINT_OR_AREA,
        "key",
        (
            _KEY,
            _NAME,
            Field("kind", "设施类型", "Kind", FieldType.CHOICE, required=True, choices_from="facility_kinds"),
            _number("capacity", "容量", "Capacity", "个", 1_000_000),
            _number("area_m2", "面积", "Area", "m²", 1_000_000),
            _text("opening_hours", "开放时间", "Opening hours"),
            _OPEN_TO,
            _COMPOUND,
        ),
    ),
    Layer(
        "premises",
        "用房",
        "Premises",
        _POINT_OR_AREA,
        "key",
        (
            _KEY,
            _NAME,
            _choice(
                "state",
                "状态",
                "State",
                ("idle", "闲置", "Idle"),
                ("shared", "共享", "Shared"),
                ("in_use", "在用", "In use"),
                required=True,
            ),
            _number("area_m2", "面积", "Area", "m²", 1_000_000),
            _text("holder", "权属单位", "Holder"),
        ),
    ),
    Layer(
        "streets",
        "道路与步行道",
        "Streets and paths",
        _LINE,
        "key",
        (
            _KEY,
            _NAME,
            _choice(
                "class",
                "类别",
                "Class",
                ("main", "主干路", "Main road"),
                ("street", "次支路", "Street"),
                ("internal", "小区内路", "Internal way"),
                ("path", "步行道", "Path"),
                ("footbridge", "人行天桥或地道", "Footbridge or subway"),
                ("fast", "快速路", "Fast road"),
            ),
            Field("walkable", "可步行", "Walkable", FieldType.YES_NO),
            _COMPOUND,
        ),
    ),
    Layer("walls", "围墙", "Walls", _LINE, "key", (_KEY, _COMPOUND)),
    Layer(
        "barriers",
        "阻隔",
        "Barriers",
        frozenset({Geometry.LINE, Geometry.AREA}),
        "key",
        (
            _KEY,
            _NAME,
            _choice(
                "kind",
                "类别",
                "Kind",
                ("water", "水体", "Water"),
                ("rail", "铁路", "Railway"),
                ("fast_road", "快速路", "Fast road"),
                required=True,
            ),
        ),
    ),
    Layer(
        "land",
        "用地底图",
        "Land cover",
        _AREA,
        "key",
        (
            _KEY,
            _NAME,
            _choice(
                "kind",
                "类别",
                "Kind",
                ("green", "绿地", "Green"),
                ("water", "水面", "Water"),
                ("block", "街块", "Block"),
                required=True,
            ),
        ),
    ),
)

LAYER_BY_KEY: Mapping[str, Layer] = MappingProxyType({layer.key: layer for layer in LAYERS})
