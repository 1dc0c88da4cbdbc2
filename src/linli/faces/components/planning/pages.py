"""What the printed pages of planning share: the frame, tables, figures in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite, isnan
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.faces.components.drawing import Shape

Part = dict[str, Any]
GAIN, LOSS, EDIT, LAND, SHOWN = "#1f7a5c", "#c8442f", "#8a4fbf", "#eef2f1", "#9aa8a4"
SYNTHETIC = "所用数据为合成数据,用于演示,不代表任何真实地方的情况。"
LINES_SHOWN = 25


@dataclass(frozen=True, slots=True)
class Page:
    """What stands in the frame of the pages."""

    district: str
    basis: str
    """On what it was computed: edition or fingerprint, standard, day."""
    synthetic: bool
    printed_at: datetime
    outlines: NDArray[np.object_]
    """Communities in WGS 84, the ground of the map."""


def frame(page: Page, title: str, subtitle: str, parts: Sequence[Part]) -> Mapping[str, Any]:
    """The values of the template ``report``."""
    return {
        "title": f"{page.district}{title}",
        "subtitle": subtitle,
        "printed": f"打印于 {page.printed_at:%Y-%m-%d %H:%M}",
        "foot": f"邻里 · {page.basis}",
        "synthetic": page.synthetic,
        "synthetic_note": SYNTHETIC,
        "parts": list(parts),
    }


def heading(text: str) -> Part:
    return {"kind": "heading", "text": text}


def figure(value: str, unit: str, label: str) -> dict[str, str]:
    return {"value": value, "unit": unit, "label": label}


def rows_of(head: Sequence[str], align: str, widths: Sequence[float], body: Sequence[Sequence[str]], none: str) -> Part:
    """A table; without any row it says so."""
    empty = [none, *[""] * (len(head) - 1)]
    return {
        "kind": "rows",
        "head": list(head),
        "align": list(align),
        "widths": list(widths),
        "body": [list(row) for row in body] or [empty],
        "dense": True,
    }


def land(page: Page) -> list[Shape]:
    return [Shape(shape, LAND) for shape in page.outlines if shape is not None]


def around(page: Page, at: Sequence[tuple[float, float]]) -> list[Shape]:
    """The communities that hold any of the points, by name; all of them where there is none."""
    whole = land(page)
    if not at:
        return whole
    points = shapely.points(at)
    held = [shape for shape in whole if shapely.intersects(shape.geometry, points).any()]
    return held or whole


def wan(fen: float | None) -> str:
    if fen is None or not isfinite(fen):
        return "—"
    wan = fen / 1_000_000
    return f"{wan:,.0f}" if abs(wan) >= 100 or wan == int(wan) else f"{wan:,.1f}"


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "—"


def turn(before: float, after: float, digits: int) -> str:
    told = ["—" if isnan(value) else f"{value:,.{digits}f}" for value in (before, after)]
    return told[0] if told[0] == told[1] else f"{told[0]} → {told[1]}"
