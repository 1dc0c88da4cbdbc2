"""OpenStreetMap extracts (PBF or XML) read into our layers by their tags. The rules are listed in the guide."""

import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

from linli.domain.standards.rules import KindByTags
from linli.interchange.faultlog import FileRefused
from linli.interchange.guard import RECORD_LIMIT, VERTEX_LIMIT, check_markup_file
from linli.interchange.raw import RawLayer, Select

NOT_WALKABLE = frozenset(
    (
        "motorway",
        "motorway_link",
        "construction",
        "proposed",
        "raceway",
        "corridor",
        "platform",
        "elevator",
        "bus_guideway",
        "razed",
        "abandoned",
    )
)
_FOOT_ALLOWED = frozenset({"yes", "designated", "permissive"})

_TAGS = (
    "name",
    "highway",
    "foot",
    "access",
    "area",
    "bridge",
    "tunnel",
    "building",
    "building:levels",
    "start_date",
    "barrier",
    "landuse",
    "leisure",
    "natural",
    "waterway",
    "railway",
    "amenity",
    "shop",
    "healthcare",
    "social_facility",
    "office",
    "tourism",
    "public_transport",
    "opening_hours",
    "capacity",
    "boundary",
    "admin_level",
    "ref",
    "service",
    "wheelchair",
    "emergency",
)
_POLYGON_KEYS = (
    "building",
    "landuse",
    "leisure",
    "natural",
    "amenity",
    "shop",
    "healthcare",
    "social_facility",
    "office",
    "tourism",
    "public_transport",
    "boundary",
    "area:highway",
    "place",
    "sport",
    "man_made",
    "power",
    "military",
    "historic",
    "emergency",
)


@dataclass(frozen=True, slots=True)
class Features:
    """Tagged features of one kind of shape. ``tags`` holds only the tags that are set."""

    ids: tuple[str, ...]
    tags: tuple[Mapping[str, str], ...]
    geometry: NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Extract:
    points: Features
    lines: Features
    areas: Features
    torn: int = 0
    """Outlines that the edge of the extract cut to nothing, or that the map has with fewer than three points."""


def walkable(tags: Mapping[str, str]) -> bool:
    """Whether people may walk along a way."""
    foot, access = tags.get("foot", ""), tags.get("access", "")
    if tags.get("highway", "") in NOT_WALKABLE or "highway" not in tags or foot == "no":
        return False
    return access not in ("no", "private") or foot in _FOOT_ALLOWED


def read(path: Path, kinds: KindByTags) -> Extract:
    """Read the features that any of our layers is made of."""
    if path.suffix.lower() == ".osm":
        check_markup_file(path)
    _check_head(path)
    keys = tuple(dict.fromkeys([*_TAGS, *sorted(kinds.keys)]))
    # Names and buildings alone make no facility; asking for them would read half the map.
    asked = sorted(kinds.keys - {"name", "building"})
    telling = {
        "points": ("barrier", *asked),
        "lines": ("highway", "barrier", "waterway", "railway", *asked),
        "multipolygons": (
            "building",
            "highway",
            "barrier",
            "landuse",
            "leisure",
            "natural",
            "waterway",
            "boundary",
            *asked,
        ),
    }
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "osmconf.ini"
        config.write_text(_config(keys), "ascii")
        extract = _without_torn(
            *(_features(path, layer, keys, config, tuple(dict.fromkeys(of))) for layer, of in telling.items())
        )
    if not any(len(f.ids) for f in (extract.points, extract.lines, extract.areas)):
        raise FileRefused("文件里没有可用的道路、建筑或设施。")
    return extract


def _without_torn(points: Features, lines: Features, areas: Features) -> Extract:
    suspect = np.flatnonzero(~shapely.is_valid(areas.geometry))
    mended = shapely.make_valid(areas.geometry[suspect], method="structure", keep_collapsed=False)
    torn = set(suspect[shapely.is_empty(mended)].tolist())
    kept = [row for row in range(len(areas.ids)) if row not in torn]
    whole = Features(tuple(areas.ids[i] for i in kept), tuple(areas.tags[i] for i in kept), areas.geometry[kept])
    return Extract(points, lines, whole, len(torn))


def _check_head(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(64)
    is_xml = head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")
    if path.suffix.lower() == ".osm":
        if not is_xml:
            raise FileRefused("不是 OpenStreetMap 的 XML 文件。")
    elif b"OSMHeader" not in head:
        raise FileRefused("不是 OpenStreetMap 的 PBF 文件。")
    else:
        _check_blocks(path)


_HEADER_LIMIT, _BLOCK_LIMIT, _UNPACKED_LIMIT = 64 * 1024, 32 * 1024 * 1024, 1024 * 1024 * 1024
"""The format's own limits of a block's header and content, and ours of a whole file unpacked."""


def _check_blocks(path: Path) -> None:
    """Refuse a file that ends within a block, or whose blocks promise absurd sizes; GDAL reads on without a word."""
    size, at, unpacked = path.stat().st_size, 0, 0
    with path.open("rb") as file:
        while at < size:
            length = int.from_bytes(file.read(4), "big")
            header = file.read(length) if 0 < length <= _HEADER_LIMIT else b""
            content = _numbers(header).get(3, -1) if len(header) == length else -1
            if not 0 < content <= _BLOCK_LIMIT or at + 4 + length + content > size:
                raise FileRefused("PBF 文件不完整或损坏;请重新下载。", found=f"第 {at} 字节处")
            start = file.read(min(content, 24))
            unpacked += max(_numbers(start).get(2, content), content)
            if unpacked > _UNPACKED_LIMIT:
                raise FileRefused("PBF 解压后过大;请先裁到本区范围。", allowed=f"解压后至多 {_UNPACKED_LIMIT >> 20} MB")
            at += 4 + length + content
            file.seek(at)


def _numbers(message: bytes) -> dict[int, int]:
    """The whole numbers in the first fields of a protocol buffer; what follows a field cut off is left out."""
    found: dict[int, int] = {}
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        value, at = _varint(message, at)
        if tag & 7 == 0:
            found[tag >> 3] = value
        elif tag & 7 == 2:
            at += value
        else:
            break
    return found


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift < 64:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            break
    return value, at


def _config(keys: Sequence[str]) -> str:
    listed = ",".join(key for key in keys if key.replace(":", "").replace("_", "").replace("-", "").isalnum())
    sections = "".join(
        f"[{layer}]\nosm_id=yes\nosm_version=no\nosm_timestamp=no\nosm_uid=no\nosm_user=no\nosm_changeset=no\n"
        f"attributes={listed}\nother_tags=no\nall_tags=no\n"
        for layer in ("points", "lines", "multipolygons", "multilinestrings", "other_relations")
    )
    return (
        f"closed_ways_are_polygons={','.join(_POLYGON_KEYS)}\nattribute_name_laundering=no\nreport_all_nodes=no\n"
        f"report_all_ways=no\n{sections}"
    )


def _features(path: Path, layer: str, keys: Sequence[str], config: Path, telling: Sequence[str]) -> Features:
    """Features of one kind of shape that carry one of the ``telling`` keys."""
    where = " OR ".join(f'"{key}" IS NOT NULL' for key in telling)
    # GDAL keeps its index of nodes in memory up to this size, then in a file.
    pyogrio.set_gdal_config_options({"OSM_MAX_TMPFILE_SIZE": "16"})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            meta, _, wkb, cells = pyogrio.raw.read(
                path, layer=layer, where=where, max_features=RECORD_LIMIT + 1, CONFIG_FILE=str(config)
            )
    except (DataSourceError, DataLayerError, FeatureError, ValueError) as error:
        raise FileRefused("OpenStreetMap 文件损坏,读不出来;请重新下载。", found=str(error)) from error
    if len(wkb) > RECORD_LIMIT:
        raise FileRefused("要素太多;请先裁到本区范围。", allowed=f"至多 {RECORD_LIMIT} 个")
    geometry = shapely.from_wkb(wkb, on_invalid="ignore")
    if int(shapely.get_num_coordinates(geometry).sum()) > VERTEX_LIMIT:
        raise FileRefused("图形的点数太多;请先裁到本区范围。", allowed=f"至多 {VERTEX_LIMIT} 个点")
    names = [str(name) for name in meta["fields"]]
    by_name = dict(zip(names, cells, strict=True))
    tags: list[dict[str, str]] = [{} for _ in range(len(wkb))]
    for name in names:
        if name in ("osm_id", "osm_way_id"):
            continue
        column = by_name[name]
        for index in np.flatnonzero(np.array([value is not None for value in column], dtype=bool)):
            tags[index][name] = str(column[index])
    ids = _ids(layer, by_name, len(wkb))
    kept = [i for i in range(len(wkb)) if tags[i] and geometry[i] is not None]
    return Features(tuple(ids[i] for i in kept), tuple(tags[i] for i in kept), geometry[kept])


def _ids(layer: str, by_name: Mapping[str, NDArray[np.object_]], count: int) -> list[str]:
    if layer == "points":
        return [f"node/{i}" for i in by_name["osm_id"]]
    if layer == "lines":
        return [f"way/{i}" for i in by_name["osm_id"]]
    ways, relations = by_name["osm_way_id"], by_name["osm_id"]
    return [f"way/{ways[i]}" if ways[i] is not None else f"relation/{relations[i]}" for i in range(count)]


Record = tuple[str, object, dict[str, object]]
"""Key, shape and cells of one record."""


def layer(extract: Extract, name: str, kinds: KindByTags, select: Select) -> RawLayer:
    """One of our layers out of an extract. Rows are the numbers of the records as they are made."""
    maker = _MAKERS.get(name)
    if maker is None:
        raise FileRefused("OpenStreetMap 文件里没有这种图层。", column="layer", found=name, allowed="、".join(_MAKERS))
    records = list(maker(extract, kinds))
    headings = tuple(dict.fromkeys(["key", *(heading for _, _, cells in records for heading in cells)]))
    wanted = select(headings)
    columns = {h: [key if h == "key" else cells.get(h) for key, _, cells in records] for h in wanted}
    geometry = np.empty(len(records), dtype=object)
    geometry[:] = [shape for _, shape, _ in records]
    torn = (None, "", f"{extract.torn} 个", "地图里有些轮廓不完整(多在裁剪边缘),没有读取。")
    notes = (torn,) if extract.torn and name == "buildings" else ()
    return RawLayer("", columns, geometry, np.arange(1, len(records) + 1), "EPSG:4326", (), notes)


def _all(*features: Features) -> Iterator[tuple[str, Mapping[str, str], object]]:
    for group in features:
        yield from zip(group.ids, group.tags, group.geometry, strict=True)


def _streets(extract: Extract, kinds: KindByTags) -> Iterator[Record]:
    for key, tags, shape in _all(extract.lines, extract.areas):
        if "highway" not in tags:
            continue
        line = shape if shapely.get_dimensions(shape) == 1 else shapely.boundary(shape)
        yield key, line, {"name": tags.get("name"), "class": street_class(tags), "walkable": walkable(tags)}


_CLASS = {
    **dict.fromkeys(("motorway", "motorway_link"), "fast"),
    **dict.fromkeys(("trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link"), "main"),
    **dict.fromkeys(("footway", "path", "pedestrian", "steps", "cycleway", "bridleway", "track"), "path"),
    **dict.fromkeys(("service", "living_street"), "internal"),
    **dict.fromkeys(("tertiary", "tertiary_link", "residential", "unclassified", "road"), "street"),
}


def street_class(tags: Mapping[str, str]) -> str | None:
    known = _CLASS.get(tags["highway"])
    crosses = tags.get("bridge", "no") != "no" or tags.get("tunnel", "no") != "no"
    return "footbridge" if known == "path" and crosses else known


_USE = {
    **dict.fromkeys(
        (
            "residential",
            "apartments",
            "house",
            "detached",
            "semidetached_house",
            "terrace",
            "dormitory",
            "bungalow",
            "cabin",
            "farm",
        ),
        "residential",
    ),
    **dict.fromkeys(
        (
            "school",
            "kindergarten",
            "university",
            "college",
            "hospital",
            "public",
            "civic",
            "government",
            "church",
            "cathedral",
            "chapel",
            "temple",
            "mosque",
            "library",
            "museum",
            "train_station",
            "transportation",
            "sports_hall",
            "stadium",
            "fire_station",
            "toilets",
            "sports_centre",
        ),
        "public",
    ),
    **dict.fromkeys(("commercial", "retail", "office", "hotel", "supermarket", "shop", "kiosk", "mall"), "commercial"),
    **dict.fromkeys(("industrial", "warehouse", "manufacture", "factory", "hangar"), "industrial"),
    **dict.fromkeys(
        (
            "garage",
            "garages",
            "shed",
            "roof",
            "hut",
            "greenhouse",
            "service",
            "parking",
            "carport",
            "construction",
            "ruins",
            "storage_tank",
            "silo",
            "farm_auxiliary",
            "bridge",
            "collapsed",
            "bunker",
            "stable",
            "barn",
            "sty",
            "cowshed",
        ),
        "other",
    ),
}
_PUBLIC_AMENITIES = frozenset(
    (
        "school",
        "kindergarten",
        "university",
        "college",
        "hospital",
        "clinic",
        "library",
        "townhall",
        "prison",
        "place_of_worship",
        "police",
        "fire_station",
        "courthouse",
        "community_centre",
        "social_facility",
        "theatre",
    )
)


def _use(tags: Mapping[str, str]) -> str | None:
    known = _USE.get(tags["building"])
    if known is not None or tags["building"] != "yes":
        return known
    if tags.get("amenity") in _PUBLIC_AMENITIES:
        return "public"
    return "commercial" if {"shop", "office", "tourism"} & tags.keys() else None


def _buildings(extract: Extract, kinds: KindByTags) -> Iterator[Record]:
    for key, tags, shape in _all(extract.areas):
        if tags.get("building", "no") == "no":
            continue
        yield (
            key,
            shape,
            {
                "name": tags.get("name"),
                "use": _use(tags),
                "floors": _leading_whole(tags.get("building:levels"), 1, 200),
                "year": _leading_whole(tags.get("start_date"), 1800, 2100, digits=4),
            },
        )


def _leading_whole(text: str | None, lowest: int, highest: int, digits: int = 0) -> int | None:
    """Map data is full of ``3;4``, ``~1970`` and ``C19``: take a plain figure, and leave the rest unknown."""
    head = (text or "").split("-")[0].split(".")[0].strip()
    if not head.isascii() or not head.isdigit() or (digits and len(head) != digits):
        return None
    return int(head) if lowest <= int(head) <= highest and len(head) < 6 else None


def _facilities(extract: Extract, kinds: KindByTags) -> Iterator[Record]:
    for key, tags, shape in _all(extract.points, extract.lines, extract.areas):
        kind = kinds(tags)
        if kind is None:
            continue
        whole = (
            shape if shapely.get_dimensions(shape) != 1 else shapely.line_interpolate_point(shape, 0.5, normalized=True)
        )
        yield (
            key,
            whole,
            {
                "name": tags.get("name"),
                "kind": kind,
                "opening_hours": tags.get("opening_hours"),
                "capacity": _leading_whole(tags.get("capacity"), 0, 99_999),
                "open_to": _open_to(tags),
            },
        )


def _open_to(tags: Mapping[str, str]) -> str | None:
    access = tags.get("access", "")
    if access in ("private", "residents", "no"):
        return "residents"
    return "all" if access in ("yes", "permissive", "public", "customers") else None


_GATES = frozenset(
    {"gate", "lift_gate", "swing_gate", "entrance", "kissing_gate", "turnstile", "full-height_turnstile", "sally_port"}
)


def _gates(extract: Extract, kinds: KindByTags) -> Iterator[Record]:
    for key, tags, shape in _all(extract.points):
        if tags.get("barrier") in _GATES:
            yield (
                key,
                shape,
                {
                    "name": tags.get("name"),
                    "open_to": _open_to(tags),
                    "opening_hours": tags.get("opening_hours"),
                },
            )


def _walls(extract: Extract, kinds: KindByTags) -> Iterator[Record]:
    for key, tags, shape in _all(extract.lines, extract.areas):
        if tags.get("barrier") in ("wall", "fence", "city_wall", "retaining_wall", "hedge"):
            yield key, shape if shapely.get_dimensions(shape) == 1 else shapely.boundary(shape), {}


def _barriers(extract: Extract, kinds: KindByTags) -> Iterator[Record]:
    for key, tags, shape in _all(extract.lines, extract.areas):
        kind = _barrier_kind(tags)
        if kind is not None and tags.get("tunnel", "no") == "no":
            yield key, shape, {"name": tags.get("name"), "kind": kind}


def _barrier_kind(tags: Mapping[str, str]) -> str | None:
    if tags.get("waterway") in ("river", "canal", "riverbank") or tags.get("natural") == "water":
        return "water"
    if tags.get("railway") in ("rail", "light_rail", "narrow_gauge", "subway"):
        return "rail"
    return "fast_road" if tags.get("highway") in ("motorway", "motorway_link", "trunk", "trunk_link") else None


_GREEN = (
    ("leisure", "park"),
    ("leisure", "garden"),
    ("leisure", "nature_reserve"),
    ("landuse", "grass"),
    ("landuse", "forest"),
    ("landuse", "recreation_ground"),
    ("landuse", "village_green"),
    ("natural", "wood"),
    ("natural", "grassland"),
    ("natural", "scrub"),
)


def _land(extract: Extract, kinds: KindByTags) -> Iterator[Record]:
    for key, tags, shape in _all(extract.areas):
        if tags.get("natural") == "water" or tags.get("landuse") == "reservoir" or tags.get("waterway") == "riverbank":
            yield key, shape, {"name": tags.get("name"), "kind": "water"}
        elif any(tags.get(key_) == value for key_, value in _GREEN):
            yield key, shape, {"name": tags.get("name"), "kind": "green"}


def _compounds(extract: Extract, kinds: KindByTags) -> Iterator[Record]:
    for key, tags, shape in _all(extract.areas):
        if tags.get("landuse") == "residential" and "name" in tags:
            yield key, shape, {"name": tags["name"]}


def _communities(extract: Extract, kinds: KindByTags) -> Iterator[Record]:
    for key, tags, shape in _all(extract.areas):
        if tags.get("boundary") == "administrative" and "name" in tags:
            code = tags.get("ref") or key.replace("/", "-")
            yield key, shape, {"code": code, "name": tags["name"], "admin_level": tags.get("admin_level")}


_MAKERS: Mapping[str, Callable[[Extract, KindByTags], Iterator[Record]]] = {
    "streets": _streets,
    "buildings": _buildings,
    "facilities": _facilities,
    "gates": _gates,
    "walls": _walls,
    "barriers": _barriers,
    "land": _land,
    "compounds": _compounds,
    "communities": _communities,
    "subdistricts": _communities,
}
