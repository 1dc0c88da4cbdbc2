"""Walking distances straight from files: a network, two tables of places and, where given, walled compounds."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import CRSError

from linli.compute import hierarchy, snapping, sweep
from linli.compute.network import INFINITY_CM, DroppedPieces
from linli.domain.places.rules import membership, projection, walkways
from linli.domain.standards.rules import KindByTags
from linli.interchange import geojson, geopackage, graphml, guard, osm, shapefile, systems, tables
from linli.interchange.faultlog import FaultLog, FileRefused, PackageRefused, Where
from linli.interchange.formulas import neutralized
from linli.interchange.raw import RawLayer
from linli.interchange.values import is_blank, narrow, plain

FAR_M = 20_000.0
"""A place farther than this from the network's bounds is a mistake, not a walk."""

_TAGS = ("highway", "foot", "access", "walkable", "可步行", "class")
_ID, _LON, _LAT, _KIND = (
    ("id", "编号"),
    ("lon", "lng", "longitude", "经度"),
    ("lat", "latitude", "纬度"),
    ("kind", "类型", "设施类型"),
)


@dataclass(frozen=True, slots=True)
class Ways:
    """Lines in WGS 84 with what is known of each, and the gates that the same file brings."""

    shape: NDArray[np.object_]
    attributes: tuple[Mapping[str, object], ...]
    gate: NDArray[np.object_]
    gate_attributes: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class Places:
    """Rows of a table of places. ``kind`` is empty for origins."""

    id: tuple[str, ...]
    lonlat: NDArray[np.float64]
    kind: tuple[str, ...]
    rows: NDArray[np.int64]
    file: str


@dataclass(frozen=True, slots=True)
class Distances:
    """Nearest of each kind from each origin, in centimetres; ``INFINITY_CM`` where none is reachable.

    ``leg_m`` is the middle straight leg of the origins: large if network and places are in different systems.
    """

    kinds: tuple[str, ...]
    centimetres: NDArray[np.int32]
    dropped: DroppedPieces
    leg_m: float
    walled: int


def distances(
    network: Path, origins: Path, facilities: Path, *, compounds: Path | None = None, crs: str = "auto", sheet: str = ""
) -> tuple[Places, Distances]:
    """Read the files and measure. ``crs`` is the network's system where its file does not say it rightly.

    Raises
    ------
    PackageRefused
        With all faults of all files.
    """
    log = FaultLog()
    ways = _read(network, log, lambda: read_ways(network, sheet=sheet, crs=crs))
    start = _read(origins, log, lambda: read_places(origins, log))
    goal = _read(facilities, log, lambda: read_places(facilities, log, with_kind=True))
    walls = _read(compounds, log, lambda: read_compounds(compounds)) if compounds is not None else ([], [])
    if ways is not None:
        for places in (start, goal):
            _refuse_far(places, ways, log)
    refused = [fault for fault in log.faults() if fault.severity == "refused"]
    if ways is None or start is None or goal is None or walls is None or refused:
        raise PackageRefused(log.faults())
    try:
        return start, measured(ways, start, goal, walls)
    except walkways.NoWalkableStreet as error:
        log.reject(Where(network.name), "路网里没有可以步行的道路。")
        raise PackageRefused(log.faults()) from error


def _read(path, log, reader):  # type: ignore[no-untyped-def]
    """What ``reader`` reads, or None with the refusal in the log."""
    try:
        if not path.is_file():
            raise FileRefused("找不到这个文件。", found=str(path))
        guard.check_size(path)
        return reader()
    except FileRefused as error:
        where = Where(path.name, sheet=error.sheet, row=error.row, column=error.column)
        log.reject(where, error.message, found=error.found, allowed=error.allowed)
        return None


def read_ways(path: Path, *, sheet: str = "", crs: str = "auto") -> Ways:
    """Lines of a network file: OpenStreetMap, GraphML, or lines of a GeoPackage, GeoJSON or Shapefile."""
    kind = path.suffix.lower()
    if kind in (".pbf", ".osm"):
        extract = osm.read(path, KindByTags(()))
        streets = osm.layer(extract, "streets", KindByTags(()), lambda headings: ("walkable",))
        gates = osm.layer(extract, "gates", KindByTags(()), lambda headings: ("open_to",))
        assert streets.geometry is not None
        assert gates.geometry is not None
        return Ways(streets.geometry, _records(streets), gates.geometry, _records(gates))
    readers = {
        ".gpkg": geopackage.read,
        ".geojson": geojson.read,
        ".json": geojson.read,
        ".shp": shapefile.read,
        ".graphml": graphml.read,
    }
    if kind not in readers:
        raise FileRefused("不认识这种路网文件。", found=path.name, allowed=".osm.pbf、.osm、" + "、".join(readers))
    raw = readers[kind](path, sheet, lambda headings: [h for h in headings if h.lower() in _TAGS])
    shapes = _in_wgs84(raw, crs)
    is_line = (shapely.get_dimensions(shapes) == 1) & ~shapely.is_empty(shapes)
    if not is_line.any():
        raise FileRefused("文件里没有线,不能作为路网。", allowed="LineString")
    lines = np.flatnonzero(is_line)
    records = _records(raw)
    attributes = tuple({"walkable": _walkable(records[row])} for row in lines)
    return Ways(shapes[lines], attributes, np.empty(0, dtype=object), ())


def _in_wgs84(raw: RawLayer, crs: str) -> NDArray[np.object_]:
    if raw.geometry is None:
        raise FileRefused("文件里没有图形。")
    if raw.problems:
        row, column, found, message = raw.problems[0]
        raise FileRefused(message, row=row, column=column, found=found)
    try:
        shapes = systems.to_wgs84(raw.geometry, raw.crs or "EPSG:4326" if crs == "auto" else crs)
    except CRSError as error:
        raise FileRefused(
            "坐标系读不懂;请用 --crs 写明。", found=str(error), allowed="EPSG:编号、GCJ-02、BD-09"
        ) from error
    bounds = np.abs(shapely.get_coordinates(shapes))
    if bounds.size and not (np.isfinite(bounds).all() and (bounds <= (180, 90)).all()):
        raise FileRefused("坐标超出经纬度的范围;请用 --crs 写明坐标系。", found=raw.crs)
    return shapes


def _records(raw: RawLayer) -> tuple[dict[str, object], ...]:
    return tuple({h.lower(): column[i] for h, column in raw.columns.items()} for i in range(len(raw.rows)))


def _walkable(record: Mapping[str, object]) -> bool:
    """By the tags of OpenStreetMap, if the file has them; by its own word; else yes."""
    said = record.get("walkable", record.get("可步行"))
    if not is_blank(said):
        return narrow(said).lower() not in ("0", "false", "no", "否", "f", "n")
    tags = {key: plain(value) for key, value in record.items() if not is_blank(value)}
    if "highway" in record:
        return osm.walkable(tags)
    return tags.get("class") != "fast" and tags.get("foot") != "no"


def read_places(path: Path, log: FaultLog, *, with_kind: bool = False) -> Places:
    """Rows of a CSV or XLSX table with columns id, lon, lat and, for facilities, kind. Faults go to ``log``."""
    found: dict[str, str] = {}

    def select(headings: tuple[str, ...]) -> list[str]:
        by_word = {narrow(h).casefold(): h for h in headings}
        for column, words in (("id", _ID), ("lon", _LON), ("lat", _LAT), *((("kind", _KIND),) if with_kind else ())):
            heading = next((by_word[word] for word in words if word in by_word), None)
            if heading is None:
                raise FileRefused(
                    f"缺少 {column} 这一列。", row=1, column=column, found="、".join(headings), allowed="、".join(words)
                )
            found[column] = heading
        return list(found.values())

    if path.suffix.lower() not in (".csv", ".tsv", ".txt", ".xlsx"):
        raise FileRefused("地点表应是 CSV 或 XLSX。", found=path.name, allowed=".csv、.xlsx")
    read = tables.read_xlsx if path.suffix.lower() == ".xlsx" else tables.read_csv
    raw = read(path, "", select)
    where = Where(path.name)
    for row, column, value, message in raw.problems:
        log.refuse(where.at(row=row, column=column), message, found=value)
    if not len(raw.rows):
        raise FileRefused("表里没有一行数据。")
    columns = {column: raw.columns[heading] for column, heading in found.items()}
    ids = _words(columns["id"], raw.rows, where.at(column=found["id"]), log)
    kinds = _words(columns["kind"], raw.rows, where.at(column=found["kind"]), log) if with_kind else ()
    lon = _degrees(columns["lon"], raw.rows, where.at(column=found["lon"]), 180, log)
    lat = _degrees(columns["lat"], raw.rows, where.at(column=found["lat"]), 90, log)
    _refuse_twice(ids, kinds, raw.rows, where.at(column=found["id"]), log)
    return Places(ids, np.column_stack([lon, lat]), kinds, raw.rows, path.name)


def _words(cells: Sequence[object], rows: NDArray[np.int64], where: Where, log: FaultLog) -> tuple[str, ...]:
    words = []
    for cell, row in zip(cells, rows, strict=True):
        word = "" if is_blank(cell) else plain(cell)
        if not word or len(word) > 100 or any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in word):
            log.refuse(
                where.at(row=int(row), column=where.column),
                "必须填写,至多 100 字,不含换行。",
                found=word,
                allowed="文字",
            )
        words.append(word)
    return tuple(words)


def _degrees(
    cells: Sequence[object], rows: NDArray[np.int64], where: Where, limit: int, log: FaultLog
) -> NDArray[np.float64]:
    degrees = np.full(len(rows), np.nan)
    for index, (cell, row) in enumerate(zip(cells, rows, strict=True)):
        text = "" if is_blank(cell) else narrow(cell)
        try:
            degrees[index] = float("x" if "_" in text else text)
        except ValueError:
            degrees[index] = np.nan
        if not abs(degrees[index]) <= limit:
            degrees[index] = np.nan
            log.refuse(
                where.at(row=int(row), column=where.column),
                "应是以度表示的经纬度(小数)。",
                found=text,
                allowed=f"-{limit}–{limit}",
            )
    return degrees


def _refuse_twice(
    ids: Sequence[str], kinds: Sequence[str], rows: NDArray[np.int64], where: Where, log: FaultLog
) -> None:
    seen: dict[tuple[str, str], int] = {}
    for index, row in enumerate(rows):
        pair = ids[index], kinds[index] if kinds else ""
        if pair in seen:
            log.refuse(
                where.at(row=int(row), column=where.column),
                f"编号与第 {seen[pair]} 行重复。",
                found=ids[index],
                allowed="不重复",
            )
        seen.setdefault(pair, int(row))


def _refuse_far(places: Places | None, ways: Ways, log: FaultLog) -> None:
    if places is None:
        return
    west, south, east, north = shapely.total_bounds(ways.shape)
    margin = np.array([FAR_M / (111_000 * max(np.cos(np.radians((south + north) / 2)), 0.05)), FAR_M / 111_000])
    low, high = np.array([west, south]) - margin, np.array([east, north]) + margin
    # What is no coordinate at all has been told already.
    far = ((places.lonlat < low) | (places.lonlat > high)).any(axis=1) & np.isfinite(places.lonlat).all(axis=1)
    for index in np.flatnonzero(far):
        lon, lat = places.lonlat[index]
        log.refuse(
            Where(places.file, row=int(places.rows[index]), column="lon, lat"),
            "离路网太远;请核对坐标,经度和纬度是否写反。",
            found=f"{lon:g}, {lat:g}",
            allowed=f"{low[0]:.3f}–{high[0]:.3f}, {low[1]:.3f}–{high[1]:.3f}",
        )


def read_compounds(path: Path) -> tuple[list[str], list[object]]:
    """Keys and outlines (WGS 84) of walled compounds."""
    readers = {".gpkg": geopackage.read, ".geojson": geojson.read, ".json": geojson.read, ".shp": shapefile.read}
    if path.suffix.lower() not in readers:
        raise FileRefused("小区范围应是面状图层。", found=path.name, allowed="、".join(readers))
    raw = readers[path.suffix.lower()](
        path, "", lambda headings: [h for h in headings if h.lower() in ("walled", "是否有围墙")]
    )
    shapes = _in_wgs84(raw, "auto")
    walled = [
        not any(narrow(v).lower() in ("false", "0", "no", "否") for v in record.values()) for record in _records(raw)
    ]
    kept = [row for row in np.flatnonzero(shapely.get_dimensions(shapes) == 2) if walled[row]]
    if not kept:
        raise FileRefused("文件里没有有围墙的小区。", allowed="Polygon")
    mended = shapely.make_valid(shapes[kept], method="structure", keep_collapsed=False)
    return [f"c{raw.rows[row]}" for row in kept], list(mended)


def measured(ways: Ways, origins: Places, facilities: Places, compounds: tuple[list[str], list[object]]) -> Distances:
    """Distances within the largest connected piece of the network, both straight legs included."""
    epsg = projection.local_epsg(*projection.middle(ways.shape))
    keys, outlines = compounds
    outline = np.empty(len(outlines), dtype=object)
    outline[:] = outlines
    shape = projection.projected(outline, epsg)
    walls = walkways.Walls(shape, np.ones(len(keys), dtype=np.bool_), {key: row for row, key in enumerate(keys)})
    ground = walkways.walking_ground(
        ways.attributes,
        projection.projected(ways.shape, epsg),
        ways.gate_attributes,
        projection.projected(ways.gate, epsg),
        walls,
    )
    prepared = hierarchy.prepare(ground.network)
    start, goal = (_anchored(ground, places, epsg, shape) for places in (origins, facilities))
    kinds = tuple(dict.fromkeys(facilities.kind))
    number = {kind: index for index, kind in enumerate(kinds)}
    of_kind = np.array([number[kind] for kind in facilities.kind], dtype=np.int32)
    nearest = sweep.nearest_facilities(prepared, start, goal, of_kind, len(kinds))
    return Distances(kinds, nearest, ground.dropped, float(np.median(start.leg_cm)) / 100, len(keys))


def _anchored(
    ground: walkways.WalkingGround, places: Places, epsg: int, compound: NDArray[np.object_]
) -> snapping.Anchors:
    turn = pyproj.Transformer.from_crs(4326, epsg, always_xy=True)
    xy = np.column_stack(turn.transform(places.lonlat[:, 0], places.lonlat[:, 1]))
    return snapping.snap(ground.network, xy, membership.area_at(shapely.points(xy), compound))


def write(path: Path, origins: Places, found: Distances, *, limit_m: float | None = None) -> int:
    """Write ``id`` and one column ``d_KIND`` a kind, in metres; returns how many cells stayed empty."""
    limit = INFINITY_CM if limit_m is None else min(round(limit_m * 100) + 1, INFINITY_CM)
    empty = int((found.centimetres >= limit).sum())
    draft = path.with_name(path.name + ".part")
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", *(f"d_{kind}" for kind in found.kinds)])
        for key, row in zip(origins.id, found.centimetres.tolist(), strict=True):
            writer.writerow([neutralized(key), *("" if cm >= limit else _metres(cm) for cm in row)])
    draft.replace(path)
    return empty


def _metres(centimetres: int) -> str:
    """Metres with one decimal; half a decimeter goes up."""
    tenths = (centimetres + 5) // 10
    return f"{tenths // 10}.{tenths % 10}"
