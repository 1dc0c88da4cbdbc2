"""One source file turned into records of one layer: headings matched, cells read, shapes placed, keys given."""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.domain.places.rules.layers import Field
from linli.interchange import shapes as fitting
from linli.interchange import systems
from linli.interchange.faultlog import FaultLog, FileRefused, Where
from linli.interchange.manifest import Anchor, LayerSource
from linli.interchange.raw import RawLayer
from linli.interchange.values import Unknown, Unreadable, Vocabularies, allowed, is_blank, narrow, plain, reader

_LON = ("lon", "lng", "long", "longitude", "经度", "x", "stop_lon")
_LAT = ("lat", "latitude", "纬度", "y", "stop_lat")
_KEY_LIMIT = 100
_ROW_NUMBERS = frozenset({"fid", "ogc_fid", "gid", "objectid", "linli_row"})
"""Columns that programs add of themselves."""


@dataclass(frozen=True, slots=True)
class Records:
    """Records of one source that may be taken, in file order."""

    keys: list[str]
    attributes: list[dict[str, object]]
    geometry: NDArray[np.object_]
    rows: NDArray[np.int64]
    system: str
    where: Where


class Reading:
    """Reads one source. First ``select`` is asked which columns to load, then ``records`` makes sense of them."""

    def __init__(self, source: LayerSource, vocabularies: Vocabularies, log: FaultLog) -> None:
        self._source, self._vocabularies, self._log = source, vocabularies, log
        self._where = Where(source.file, source.layer.key, source.sheet)
        self._columns: dict[str, str] = {}
        self._key, self._x, self._y = "", "", ""

    @property
    def where(self) -> Where:
        return self._where

    def select(self, headings: tuple[str, ...]) -> Sequence[str]:
        """Columns to load; a heading that the manifest names and the file lacks refuses the file."""
        source, layer = self._source, self._source.layer
        by_word = {_word(heading): heading for heading in reversed(headings)}
        for field in layer.fields:
            named = source.columns.get(field.key) or (
                source.key if field.key == layer.key_field and source.key != "auto" else ""
            )
            if named:
                self._columns[field.key] = self._existing(named, headings, f"columns.{field.key}")
            elif field.key not in source.constants and not (field.key == layer.key_field and source.key == "auto"):
                heading = next((by_word[word] for word in _words(field) if word in by_word), None)
                if heading is not None:
                    self._columns[field.key] = heading
        self._x = self._coordinate(source.x, _LON, headings, by_word, "x")
        self._y = self._coordinate(source.y, _LAT, headings, by_word, "y")
        self._check_required(headings)
        for heading in source.where:
            self._existing(heading, headings, "where")
        wanted = {*self._columns.values(), *source.where, self._x, self._y} - {""}
        self._tell_unread(headings, wanted)
        return [heading for heading in headings if heading in wanted]

    def _existing(self, heading: str, headings: tuple[str, ...], key: str) -> str:
        if heading in headings:
            return heading
        raise FileRefused("清单里写的这一列,文件里没有。", column=key, found=heading, allowed="、".join(headings))

    def _coordinate(
        self, named: str, usual: Sequence[str], headings: tuple[str, ...], by_word: Mapping[str, str], key: str
    ) -> str:
        if named:
            return self._existing(named, headings, key)
        return next((by_word[word] for word in usual if word in by_word), "")

    def _check_required(self, headings: tuple[str, ...]) -> None:
        layer = self._source.layer
        for field in layer.fields:
            given = field.key in self._columns or field.key in self._source.constants
            if field.required and not given and not (field.key == layer.key_field == "key"):
                raise FileRefused(
                    f"缺少必填的一列“{field.zh}”;请在清单的 columns 里写明它叫什么。",
                    column=field.key,
                    found="、".join(headings),
                    allowed=f"{field.key} 或 {field.zh}",
                )

    def _tell_unread(self, headings: tuple[str, ...], wanted: set[str]) -> None:
        unread = [heading for heading in headings if heading not in wanted and heading.lower() not in _ROW_NUMBERS]
        if unread and not self._source.file.endswith((".pbf", ".osm")):
            self._log.note(
                self._where, "有些列没有读取;若其中有需要的,请在清单的 columns 里写明。", found="、".join(unread)
            )

    def records(self, raw: RawLayer, anchors: Sequence[Anchor]) -> Records | None:
        """Records that may be taken; the others are in the log. None if the layer as a whole cannot be placed."""
        log, layer = self._log, self._source.layer
        self._where = where = Where(self._source.file, layer.key, raw.sheet or self._source.sheet)
        for row, column, found, message in raw.problems:
            log.refuse(where.at(row=row, column=column), message, found=found)
        for place, column, found, message in raw.notes:
            log.note(where.at(row=place, column=column), message, found=found)
        chosen = self._chosen(raw)
        rows = raw.rows[chosen]
        good = np.ones(len(rows), dtype=bool)
        attributes = self._attributes(raw, chosen, rows, good)
        keys = self._keys(attributes, rows, good)
        located = self._located(raw, chosen, rows, good)
        system = raw.crs
        geometry = located
        if not shapely.is_missing(located).all():
            of_layer = [a for a in anchors if a.layer in ("", layer.key)]
            stated = "EPSG:4326" if self._source.crs == "auto" and self._is_osm() else self._source.crs
            placed = systems.place(located, stated, raw.crs, _unique_names(keys, attributes), of_layer, where, log)
            if placed is None:
                return None
            geometry, fits = fitting.fit(placed.shapes, rows, layer, where, log)
            system, good = placed.system, good & fits
        elif layer.geometry_required:
            geometry, good = fitting.fit(located, rows, layer, where, log)
        keys = _made_keys(keys, attributes, geometry)
        if self._source.prefix:
            keys = [self._source.prefix + key for key in keys]
        if not len(rows):
            log.note(where, "文件里没有一条记录。")
        kept = np.flatnonzero(good)
        return Records(
            [keys[i] for i in kept],
            [attributes[i] for i in kept],
            geometry[kept],
            rows[kept],
            self._source.source_crs or system or "EPSG:4326",
            where,
        )

    def _is_osm(self) -> bool:
        return self._source.file.lower().endswith((".pbf", ".osm"))

    def _chosen(self, raw: RawLayer) -> NDArray[np.intp]:
        """Positions of the records that the manifest's ``where`` keeps."""
        keep = np.ones(len(raw.rows), dtype=bool)
        for heading, kept in self._source.where.items():
            words = {narrow(word) for word in kept}
            keep &= np.array(
                [not is_blank(cell) and narrow(cell) in words for cell in raw.columns[heading]], dtype=bool
            )
        return np.flatnonzero(keep)

    def _attributes(
        self, raw: RawLayer, chosen: NDArray[np.intp], rows: NDArray[np.int64], good: NDArray[np.bool_]
    ) -> list[dict[str, object]]:
        attributes: list[dict[str, object]] = [{} for _ in chosen]
        for field in self._source.layer.fields:
            if field.key in self._source.constants:
                self._constant(field, attributes)
            elif field.key in self._columns:
                heading = self._columns[field.key]
                column = raw.columns[heading]
                self._column(field, heading, [column[i] for i in chosen], attributes, rows, good)
        return attributes

    def _constant(self, field: Field, attributes: list[dict[str, object]]) -> None:
        try:
            value = reader(field, self._vocabularies)(self._source.constants[field.key])
        except (Unreadable, Unknown) as error:
            raise FileRefused(
                f"清单里给“{field.zh}”的固定值不对。",
                column=f"constants.{field.key}",
                found=self._source.constants[field.key],
                allowed=allowed(field, self._vocabularies),
            ) from error
        for record in attributes:
            record[field.key] = value

    def _column(
        self,
        field: Field,
        heading: str,
        cells: list[object],
        attributes: list[dict[str, object]],
        rows: NDArray[np.int64],
        good: NDArray[np.bool_],
    ) -> None:
        read = reader(field, self._vocabularies, self._source.values.get(field.key))
        words = allowed(field, self._vocabularies)
        needed = (field.required and field.key != self._source.layer.key_field) or field.key == "code"
        for index, cell in enumerate(cells):
            if is_blank(cell):
                if needed:
                    self._refuse(good, index, rows, heading, f"“{field.zh}”必须填写。", "", words)
                continue
            try:
                attributes[index][field.key] = read(cell)
            except Unreadable as error:
                self._refuse(good, index, rows, heading, error.message, plain(cell), error.allowed)
            except Unknown:
                if needed:
                    self._refuse(good, index, rows, heading, f"“{field.zh}”必须填写。", plain(cell), words)
                else:
                    place = self._where.at(row=int(rows[index]), column=heading)
                    self._log.note(place, f"“{field.zh}”按不详处理。", found=plain(cell))

    def _refuse(
        self,
        good: NDArray[np.bool_],
        index: int,
        rows: NDArray[np.int64],
        heading: str,
        message: str,
        found: str,
        words: str,
    ) -> None:
        good[index] = False
        self._log.refuse(self._where.at(row=int(rows[index]), column=heading), message, found=found, allowed=words)

    def _keys(self, attributes: list[dict[str, object]], rows: NDArray[np.int64], good: NDArray[np.bool_]) -> list[str]:
        """Keys as the file has them, taken out of the attributes; "" where one has to be made."""
        field = self._source.layer.key_field
        keys = [narrow(record.pop(field)) if field in record else "" for record in attributes]
        heading = self._columns.get(field, "")
        for index, key in enumerate(keys):
            if len(key) > _KEY_LIMIT and good[index]:
                self._refuse(good, index, rows, heading, "编号太长。", key, f"至多 {_KEY_LIMIT} 字")
        made = sum(not key for key in keys)
        if made and field == "key" and self._source.key != "auto" and len(keys):
            self._log.note(
                self._where.at(column=heading),
                f"有 {made} 条没有编号,已按位置和名称生成;改了位置或名称就会当作新的地方。",
            )
        return keys

    def _located(
        self, raw: RawLayer, chosen: NDArray[np.intp], rows: NDArray[np.int64], good: NDArray[np.bool_]
    ) -> NDArray[np.object_]:
        """Shapes of the chosen records: the file's own, or points from two columns."""
        if raw.geometry is not None:
            return raw.geometry[chosen]
        located = np.full(len(chosen), None, dtype=object)
        if not (self._x and self._y):
            if self._source.layer.geometry_required:
                raise FileRefused(
                    "表里没有坐标列;请在清单里用 x、y 写明。", column="x", allowed="经度、纬度 或 lon、lat"
                )
            return located
        for index, record in enumerate(chosen):
            pair = [self._degree(raw.columns[h][record], h, index, rows, good) for h in (self._x, self._y)]
            if pair[0] is not None and pair[1] is not None:
                located[index] = shapely.Point(pair[0], pair[1])
        return located

    def _degree(
        self, cell: object, heading: str, index: int, rows: NDArray[np.int64], good: NDArray[np.bool_]
    ) -> float | None:
        if is_blank(cell):
            return None
        try:
            number = float(narrow(cell)) if isinstance(cell, str) else float(cell)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            number = float("nan")
        if not np.isfinite(number) or (isinstance(cell, str) and "_" in cell) or isinstance(cell, bool):
            self._refuse(good, index, rows, heading, "坐标应是数字,用小数表示的度或米。", plain(cell), "如 120.171234")
            return None
        return number


def _word(heading: str) -> str:
    return unicodedata.normalize("NFKC", heading).strip().strip("*").strip().casefold()


def _words(field: Field) -> tuple[str, ...]:
    """Headings under which a field is found without being named in the manifest."""
    with_unit = (f"{field.zh}({field.unit})",) if field.unit else ()
    return tuple(_word(word) for word in (field.key, field.zh, *with_unit, field.en))


def _unique_names(keys: Sequence[str], attributes: Sequence[Mapping[str, object]]) -> dict[str, int]:
    """Names and keys that occur once, for the anchors."""
    names = [str(record.get("name", "")) for record in attributes]
    counts = Counter([*names, *keys])
    by_name = {name: row for row, name in enumerate(names) if name and counts[name] == 1}
    return {**by_name, **{key: row for row, key in enumerate(keys) if key and counts[key] == 1}}


def _made_keys(keys: list[str], attributes: Sequence[Mapping[str, object]], geometry: NDArray[np.object_]) -> list[str]:
    """Keys for records that have none: a hash of what they are and where, so that the same record gets the same key."""
    if all(keys):
        return keys
    flat = shapely.to_wkb(shapely.set_precision(shapely.force_2d(geometry), 1e-7, mode="pointwise"), byte_order=1)
    seen: Counter[str] = Counter()
    made = []
    for key, record, shape in zip(keys, attributes, flat, strict=True):
        if not key:
            content = f"{record.get('kind', '')}|{record.get('name', '')}|".encode() + (shape or b"")
            digest = hashlib.sha256(content).hexdigest()[:12]
            seen[digest] += 1
            key = f"g-{digest}" + (f"-{seen[digest]}" if seen[digest] > 1 else "")
        made.append(key)
    return made
