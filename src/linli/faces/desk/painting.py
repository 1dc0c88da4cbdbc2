"""Colors and legends of the district map: by grade, by an indicator's state, or by its figure in five steps."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from linli.domain.checkup.queries import CommunityValue, ResultValue
from linli.domain.checkup.rules import State
from linli.domain.standards.rules import Indicator, MeasureKind
from linli.faces.components import colors as grade_colors
from linli.faces.components import words

UNTOLD = "untold"
STATES = {State.MET: "#7bb89a", State.BELOW_TARGET: "#f3c969", State.BELOW_MINIMUM: "#dd7f6d"}
STEPS = ("#e6f0ee", "#b5d6d0", "#7fb8af", "#438f85", "#00695c")
"""Five steps from light to dark."""
DISTANCE_STEPS_M = (100, 200, 300, 500, 800)
DISTANCE_COLORS = ("#00695c", "#5aa79b", "#b9d8a8", "#f7dc8b", "#ee9f5b", "#c8442f")


@dataclass(frozen=True, slots=True)
class Paint:
    """``classes`` maps a community's code to its class and label; ``colors`` a class to its color."""

    title: str
    classes: Mapping[str, Mapping[str, str]]
    colors: Mapping[str, str]
    legend: tuple[Mapping[str, Any], ...]


def by_grade(
    communities: Sequence[CommunityValue], grades: Mapping[str, str], *, title: str, untold: str, none: str
) -> Paint:
    """``grades`` are keys and names, highest first."""
    colors = grade_colors.of_grades(grades) | {"none": grade_colors.NONE_REACHED}
    names = {**grades, "none": none, UNTOLD: untold}
    of = {c.code: UNTOLD if c.grade is None else c.grade or "none" for c in communities}
    return _paint(title, of, colors, names)


def by_state(rows: Sequence[tuple[CommunityValue, ResultValue]], *, title: str) -> Paint:
    colors = {state.value: color for state, color in STATES.items()}
    names = {state.value: words.state(state) for state in STATES} | {UNTOLD: words.state(State.NOT_ASSESSABLE)}
    of = {c.code: UNTOLD if r.state is State.NOT_ASSESSABLE else r.state.value for c, r in rows}
    return _paint(title, of, colors, names)


def by_figure(rows: Sequence[tuple[CommunityValue, ResultValue]], indicator: Indicator, *, title: str) -> Paint:
    """Five steps with round limits; a figure that cannot be told is hatched, even where a state can."""
    known = {c.code: r.value.number for c, r in rows if r.value.number is not None and np.isfinite(r.value.number)}
    if not known or indicator.measure.kind is MeasureKind.YES_NO:
        return by_state(rows, title=title)
    limits = _limits(list(known.values()), indicator.measure.unit)
    colors = {str(n): STEPS[n] for n in range(len(limits) + 1)}
    symbol = words.unit(indicator.measure.unit)
    names = {str(n): _span(limits, n, symbol) for n in range(len(limits) + 1)} | {
        UNTOLD: words.state(State.NOT_ASSESSABLE)
    }
    of = {
        c.code: str(int(np.searchsorted(limits, known[c.code], side="right"))) if c.code in known else UNTOLD
        for c, _ in rows
    }
    return _paint(title, of, colors, names)


def _paint(title: str, of: Mapping[str, str], colors: Mapping[str, str], names: Mapping[str, str]) -> Paint:
    counts = Counter(of.values())
    legend = [
        {"color": colors.get(key, ""), "hatch": key == UNTOLD, "label": name, "count": counts[key]}
        for key, name in names.items()
        if counts[key] or key in colors
    ]
    classes = {code: {"class": key, "label": names[key]} for code, key in of.items()}
    return Paint(title, classes, colors, tuple(legend))


def _limits(figures: list[float], unit: str) -> list[float]:
    """Four round limits: fifths of a hundred for shares, else round numbers near the quintiles."""
    if unit == "%":
        return [20.0, 40.0, 60.0, 80.0]
    quintiles = np.quantile(figures, [0.2, 0.4, 0.6, 0.8])
    return sorted({_rounded(float(each)) for each in quintiles})


def _rounded(figure: float) -> float:
    """To one significant digit, or two below twenty of its power of ten."""
    if figure == 0:
        return 0.0
    power = 10.0 ** np.floor(np.log10(abs(figure)))
    step = power / 10 if abs(figure) / power < 2 else power / 2
    return float(round(figure / step) * step)


def _span(limits: Sequence[float], n: int, unit: str) -> str:
    if n == 0:
        return f"< {limits[0]:g} {unit}"
    if n == len(limits):
        return f"≥ {limits[-1]:g} {unit}"
    return f"{limits[n - 1]:g}–{limits[n]:g} {unit}"
