"""District packages read from a folder: every layer, every fault, then one value."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.domain.places.rules import fingerprint
from linli.domain.places.rules.layers import LAYER_BY_KEY, LAYERS
from linli.domain.places.rules.package import DistrictPackage, LayerTable, PopulationGrid
from linli.domain.standards.rules import KindByTags
from linli.interchange import geojson, geopackage, graphml, guard, manifest, osm, shapefile, shapes, systems, tables
from linli.interchange.faultlog import FaultLog, FileRefused, PackageRefused, Where
from linli.interchange.manifest import GridSource, LayerSource, Manifest
from linli.interchange.raw import RawLayer, Select
from linli.interchange.records import Reading, Records
from linli.interchange.values import Vocabularies, is_blank

_KINDS = (".gpkg", ".geojson", ".json", ".shp", ".csv", ".tsv", ".xlsx", ".pbf", ".osm", ".graphml")


Progress = Callable[[int, int, str], None]
"""Steps done, steps in all, and what comes next; it may raise to stop the work."""


def read_package(
    folder: Path,
    *,
    vocabularies: Vocabularies,
    osm_kinds: KindByTags,
    data: Path | None = None,
    progress: Progress | None = None,
) -> DistrictPackage:
    """Read a district package.

    Records with a fault are left out and the fault is in ``faults``: who takes the package anyway takes the rest.
    ``data`` is where the layers' files lie, if not beside the manifest.

    Raises
    ------
    PackageRefused
        If the manifest or a whole file cannot be used; with all faults, those of single records included.
    """
    log = FaultLog()
    plan = manifest.read(folder, vocabularies, log)
    if plan is None:
        raise PackageRefused(log.faults())
    files = _Files(data or folder, osm_kinds)
    parts: dict[str, list[tuple[LayerSource, Records]]] = defaultdict(list)
    step = progress or _silent
    for number, source in enumerate(plan.layers):
        step(number, len(plan.layers) + 1, f"{source.layer.zh} {source.file}")
        read = _read_source(source, files, plan, vocabularies, log)
        if read is not None:
            parts[source.layer.key].append((source, read))
    grid = _population_grid(plan.population_grid, files, plan, log)
    files.forget()
    if log.has_fatal:
        raise PackageRefused(log.faults())
    step(len(plan.layers), len(plan.layers) + 1, "核对")
    layers = {layer.key: _table(layer.key, parts[layer.key], plan, log) for layer in LAYERS if layer.key in parts}
    layers = _near_the_district(layers, parts, log)
    layers = _with_known_references(layers, parts, log)
    package = DistrictPackage(
        code=plan.code,
        name=plan.name,
        day=plan.day,
        source=plan.source,
        licence=plan.licence,
        synthetic=plan.synthetic,
        layers=layers,
        control_totals=plan.control_totals,
        band_shares=plan.band_shares,
        population_grid=grid,
        complete_kinds=plan.complete_kinds,
        faults=log.faults(),
        fingerprint="",
    )
    return fingerprint.sealed(package)


def _silent(done: int, total: int, what: str) -> None:
    """Nobody watches."""


class _Files:
    """Opens files by their kind; an OpenStreetMap extract that feeds several layers is read once."""

    def __init__(self, folder: Path, osm_kinds: KindByTags) -> None:
        self._folder, self._osm_kinds = folder, osm_kinds
        self._extracts: dict[Path, osm.Extract] = {}

    def forget(self) -> None:
        self._extracts.clear()

    def read(self, source: LayerSource, select: Select) -> RawLayer:
        path = guard.inside(self._folder, source.file)
        kind = path.suffix.lower()
        if kind not in _KINDS:
            why = (
                "旧格式 .xls 和带宏的 .xlsm 不读;请另存为 .xlsx。"
                if kind in (".xls", ".xlsm", ".xlsb")
                else "不认识这种文件。"
            )
            raise FileRefused(why, found=source.file, allowed="、".join(_KINDS))
        guard.check_size(path)
        if kind in (".pbf", ".osm"):
            if path not in self._extracts:
                self._extracts[path] = osm.read(path, self._osm_kinds)
            return osm.layer(self._extracts[path], source.layer.key, self._osm_kinds, select)
        if kind == ".graphml" and source.layer.key != "streets":
            raise FileRefused("GraphML 只能用作道路图层。", column="layer", found=source.layer.key, allowed="streets")
        return _READERS[kind](path, source, select)


_READERS = {
    ".gpkg": lambda path, source, select: geopackage.read(path, source.sheet, select),
    ".geojson": lambda path, source, select: geojson.read(path, source.sheet, select),
    ".json": lambda path, source, select: geojson.read(path, source.sheet, select),
    ".shp": lambda path, source, select: shapefile.read(path, source.sheet, select, encoding=source.encoding),
    ".csv": lambda path, source, select: tables.read_csv(
        path, source.sheet, select, encoding=source.encoding, heading_row=source.heading_row
    ),
    ".tsv": lambda path, source, select: tables.read_csv(
        path, source.sheet, select, encoding=source.encoding, heading_row=source.heading_row
    ),
    ".xlsx": lambda path, source, select: tables.read_xlsx(path, source.sheet, select, heading_row=source.heading_row),
    ".graphml": lambda path, source, select: graphml.read(path, source.sheet, select),
}


def _read_source(
    source: LayerSource, files: _Files, plan: Manifest, vocabularies: Vocabularies, log: FaultLog
) -> Records | None:
    reading = Reading(source, vocabularies, log)
    try:
        raw = files.read(source, reading.select)
        return reading.records(raw, plan.anchors)
    except FileRefused as error:
        _reject(error, reading.where, log)
        return None


def _reject(error: FileRefused, where: Where, log: FaultLog) -> None:
    place = Where(where.file, where.layer, error.sheet or where.sheet, error.row, error.column)
    log.reject(place, error.message, found=error.found, allowed=error.allowed)


def _population_grid(source: GridSource | None, files: _Files, plan: Manifest, log: FaultLog) -> PopulationGrid | None:
    if source is None:
        return None
    where = Where(source.file, "population_grid", source.sheet)

    def select(headings: tuple[str, ...]) -> list[str]:
        if source.people not in headings:
            raise FileRefused(
                "清单里写的人口列,文件里没有。", column="people", found=source.people, allowed="、".join(headings)
            )
        return [source.people]

    as_layer = LayerSource(LAYER_BY_KEY["grid_cells"], source.file, source.line, source.sheet)
    try:
        raw = files.read(as_layer, select)
    except FileRefused as error:
        _reject(error, where, log)
        return None
    if raw.geometry is None:
        log.reject(
            where, "人口网格要有面状图形,表格不行。", found=source.file, allowed="GeoPackage、GeoJSON、Shapefile"
        )
        return None
    placed = systems.place(raw.geometry, source.crs, raw.crs, {}, plan.anchors, where, log)
    if placed is None:
        return None
    cells, good = shapes.fit(placed.shapes, raw.rows, LAYER_BY_KEY["grid_cells"], where, log)
    people = np.array([_people(cell) for cell in raw.columns[source.people]], dtype=np.float64)
    for index in np.flatnonzero(good & np.isnan(people)):
        log.refuse(
            where.at(row=int(raw.rows[index]), column=source.people),
            "人口应是不小于 0 的数。",
            found=raw.columns[source.people][int(index)],
            allowed="0–1000000",
        )
    keep = good & ~np.isnan(people)
    return PopulationGrid(cells[keep], people[keep])


def _people(cell: object) -> float:
    if is_blank(cell):
        return 0.0
    try:
        number = float(str(cell))
    except ValueError:
        return float("nan")
    return number if 0 <= number <= 1_000_000 else float("nan")


def _table(layer: str, parts: list[tuple[LayerSource, Records]], plan: Manifest, log: FaultLog) -> LayerTable:
    """The records of all sources of a layer; a key that is there already is refused with its place."""
    seen: dict[str, str] = {}
    keys: list[str] = []
    attributes: list[Mapping[str, object]] = []
    geometry: list[NDArray[np.object_]] = []
    key_field = LAYER_BY_KEY[layer].field(LAYER_BY_KEY[layer].key_field)
    for _, part in parts:
        fresh = []
        for index, key in enumerate(part.keys):
            place = f"{part.where.file} 第 {part.rows[index]} 行"
            if key in seen:
                log.refuse(
                    part.where.at(row=int(part.rows[index]), column=key_field.key),
                    f"{key_field.zh}重复,{seen[key]}已经用了;请改成不同的。",
                    found=key,
                    allowed="在图层内唯一",
                )
                continue
            seen[key] = place
            fresh.append(index)
        keys.extend(part.keys[i] for i in fresh)
        attributes.extend(part.attributes[i] for i in fresh)
        geometry.append(part.geometry[fresh])
    return LayerTable(
        layer,
        tuple(keys),
        np.concatenate(geometry),
        tuple(attributes),
        source=_joined([source.source or plan.source for source, _ in parts]),
        licence=_joined([source.licence or plan.licence for source, _ in parts]),
        source_crs=_joined([part.system for _, part in parts]),
        day=min(source.day or plan.day for source, _ in parts),
    )


def _joined(words: list[str]) -> str:
    return ";".join(dict.fromkeys(words))


def _near_the_district(
    layers: dict[str, LayerTable], parts: Mapping[str, list[tuple[LayerSource, Records]]], log: FaultLog
) -> dict[str, LayerTable]:
    """Refuse records far from all communities; a long line counts as far only where all of it is."""
    communities = layers.get("communities")
    if communities is None or not len(communities.keys):
        return layers
    # The middle half of the communities is right even where one of them is misplaced.
    bounds = shapely.bounds(communities.geometry)
    if not len(bounds):
        return layers
    low, high = np.nanquantile(bounds, 0.25, axis=0), np.nanquantile(bounds, 0.75, axis=0)
    size = np.maximum(high - low, 0.05).max()
    district = (low[0] - 4 * size, low[1] - 4 * size, high[2] + 4 * size, high[3] + 4 * size)
    near = {}
    for layer, table in layers.items():
        far = shapes.misplaced(table.geometry, district)
        if far.any():
            _refuse_keys(layer, {table.keys[i] for i in np.flatnonzero(far)}, parts[layer], log)
        near[layer] = _kept(table, ~far)
    return near


def _refuse_keys(layer: str, far: set[str], parts: list[tuple[LayerSource, Records]], log: FaultLog) -> None:
    for _, part in parts:
        for index, key in enumerate(part.keys):
            if key in far:
                x, y = shapely.get_coordinates(part.geometry[index])[0]
                log.refuse(
                    part.where.at(row=int(part.rows[index]), column="geometry"),
                    "位置离本区太远;请核对坐标,或从文件里去掉。",
                    found=f"{x:.6f}, {y:.6f}",
                    allowed="本区附近",
                )


def _kept(table: LayerTable, keep: NDArray[np.bool_]) -> LayerTable:
    if keep.all():
        return table
    rows = np.flatnonzero(keep)
    return LayerTable(
        table.layer,
        tuple(table.keys[i] for i in rows),
        table.geometry[rows],
        tuple(table.attributes[i] for i in rows),
        table.source,
        table.licence,
        table.source_crs,
        table.day,
    )


_REFERENCES = (
    ("communities", "subdistrict", "subdistricts"),
    *((layer.key, "compound", "compounds") for layer in LAYERS if any(f.key == "compound" for f in layer.fields)),
)


def _with_known_references(
    layers: dict[str, LayerTable], parts: Mapping[str, list[tuple[LayerSource, Records]]], log: FaultLog
) -> dict[str, LayerTable]:
    """Refuse records that name a compound or subdistrict which its own layer, if there is one, does not have."""
    checked = dict(layers)
    for layer, field, target in _REFERENCES:
        if layer not in layers or target not in layers:
            continue
        known = set(layers[target].keys)
        table = checked[layer]
        lost = {
            key
            for key, record in zip(table.keys, table.attributes, strict=True)
            if field in record and record[field] not in known
        }
        if not lost:
            continue
        word = LAYER_BY_KEY[layer].field(field).zh
        for _, part in parts[layer]:
            for index, key in enumerate(part.keys):
                if key in lost:
                    log.refuse(
                        part.where.at(row=int(part.rows[index]), column=field),
                        f"“{word}”在“{LAYER_BY_KEY[target].zh}”图层里找不到。",
                        found=part.attributes[index].get(field),
                        allowed=f"“{LAYER_BY_KEY[target].zh}”图层里的编号",
                    )
        checked[layer] = _kept(table, np.array([key not in lost for key in table.keys], dtype=bool))
    return checked
