"""GraphML street networks, as osmnx writes them: edges with a line or with the coordinates of their ends."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import shapely
from defusedxml.ElementTree import iterparse

from linli.interchange.faultlog import FileRefused
from linli.interchange.guard import RECORD_LIMIT, VERTEX_LIMIT, check_markup_file
from linli.interchange.osm import street_class, walkable
from linli.interchange.raw import RawLayer, Select


def read(path: Path, sheet: str, select: Select) -> RawLayer:
    """Streets of a network. Rows are the numbers of its edges; the way back along the same line is left out."""
    check_markup_file(path)
    try:
        return _Network(path).layer(sheet, select)
    except ET.ParseError as error:
        raise FileRefused("不是合法的 GraphML。", row=error.position[0], found=str(error)) from error


class _Network:
    def __init__(self, path: Path) -> None:
        self._names: dict[str, str] = {}
        self._place: dict[str, tuple[float, float]] = {}
        self._crs = ""
        self._lines: list[object] = []
        self._tags: list[Mapping[str, str]] = []
        self._rows: list[int] = []
        self._problems: list[tuple[int, str, str, str]] = []
        edges = 0
        self._is_graph = False
        for kind, data, attributes in _elements(path):
            if kind == "key":
                self._names[attributes.get("id", "")] = attributes.get("attr.name", "")
            elif kind == "graphml":
                self._is_graph = True
            elif kind == "graph":
                self._crs = self._named(data).get("crs", "")
            elif kind == "node":
                self._node(attributes.get("id", ""), self._named(data))
            else:
                edges += 1
                if edges > 2 * RECORD_LIMIT:
                    raise FileRefused("边太多;请先裁到本区范围。", allowed=f"至多 {2 * RECORD_LIMIT} 条")
                self._edge(edges, attributes, self._named(data))
        if not self._is_graph or not edges:
            raise FileRefused("不是 GraphML 路网,或者里面没有边。")

    def _named(self, data: Mapping[str, str]) -> dict[str, str]:
        return {self._names.get(key, key): value for key, value in data.items()}

    def _node(self, key: str, data: Mapping[str, str]) -> None:
        try:
            self._place[key] = float(data["x"]), float(data["y"])
        except (KeyError, ValueError) as error:
            raise FileRefused("路口缺少坐标 x、y,或不是数字。", column="node", found=f"{key} {dict(data)}") from error

    def _edge(self, number: int, attributes: Mapping[str, str], data: Mapping[str, str]) -> None:
        ends = attributes.get("source", ""), attributes.get("target", "")
        missing = [end for end in ends if end not in self._place]
        if missing:
            self._problems.append((number, "edge", missing[0], "边的一端在文件里没有这个路口。"))
            return
        line: object = None
        if data.get("geometry"):
            line = shapely.from_wkt(data["geometry"], on_invalid="ignore")
            if line is None or shapely.get_type_id(line) != 1:
                self._problems.append((number, "geometry", data["geometry"], "边的图形不是 LINESTRING。"))
                return
        elif ends[0] != ends[1]:
            line = shapely.linestrings([self._place[ends[0]], self._place[ends[1]]])
        if line is not None:
            self._lines.append(line)
            self._tags.append({key: value for key, value in data.items() if value})
            self._rows.append(number)

    def layer(self, sheet: str, select: Select) -> RawLayer:
        lines = np.array(self._lines, dtype=object)
        if int(shapely.get_num_coordinates(lines).sum()) > VERTEX_LIMIT:
            raise FileRefused("图形的点数太多;请先裁剪或简化。", allowed=f"至多 {VERTEX_LIMIT} 个点")
        # The same stretch walked both ways is one street.
        _, first = np.unique(shapely.to_wkb(shapely.normalize(lines)), return_index=True)
        kept = np.sort(first)
        cells = [_cells(self._tags[row]) for row in kept]
        wanted = select(("key", "name", "class", "walkable"))
        columns = {heading: [record.get(heading) for record in cells] for heading in wanted}
        if "key" in columns:
            columns["key"] = [f"edge/{self._rows[row]}" for row in kept]
        rows = np.array([self._rows[row] for row in kept], dtype=np.int64)
        return RawLayer(sheet, columns, lines[kept], rows, self._crs.upper() or "EPSG:4326", tuple(self._problems))


def _elements(path: Path) -> Iterator[tuple[str, dict[str, str], Mapping[str, str]]]:
    """Element kind, its data by key, its attributes; each element is forgotten once it is read."""
    stack: list[ET.Element] = []
    for event, element in iterparse(path, events=("start", "end"), forbid_dtd=True):
        kind = element.tag.rpartition("}")[2]
        if event == "start":
            stack.append(element)
            if kind == "graphml":
                yield "graphml", {}, {}
            continue
        stack.pop()
        if kind == "data" and stack and stack[-1].tag.rpartition("}")[2] == "graph":
            yield "graph", {element.get("key", ""): element.text or ""}, {}
        if kind in ("node", "edge"):
            data = {
                child.get("key", ""): child.text or "" for child in element if child.tag.rpartition("}")[2] == "data"
            }
            yield kind, data, dict(element.attrib)
        elif kind == "key":
            yield "key", {}, dict(element.attrib)
        if kind in ("node", "edge", "key") and stack:
            stack[-1].remove(element)


def _cells(tags: Mapping[str, str]) -> dict[str, object]:
    known = dict(tags)
    # Stretches joined by osmnx carry lists such as "['footway', 'steps']": the first tells the class.
    for key in ("highway", "name", "foot", "access"):
        if known.get(key, "").startswith("["):
            known[key] = known[key].strip("[]").split(",")[0].strip(" '\"")
    is_tagged = "highway" in known
    return {
        "name": known.get("name"),
        "class": street_class(known) if is_tagged else None,
        "walkable": walkable(known) if is_tagged else known.get("foot") != "no",
    }
