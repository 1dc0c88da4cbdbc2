"""GeoJSON read feature by feature from a stream: a file of any size costs the memory of one feature at a time."""

import codecs
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import shapely

from linli.interchange.faultlog import FileRefused
from linli.interchange.guard import RECORD_LIMIT, VERTEX_LIMIT
from linli.interchange.raw import RawLayer, Select

_PIECE = 1 << 20
_SPACE = " \t\r\n"
_VALUE_LIMIT = 32 << 20
"""Characters of one feature; an outline of a million points is shorter."""

_TYPES = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
)


class _Stream:
    """Text of a file with a view on the next value."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("strict")
        self._json = json.JSONDecoder(parse_constant=_refuse_constant)
        self._ended = False
        self._dropped_lines = 0
        self.text, self.at = "", 0

    def close(self) -> None:
        self._file.close()

    def _more(self) -> bool:
        if self._ended:
            return False
        # Ask for as much again as is waiting: a long feature is then tried a few times, not once a megabyte.
        piece = self._file.read(max(_PIECE, len(self.text) - self.at))
        self._ended = not piece
        try:
            decoded = self._decoder.decode(piece, final=self._ended)
        except UnicodeDecodeError as error:
            raise FileRefused(
                "GeoJSON 必须用 UTF-8 编码;请重新导出。", row=None, found=repr(error.object[error.start : error.end])
            ) from error
        self._dropped_lines += self.text.count("\n", 0, self.at)
        self.text, self.at = self.text[self.at :] + decoded, 0
        return bool(decoded) or not self._ended

    def line(self) -> int:
        return self._dropped_lines + self.text.count("\n", 0, self.at) + 1

    def peek(self) -> str:
        while True:
            while self.at < len(self.text) and self.text[self.at] in _SPACE:
                self.at += 1
            if self.at < len(self.text):
                return self.text[self.at]
            if not self._more():
                return ""

    def expect(self, characters: str) -> str:
        found = self.peek()
        if not found or found not in characters:
            raise self.broken(f"应为 {' 或 '.join(characters)}")
        self.at += 1
        return found

    def value(self) -> tuple[object, str]:
        """The next JSON value, and its text."""
        self.peek()
        while True:
            try:
                value, end = self._json.raw_decode(self.text, self.at)
            except (json.JSONDecodeError, RecursionError) as error:
                if isinstance(error, RecursionError):
                    raise self.broken("嵌套太深") from error
                if len(self.text) - self.at > _VALUE_LIMIT:
                    raise FileRefused(
                        "一条记录太大,没有读取。", row=self.line(), found=f"{len(self.text) - self.at} 字"
                    ) from error
                if not self._more():
                    raise self.broken("不是完整的 JSON") from error
                continue
            # A number at the edge of what has been read may go on.
            if end == len(self.text) and not self._ended and self._more():
                continue
            text, self.at = self.text[self.at : end], end
            return value, text

    def broken(self, why: str) -> FileRefused:
        return FileRefused(
            f"GeoJSON 在第 {self.line()} 行处不合语法({why});请重新导出。",
            row=self.line(),
            found=self.text[self.at : self.at + 40],
        )


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def read(path: Path, sheet: str, select: Select) -> RawLayer:
    """Read a FeatureCollection. Rows are the numbers of its features, from 1."""
    stream = _Stream(path)
    try:
        return _Collection(stream, select).read(sheet)
    except ValueError as error:
        raise FileRefused(
            "GeoJSON 里有 NaN 或 Infinity,不是合法的数字。", row=stream.line(), found=str(error)
        ) from error
    finally:
        stream.close()


class _Collection:
    def __init__(self, stream: _Stream, select: Select) -> None:
        self._stream, self._select = stream, select
        self._crs, self._kind, self._seen = "", "", False
        self._properties: list[dict[str, object]] = []
        self._texts: list[str] = []
        self._shapes: list[np.ndarray] = []
        self._rows: list[int] = []
        self._problems: list[tuple[int, str, str, str]] = []
        self._vertices = 0

    def read(self, sheet: str) -> RawLayer:
        for key in self._members():
            if key == "features":
                self._features()
                continue
            value, _ = self._stream.value()
            if key == "type":
                self._kind = str(value)
            elif key == "crs" and value is not None:
                self._crs = _crs(value)
        if self._stream.peek():
            raise self._stream.broken("结尾之后还有内容")
        if self._kind != "FeatureCollection" or not self._seen:
            raise FileRefused("不是 GeoJSON 要素集合。", found=self._kind, allowed="FeatureCollection")
        self._flush()
        headings = tuple(dict.fromkeys(key for properties in self._properties for key in properties))
        wanted = self._select(headings)
        columns = {heading: [properties.get(heading) for properties in self._properties] for heading in wanted}
        geometry = np.concatenate(self._shapes) if self._shapes else np.empty(0, dtype=object)
        return RawLayer(
            sheet,
            columns,
            geometry,
            np.array(self._rows, dtype=np.int64),
            self._crs or "EPSG:4326",
            tuple(self._problems),
        )

    def _members(self) -> Iterator[str]:
        self._stream.expect("{")
        if self._stream.peek() == "}":
            self._stream.expect("}")
            return
        seen: set[str] = set()
        while True:
            key, _ = self._stream.value()
            if not isinstance(key, str) or key in seen:
                raise self._stream.broken("键重复或不是文字")
            seen.add(key)
            self._stream.expect(":")
            yield key
            if self._stream.expect(",}") == "}":
                return

    def _features(self) -> None:
        self._seen = True
        self._stream.expect("[")
        if self._stream.peek() == "]":
            self._stream.expect("]")
            return
        number = 0
        while True:
            number += 1
            if number > RECORD_LIMIT:
                raise FileRefused("记录太多;请先裁到本区范围。", allowed=f"至多 {RECORD_LIMIT} 条")
            feature, text = self._stream.value()
            self._take(number, feature, text)
            if self._stream.expect(",]") == "]":
                return

    def _take(self, number: int, feature: object, text: str) -> None:
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            self._problems.append((number, "", text, "这一条不是 Feature;请重新导出。"))
            return
        properties = feature.get("properties") or {}
        geometry = feature.get("geometry")
        if not isinstance(properties, dict):
            self._problems.append((number, "properties", str(properties), "properties 应是一组键和值。"))
            return
        if geometry is not None and not (isinstance(geometry, dict) and geometry.get("type") in _TYPES):
            self._problems.append((number, "geometry", str(geometry), "图形类型不认识。"))
            return
        if "id" in feature and "id" not in properties:
            properties = {"id": feature["id"], **properties}
        self._properties.append(_flat(properties))
        self._rows.append(number)
        self._texts.append("" if geometry is None else json.dumps(geometry))
        if len(self._texts) >= 2_000:
            self._flush()

    def _flush(self) -> None:
        """Make shapes of the waiting texts; records whose shape cannot be made leave again."""
        texts = np.array([text or None for text in self._texts], dtype=object)
        self._texts = []
        if not texts.size:
            return
        made = shapely.from_geojson(texts, on_invalid="ignore")
        base = len(self._rows) - texts.size
        bad = [i for i in range(texts.size) if texts[i] is not None and made[i] is None]
        for index in reversed(bad):
            self._problems.append((self._rows[base + index], "geometry", texts[index], "图形的坐标不合规定,读不出来。"))
            del self._rows[base + index], self._properties[base + index]
        self._vertices += int(shapely.get_num_coordinates(made).sum())
        if self._vertices > VERTEX_LIMIT:
            raise FileRefused("图形的点数太多;请先裁剪或简化。", allowed=f"至多 {VERTEX_LIMIT} 个点")
        self._shapes.append(np.delete(made, bad))


def _flat(properties: dict[str, object]) -> dict[str, object]:
    """Lists and objects within properties are kept as their text: none of our fields takes them as they are."""
    return {
        key: json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
        for key, value in properties.items()
    }


def _crs(member: object) -> str:
    """The coordinate system of the old ``crs`` member, such as ``urn:ogc:def:crs:EPSG::5635``."""
    name = member.get("properties", {}).get("name", "") if isinstance(member, dict) else ""
    if not isinstance(name, str) or not name:
        raise FileRefused("crs 成员读不懂;请在清单里写明坐标系,并从文件里删去它。", column="crs", found=str(member))
    if name.upper().endswith("CRS84"):
        return "EPSG:4326"
    parts = name.upper().replace("::", ":").split(":")
    if "EPSG" in parts and parts[-1].isdecimal():
        return f"EPSG:{parts[-1]}"
    return name
