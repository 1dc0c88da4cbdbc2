"""Shapefiles: shapes through GDAL, attributes in the encoding of the whole file, never of a cell."""

import struct
import warnings
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

from linli.interchange.encodings import decide, named
from linli.interchange.faultlog import FileRefused
from linli.interchange.guard import RECORD_LIMIT, VERTEX_LIMIT, check_size
from linli.interchange.raw import RawLayer, Select


def read(path: Path, sheet: str, select: Select, *, encoding: str = "") -> RawLayer:
    """Read a shapefile with its .dbf and .shx beside it."""
    for ending in (".dbf", ".shx"):
        part = _beside(path, ending)
        if part is None:
            raise FileRefused(f"缺少与 .shp 同名的 {ending} 文件。", found=path.name, allowed=path.stem + ending)
        check_size(part)
    for ending in (".prj", ".cpg"):
        if (part := _beside(path, ending)) is not None:
            check_size(part)
    with path.open("rb") as file:
        if file.read(4) != b"\x00\x00\x27\x0a":
            raise FileRefused("不是 Shapefile。")
    count = _check_table(path)
    if count > RECORD_LIMIT:
        raise FileRefused("记录太多;请先裁到本区范围。", found=f"{count} 条", allowed=f"至多 {RECORD_LIMIT} 条")
    return _read(path, sheet, select, encoding)


def _beside(path: Path, ending: str) -> Path | None:
    return next((p for p in (path.with_suffix(ending), path.with_suffix(ending.upper())) if p.is_file()), None)


def _check_table(path: Path) -> int:
    """The number of records that the .dbf promises, once its length bears that out and the .shx agrees."""
    table = _beside(path, ".dbf")
    index = _beside(path, ".shx")
    assert table is not None
    assert index is not None
    with table.open("rb") as file:
        head = file.read(32)
    if len(head) < 32:
        raise FileRefused("属性表 .dbf 损坏。", found=table.name)
    count, start, width = struct.unpack_from("<IHH", head, 4)
    if table.stat().st_size < start + count * width:
        raise FileRefused("属性表 .dbf 不完整,记录数与长度不符。", found=table.name)
    shapes = (index.stat().st_size - 100) // 8
    if shapes != count:
        raise FileRefused("图形与属性的条数不一致,文件不是一套。", found=f"{shapes} 个图形", allowed=f"{count} 条属性")
    with path.open("rb") as file:
        (words,) = struct.unpack_from(">I", file.read(28), 24)
    if words * 2 > path.stat().st_size:
        raise FileRefused("图形文件 .shp 不完整,被截断了。", found=path.name)
    return int(count)


def _read(path: Path, sheet: str, select: Select, encoding: str) -> RawLayer:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Latin-1 maps every byte to one character and back: the text is decided below, for the whole file.
            meta, _, wkb, cells = pyogrio.raw.read(path, encoding="ISO-8859-1", force_2d=True, datetime_as_string=True)
    except (DataSourceError, DataLayerError, FeatureError, ValueError) as error:
        raise FileRefused("Shapefile 损坏,读不出来;请重新导出。", found=str(error)) from error
    raw_names = [str(name).encode("latin-1", "replace") for name in meta["fields"]]
    texts = [[_bytes(cell) for cell in column] for column in cells if column.dtype == object]
    codec = _codec(path, encoding, raw_names, texts)
    headings = tuple(_decoded(name, codec) for name in raw_names)
    wanted = select(headings)
    by_heading = dict(zip(headings, cells, strict=True))
    columns = {heading: _column(by_heading[heading], codec) for heading in wanted}
    geometry = shapely.from_wkb(wkb, on_invalid="ignore")
    if int(shapely.get_num_coordinates(geometry).sum()) > VERTEX_LIMIT:
        raise FileRefused("图形的点数太多;请先裁剪或简化。", allowed=f"至多 {VERTEX_LIMIT} 个点")
    broken = [i for i in range(len(wkb)) if wkb[i] is not None and geometry[i] is None]
    problems = tuple((i + 1, "geometry", "", "图形数据损坏,读不出来。") for i in broken)
    keep = np.setdiff1d(np.arange(len(wkb)), broken)
    return RawLayer(
        sheet,
        {h: [column[i] for i in keep] for h, column in columns.items()},
        geometry[keep],
        keep + 1,
        meta["crs"] or "",
        problems,
    )


def _codec(path: Path, stated: str, names: list[bytes], texts: list[list[bytes]]) -> str:
    if stated:
        return named(stated)
    page = _beside(path, ".cpg")
    if page is not None:
        return named(page.read_text("ascii", "replace").strip())
    return decide(b"\n".join([*names, *(cell for column in texts for cell in column)]))


def _bytes(cell: object) -> bytes:
    return cell.encode("latin-1", "replace") if isinstance(cell, str) else b""


def _decoded(raw: bytes, codec: str) -> str:
    # What does not fit the file's encoding becomes a lone surrogate, and the cell is refused with its row.
    return raw.decode(codec, "surrogateescape").rstrip("\x00 ")


def _column(cells: np.ndarray, codec: str) -> list[object]:
    if cells.dtype == object:
        return [_decoded(cell.encode("latin-1", "replace"), codec) if isinstance(cell, str) else cell for cell in cells]
    return list(cells.tolist())
