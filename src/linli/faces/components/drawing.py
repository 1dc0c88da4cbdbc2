"""Maps and charts for paper, as SVG with text left as text."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

FONT = "Noto Sans SC"
INK = "#1d2b2a"

Placing = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""From longitude and latitude to the picture's own coordinates."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One area of a paper map. ``fill`` is a color, "" for hatching (not assessable), "none" for an outline alone."""

    geometry: BaseGeometry
    fill: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    lon: float
    lat: float
    color: str
    radius: float = 2.2


@dataclass(frozen=True, slots=True)
class Stroke:
    """A way on a paper map."""

    geometry: BaseGeometry
    color: str
    width: float = 2.5


def area_map(
    shapes: Sequence[Shape],
    *,
    dots: Iterable[Dot] = (),
    strokes: Iterable[Stroke] = (),
    width: int = 720,
    height: int = 540,
) -> str:
    """A map of colored areas in WGS 84, north up, true in shape at its middle latitude, within a box in pixels."""
    west, south, east, north = shapely.total_bounds(np.array([shape.geometry for shape in shapes], dtype=object))
    stretch = np.cos(np.radians((south + north) / 2))
    scale = min((width - 16) / max((east - west) * stretch, 1e-9), (height - 16) / max(north - south, 1e-9))
    width, height = int(16 + (east - west) * stretch * scale), int(16 + (north - south) * scale)

    def place(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([8 + (lonlat[:, 0] - west) * stretch * scale, 8 + (north - lonlat[:, 1]) * scale])

    tolerance = 0.4 / scale
    parts = [_area(shape, place, tolerance) for shape in shapes]
    parts += [_label(shape, place) for shape in shapes if shape.label]
    for dot in dots:
        ((x, y),) = place(np.array([[dot.lon, dot.lat]]))
        circle = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{dot.radius}" fill="{dot.color}"'
        parts.append(f'{circle} stroke="#fff" stroke-width="0.5"/>')
    parts += [_stroke(stroke, place) for stroke in strokes]
    parts += _scale_bar(height, scale / METERS_A_DEGREE)
    return _svg(width, height + SCALE_ROOM, [_HATCH, *parts])


METERS_A_DEGREE = 111_320
SCALE_ROOM = 22


def _scale_bar(top: int, pixels_a_meter: float) -> list[str]:
    """A bar of a round length at the lower left, and where north is."""
    meters = next((m for m in (5000, 2000, 1000, 500, 200, 100, 50, 20) if m * pixels_a_meter <= 160), 10)
    length = meters * pixels_a_meter
    y = top + 12
    line = f'<path d="M8 {y - 4}V{y}H{8 + length:.1f}V{y - 4}" fill="none" stroke="{INK}" stroke-width="1"/>'
    told = f"{meters // 1000} km" if meters >= 1000 else f"{meters} m"
    return [line, _text(14 + length, y, f"{told} · 上北")]


_HATCH = (
    '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse">'
    '<rect width="5" height="5" fill="#f4f6f5"/><path d="M0 5L5 0" stroke="#9aa8a4" stroke-width="0.9"/></pattern>'
    "</defs>"
)


def _area(shape: Shape, place: Placing, tolerance: float) -> str:
    geometry = shapely.simplify(shape.geometry, tolerance)
    rings = [
        ring
        for polygon in shapely.get_parts(geometry)
        if polygon.geom_type == "Polygon"
        for ring in (polygon.exterior, *polygon.interiors)
    ]
    lines = ["L".join(f"{x:.1f} {y:.1f}" for x, y in place(shapely.get_coordinates(ring))) for ring in rings]
    path = "".join(f"M{line}Z" for line in lines)
    fill = shape.fill or "url(#hatch)"
    edge = f'stroke="{INK}" stroke-width="1"' if fill == "none" else 'stroke="#ffffff" stroke-width="0.8"'
    return f'<path d="{path}" fill={quoteattr(fill)} fill-rule="evenodd" {edge}/>'


def _stroke(stroke: Stroke, place: Placing) -> str:
    points = "L".join(f"{x:.1f} {y:.1f}" for x, y in place(shapely.get_coordinates(stroke.geometry)))
    line = f'd="M{points}" fill="none" stroke-linecap="round" stroke-linejoin="round"'
    return (
        f'<path {line} stroke="#fff" stroke-width="{stroke.width + 2}"/>'
        f'<path {line} stroke={quoteattr(stroke.color)} stroke-width="{stroke.width}"/>'
    )


def _label(shape: Shape, place: Placing) -> str:
    point = shapely.point_on_surface(shape.geometry)
    ((x, y),) = place(np.array([[point.x, point.y]]))
    # The halo is drawn first and apart: not every reader of SVG knows paint-order.
    text = f'<text x="{x:.1f}" y="{y:.1f}" font-family="{FONT}" font-size="9" text-anchor="middle"'
    name = escape(shape.label)
    return f'{text} fill="#fff" stroke="#fff" stroke-width="2">{name}</text>{text} fill="{INK}">{name}</text>'


@dataclass(frozen=True, slots=True)
class Row:
    """One bar: a share of the axis, the color, and the text beside it. None draws no bar."""

    name: str
    value: float | None
    text: str
    color: str = "#00695c"


def bars(rows: Sequence[Row], *, most: float, width: int = 720, name_width: int = 190) -> str:
    """Horizontal bars with their names before and their figures behind them."""
    step, room = 22, width - name_width - 70
    parts = []
    for n, row in enumerate(rows):
        y = 6 + n * step
        parts.append(_text(name_width - 8, y + 12, row.name, anchor="end"))
        parts.append(f'<rect x="{name_width}" y="{y}" width="{room}" height="14" fill="#eef2f1"/>')
        if row.value is not None and most > 0:
            parts.append(
                f'<rect x="{name_width}" y="{y}" width="{max(0.0, min(1.0, row.value / most)) * room:.1f}" height="14"'
                f" fill={quoteattr(row.color)}/>"
            )
        parts.append(_text(name_width + room + 6, y + 12, row.text))
    return _svg(width, 12 + step * len(rows), parts)


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 11) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="{FONT}" font-size="{size}" text-anchor="{anchor}"'
        f' fill="{INK}">{escape(text)}</text>'
    )


def _svg(width: int, height: int, parts: Iterable[str]) -> str:
    body = "".join(parts)
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{body}</svg>'
