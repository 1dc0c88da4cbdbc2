"""Findings as rows of pages: the figure, the bars it was held against, the reason in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from django.urls import reverse
from django.utils.translation import gettext as _

from linli.domain.checkup.queries import ResultValue
from linli.domain.checkup.rules import State
from linli.domain.standards.rules import Indicator, Pack, Source, Threshold
from linli.faces.components import words


@dataclass(frozen=True, slots=True)
class BarRow:
    """A threshold in words."""

    key: str
    name: str
    text: str
    confidence: str
    source: str
    marked: bool
    demo: bool


@dataclass(frozen=True, slots=True)
class FindingRow:
    indicator: str
    name: str
    url: str
    local: bool
    value: float | None
    unit: str
    estimated: bool
    state: State
    reason: str
    bars: tuple[BarRow, ...]


def bar(threshold: Threshold, sources: Mapping[str, Source], types: Mapping[str, str]) -> BarRow:
    source = sources.get(threshold.source)
    stated = [source.title if source else threshold.source, threshold.clause]
    cited = [*([_("演示值")] if threshold.demo else stated), threshold.valid_from.isoformat()]
    text = words.threshold(threshold)
    if threshold.types:
        text += " (" + _("、").join(types.get(key, key) for key in sorted(threshold.types)) + ")"
    return BarRow(
        key=threshold.key,
        name=words.bar(threshold.bar),
        text=text,
        confidence=words.confidence(threshold.confidence),
        source=" · ".join(part for part in cited if part),
        marked=threshold.confidence.needs_mark,
        demo=threshold.demo,
    )


def bars(indicator: Indicator, pack: Pack) -> tuple[BarRow, ...]:
    types = {kind.key: words.name(kind) for kind in pack.types}
    return tuple(bar(one, pack.sources, types) for one in indicator.thresholds)


def number(result: ResultValue) -> float | None:
    """The figure as pages show it; a distance without end is shown as none and said in words."""
    figure = result.value.number
    return figure if figure is not None and isfinite(figure) else None


def reason(result: ResultValue) -> str:
    if result.value.number is not None and not isfinite(result.value.number):
        return _("步行无法到达")
    said = words.reason(result.reason)
    if not said and result.value.lower_bound:
        return _("至少如此:该类设施未必列全")
    return said


def row(result: ResultValue, indicator: Indicator, pack: Pack, *, round: int, code: str) -> FindingRow:
    return FindingRow(
        indicator=indicator.key,
        name=f"{indicator.number} {words.name(indicator)}",
        url=reverse("desk:finding", args=[round, code, indicator.key]),
        local=indicator.local_to is not None,
        value=number(result),
        unit=words.unit(result.value.unit),
        estimated=result.value.estimated,
        state=result.state,
        reason=reason(result),
        bars=bars(indicator, pack),
    )
