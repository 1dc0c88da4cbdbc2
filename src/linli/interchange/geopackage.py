"""GeoPackage read through SQLite itself: no driver guesses what the file is, and nothing in it is executed."""

import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.interchange.faultlog import FileRefused
from linli.interchange.guard import RECORD_LIMIT, VERTEX_LIMIT
from linli.interchange.raw import RawLayer, Select

_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_BATCH = 20_000


def read(path: Path, sheet: str, select: Select) -> RawLayer:
    """Read one layer. ``sheet`` may be empty where the file has only one."""
    with path.open("rb") as file:
        head = file.read(16)
    if head != b"SQLite format 3\x00":
        raise FileRefused("不是 GeoPackage 文件。")
    database = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1", uri=True)
    try:
        database.execute("PRAGMA trusted_schema=OFF")
        database.execute("PRAGMA cell_size_check=ON")
        database.execute("PRAGMA mmap_size=0")
        database.text_factory = _text
        return _read(database, sheet, select)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise FileRefused("GeoPackage 损坏,读不出来;请重新导出。", found=str(error)) from error
    finally:
        database.close()


def layers(path: Path) -> tuple[str, ...]:
    """Names of the feature layers in a file."""
    database = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1", uri=True)
    try:
        return tuple(_contents(database))
    except sqlite3.Error as error:
        raise FileRefused("不是 GeoPackage 文件。", found=str(error)) from error
    finally:
        database.close()


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        # Lone surrogates stand for the bytes and are refused as a cell, with its row.
        return raw.decode("utf-8", "surrogateescape")


def _read(database: sqlite3.Connection, sheet: str, select: Select) -> RawLayer:
    contents = _contents(database)
    name = _chosen(tuple(contents), sheet)
    check = database.execute("PRAGMA quick_check(1)").fetchone()
    if check is None or check[0] != "ok":
        raise FileRefused("GeoPackage 损坏,读不出来;请重新导出。", found=str(check and check[0]))
    kind = database.execute("SELECT type FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    if kind is None or kind[0] != "table":
        raise FileRefused("图层不是普通的表(可能是视图),请导出为表。", sheet=name, found=kind[0] if kind else "")
    geometry_column, crs = contents[name]
    headings = tuple(row[1] for row in database.execute(f"PRAGMA table_info({_quoted(name)})"))
    wanted = list(select(tuple(h for h in headings if h != geometry_column)))
    (count,) = database.execute(f"SELECT count(*) FROM {_quoted(name)}").fetchone()  # noqa: S608 - quoted
    if count > RECORD_LIMIT:
        raise FileRefused(
            "记录太多;请先裁到本区范围。", sheet=name, found=f"{count} 条", allowed=f"至多 {RECORD_LIMIT} 条"
        )
    return _table(database, name, geometry_column if geometry_column in headings else "", wanted, crs)


def _contents(database: sqlite3.Connection) -> dict[str, tuple[str, str]]:
    """Feature layer → (geometry column, coordinate system)."""
    found = database.execute(
        "SELECT c.table_name, coalesce(g.column_name, ''), s.organization, s.organization_coordsys_id, s.definition"
        " FROM gpkg_contents c LEFT JOIN gpkg_geometry_columns g ON g.table_name = c.table_name"
        " LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id"
        " WHERE c.data_type IN ('features', 'attributes') ORDER BY c.table_name"
    )
    return {
        name: (column, _crs(organization, number, definition))
        for name, column, organization, number, definition in found
    }


def _crs(organization: str | None, number: int | None, definition: str | None) -> str:
    if organization and number and number > 0 and organization.upper() == "EPSG":
        return f"EPSG:{number}"
    text = definition or ""
    return "" if text.strip().lower() in ("", "undefined") else text


def _chosen(names: tuple[str, ...], sheet: str) -> str:
    if sheet in names:
        return sheet
    if not sheet and len(names) == 1:
        return names[0]
    reason = "文件里没有这个图层。" if sheet else "文件里有几个图层,请在清单里用 sheet 写明是哪一个。"
    raise FileRefused(reason, column="sheet", found=sheet, allowed="、".join(names) or "(没有图层)")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _table(database: sqlite3.Connection, name: str, geometry_column: str, wanted: list[str], crs: str) -> RawLayer:
    columns: dict[str, list[object]] = {heading: [] for heading in wanted}
    shapes: list[NDArray[np.object_]] = []
    rows: list[int] = []
    problems: list[tuple[int, str, str, str]] = []
    vertices = 0
    for first, records in _batches(database, name, geometry_column, wanted):
        wkb = [_wkb(record[-1]) if geometry_column else None for record in records]
        made = shapely.from_wkb(np.array(wkb, dtype=object), on_invalid="ignore")
        vertices += int(shapely.get_num_coordinates(made).sum())
        if vertices > VERTEX_LIMIT:
            raise FileRefused("图形的点数太多;请先裁剪或简化。", sheet=name, allowed=f"至多 {VERTEX_LIMIT} 个点")
        keep = np.ones(len(records), dtype=bool)
        for index, record in enumerate(records):
            if geometry_column and record[-1] is not None and made[index] is None and not _is_empty(record[-1]):
                problems.append(
                    (
                        first + index,
                        geometry_column,
                        shown_bytes(record[-1]),
                        "图形数据损坏,读不出来;请重新画或重新导出。",
                    )
                )
                keep[index] = False
                continue
            rows.append(first + index)
            for heading, cell in zip(wanted, record, strict=False):
                columns[heading].append(shown_bytes(cell) if isinstance(cell, bytes) else cell)
        shapes.append(made[keep])
    geometry = np.concatenate(shapes) if shapes else np.empty(0, dtype=object)
    return RawLayer(
        name, columns, geometry if geometry_column else None, np.array(rows, dtype=np.int64), crs, tuple(problems)
    )


def _batches(
    database: sqlite3.Connection, name: str, geometry_column: str, wanted: list[str]
) -> Iterator[tuple[int, list[tuple[object, ...]]]]:
    selected = [*wanted, geometry_column] if geometry_column else wanted
    listed = ", ".join(_quoted(heading) for heading in selected) or "NULL"
    cursor = database.execute(f"SELECT {listed} FROM {_quoted(name)} ORDER BY rowid")  # noqa: S608 - names are quoted
    first = 1
    while records := cursor.fetchmany(_BATCH):
        yield first, records
        first += len(records)


def shown_bytes(blob: object) -> str:
    return f"0x{blob[:12].hex()}…" if isinstance(blob, bytes) else str(blob)


def _is_empty(blob: object) -> bool:
    return isinstance(blob, bytes) and len(blob) > 3 and bool(blob[3] & 0x10)


def _wkb(blob: object) -> bytes | None:
    """The shape within a GeoPackage blob: a header of eight bytes, an envelope, then WKB."""
    if not isinstance(blob, bytes) or len(blob) < 13 or blob[:2] != b"GP" or blob[3] & 0x10:
        return None
    envelope = (blob[3] >> 1) & 0x07
    if envelope >= len(_ENVELOPE_BYTES):
        return None
    start = 8 + _ENVELOPE_BYTES[envelope]
    return blob[start:] if _plausible(blob[start:]) else None


def _plausible(wkb: bytes) -> bool:
    """Whether the first count fits into the bytes, so that a lie cannot ask for gigabytes."""
    if len(wkb) < 9:
        return False
    order = "<" if wkb[0] else ">"
    kind, count = struct.unpack_from(order + "II", wkb, 1)
    if kind & 0xFF == 1 or kind % 1000 == 1:
        return True
    return bool(count * 4 <= len(wkb))
