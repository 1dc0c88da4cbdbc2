"""Layers and results written to files: GeoPackage, GeoJSON, CSV and XLSX, and whole district packages."""

import contextlib
import csv
import json
import os
import re
import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyogrio
import shapely
import yaml
from numpy.typing import NDArray

from linli.domain.places.rules.layers import AGE_BANDS, LAYER_BY_KEY, LAYERS, Choice, Field, FieldType
from linli.domain.places.rules.package import DistrictPackage, LayerTable, PopulationGrid
from linli.interchange import manifest
from linli.interchange.formulas import neutralized
from linli.interchange.values import Vocabularies, choices

DATA_FILE = "district.gpkg"
GRID_LAYER = "population_grid"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the name for machines, the name for people, and a cell (or None) for each row."""

    key: str
    title: str
    cells: Sequence[object]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table to write. ``geometry`` is in WGS 84, or None for a plain table."""

    key: str
    title: str
    columns: tuple[Column, ...]
    geometry: NDArray[np.object_] | None = None

    @property
    def rows(self) -> int:
        return len(self.columns[0].cells) if self.columns else 0


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A name to write to; the file takes its own name when it is whole, and is gone if the writing fails."""
    draft = path.with_name(f".{path.stem}.{os.getpid()}.{threading.get_ident()}{path.suffix}")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def layer_sheet(table: LayerTable, vocabularies: Vocabularies | None = None) -> Sheet:
    """A layer as a table; with vocabularies, choices are spelled in Chinese as the workbook does, else by key."""
    layer = LAYER_BY_KEY[table.layer]
    columns = []
    for field in layer.fields:
        if field.key == layer.key_field:
            columns.append(Column(field.key, field.zh, table.keys))
            continue
        cells = [record.get(field.key) for record in table.attributes]
        if field.required or any(cell is not None for cell in cells):
            title = f"{field.zh}({field.unit})" if field.unit else field.zh
            columns.append(
                Column(field.key, title, cells if vocabularies is None else _spelled(field, cells, vocabularies))
            )
    return Sheet(layer.key, layer.zh, tuple(columns), table.geometry)


def _spelled(field: Field, cells: list[object], vocabularies: Vocabularies) -> list[object]:
    if field.type is FieldType.YES_NO:
        return [None if cell is None else "是" if cell else "否" for cell in cells]
    if field.type is not FieldType.CHOICE:
        return cells
    words: Mapping[object, Choice] = {choice.key: choice for choice in choices(field, vocabularies)}
    return [words[cell].zh if cell in words else cell for cell in cells]


def write_geopackage(sheets: Sequence[Sheet], path: Path) -> None:
    """Write each table as a layer of one file; an old file of that name is replaced."""
    path.unlink(missing_ok=True)
    for sheet in sheets:
        _write_layer(sheet, path, "GPKG", FID="linli_row")


def _write_layer(sheet: Sheet, path: Path, driver: str, **options: str) -> None:
    geometry = np.full(sheet.rows, None, dtype=object) if sheet.geometry is None else sheet.geometry
    data, masks = zip(*(as_array(column.cells) for column in sheet.columns), strict=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.raw.write(
            path,
            shapely.to_wkb(geometry, byte_order=1),
            list(data),
            [column.key for column in sheet.columns],
            field_mask=list(masks),
            layer=sheet.key,
            driver=driver,
            geometry_type="Unknown",
            crs="EPSG:4326",
            promote_to_multi=False,
            layer_options=options,
        )


def as_array(cells: Sequence[object]) -> tuple[NDArray[np.generic], NDArray[np.bool_]]:
    """A column as one array of its narrowest kind, and where it is empty."""
    empty = np.array([cell is None for cell in cells], dtype=bool)
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds and kinds <= {bool, np.bool_}:
        return np.array([bool(cell) for cell in cells]), empty
    if kinds and kinds <= {int, np.int64, np.int32}:
        return np.array(
            [0 if cell is None else cell for cell in cells], dtype=np.int64
        ), empty  # the mask hides the zeros
    if kinds and kinds <= {int, float, np.float64, np.int64, np.int32}:
        return np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64), empty
    return np.array([None if cell is None else _text(cell) for cell in cells], dtype=object), empty


def _text(cell: object) -> str:
    if isinstance(cell, date | datetime):
        return cell.isoformat()
    return _CONTROL.sub("", str(cell))


def write_geojson(sheet: Sheet, path: Path) -> None:
    """Write a FeatureCollection in WGS 84 (RFC 7946)."""
    _write_features(path, _features(sheet, {}))


def write_geojson_layers(sheets: Sequence[Sheet], path: Path) -> None:
    """Write the tables that have shapes as one FeatureCollection; ``layer`` says of which table a feature is."""
    _write_features(
        path, (one for sheet in sheets if sheet.geometry is not None for one in _features(sheet, {"layer": sheet.key}))
    )


def _features(sheet: Sheet, more: Mapping[str, str]) -> Iterator[str]:
    shapes = np.full(sheet.rows, None, dtype=object) if sheet.geometry is None else sheet.geometry
    texts = shapely.to_geojson(shapes)
    for row in range(sheet.rows):
        properties = {**more, **{column.key: _plain(column.cells[row]) for column in sheet.columns}}
        shape = "null" if shapes[row] is None else texts[row]
        text = json.dumps(properties, ensure_ascii=False, allow_nan=False)
        yield f'{{"type": "Feature", "properties": {text}, "geometry": {shape}}}'


def _write_features(path: Path, features: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write('{"type": "FeatureCollection", "features": [')
        for number, feature in enumerate(features):
            file.write(f",\n{feature}" if number else f"\n{feature}")
        file.write("\n]}\n")


def _plain(cell: object) -> object:
    if isinstance(cell, np.generic):
        cell = cell.item()
    if isinstance(cell, float) and not np.isfinite(cell):
        return None
    return cell if cell is None or isinstance(cell, bool | int | float) else _text(cell)


def write_csv(sheet: Sheet, path: Path) -> None:
    """Write UTF-8 with a byte-order mark, as Excel expects; of shapes the longitude and latitude of a point within."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        columns = (*sheet.columns, *_point_columns(sheet))
        writer.writerow([neutralized(column.title) for column in columns])
        writer.writerows(zip(*(_csv_cells(column.cells) for column in columns), strict=True))


def _csv_cells(cells: Sequence[object]) -> list[object]:
    """A column's cells; texts repeat in most columns, and each is looked at once."""
    told = {cell: _csv_cell(cell) for cell in {cell for cell in cells if type(cell) is str}}
    return [told[cell] if type(cell) is str else _csv_cell(cell) for cell in cells]


def _csv_cell(cell: object) -> object:
    plain = _plain(cell)
    if isinstance(plain, bool):
        return "是" if plain else "否"
    return neutralized(plain) if isinstance(plain, str) else plain


def _point_columns(sheet: Sheet) -> tuple[Column, ...]:
    if sheet.geometry is None or any(column.title == "经度" for column in sheet.columns):
        return ()
    points = shapely.point_on_surface(sheet.geometry)
    lon = [None if np.isnan(x) else round(float(x), 7) for x in shapely.get_x(points)]
    lat = [None if np.isnan(y) else round(float(y), 7) for y in shapely.get_y(points)]
    return Column("lon", "经度", lon), Column("lat", "纬度", lat)


def write_xlsx(sheets: Sequence[Sheet], path: Path) -> None:
    """Write a workbook with one sheet a table. Every text is a text cell: none can become a formula."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    book = Workbook(write_only=True)
    for sheet in sheets:
        columns = (*sheet.columns, *_point_columns(sheet))
        page = book.create_sheet(_sheet_title(sheet.title))
        page.freeze_panes = "A2"
        for index, column in enumerate(columns, 1):
            page.column_dimensions[_letter(index)].width = min(40, max(10, 2 * len(column.title) + 2))
        headings = []
        for column in columns:
            heading = WriteOnlyCell(page, column.title)
            heading.data_type, heading.font, heading.alignment = "s", Font(bold=True), Alignment(wrap_text=True)
            headings.append(heading)
        page.append(headings)
        for row in range(sheet.rows):
            page.append([_xlsx_cell(page, column.cells[row]) for column in columns])
    book.save(path)


def _xlsx_cell(page: object, cell: object) -> object:
    from openpyxl.cell import WriteOnlyCell

    plain = _plain(cell)
    if isinstance(plain, bool):
        return "是" if plain else "否"
    if not isinstance(plain, str):
        return plain
    if neutralized(plain) == plain:
        return plain
    text = WriteOnlyCell(page, plain)
    text.data_type, text.quotePrefix = "s", True
    return text


def _sheet_title(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\]", " ", title)[:31]


def _letter(index: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(index))


def write_package(package: DistrictPackage, folder: Path) -> None:
    """Write a package that ``read_package`` reads back as the same value, faults aside."""
    folder.mkdir(parents=True, exist_ok=True)
    sheets = [layer_sheet(package.layers[layer.key]) for layer in LAYERS if layer.key in package.layers]
    if package.population_grid is not None:
        sheets.append(_grid_sheet(package.population_grid))
    write_geopackage(sheets, folder / DATA_FILE)
    text = yaml.dump(_manifest(package), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)
    (folder / manifest.NAME).write_text(text, "utf-8")


class _Dumper(yaml.SafeDumper):
    """Repeats what occurs twice: the reader takes no references."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _grid_sheet(grid: PopulationGrid) -> Sheet:
    return Sheet(GRID_LAYER, "人口网格", (Column("people", "人口", [float(p) for p in grid.people]),), grid.cells)


def _manifest(package: DistrictPackage) -> dict[str, object]:
    whole: dict[str, object] = {
        "format": manifest.FORMAT,
        "code": package.code,
        "name": package.name,
        "day": package.day,
        "source": package.source,
        "licence": package.licence,
        "synthetic": package.synthetic,
        "complete_kinds": sorted(package.complete_kinds),
        "control_totals": {code: int(people) for code, people in package.control_totals.items()},
    }
    if package.band_shares is not None:
        whole["band_shares"] = dict(zip(AGE_BANDS, (float(share) for share in package.band_shares), strict=True))
    if package.population_grid is not None:
        whole["population_grid"] = {"file": DATA_FILE, "sheet": GRID_LAYER, "people": "people", "crs": "EPSG:4326"}
    whole["layers"] = [
        {
            "layer": key,
            "file": DATA_FILE,
            "sheet": key,
            "crs": "EPSG:4326",
            "source_crs": table.source_crs,
            "source": table.source,
            "licence": table.licence,
            "day": table.day,
        }
        for key, table in package.layers.items()
    ]
    return whole
