"""What tests of packs share: the packs as written or with the demo's figures, and a worked example judged."""

from datetime import date
from fractions import Fraction

from linli.domain.checkup import rules as checkup
from linli.domain.standards import queries
from linli.domain.standards.rules import Bar, Confidence, Indicator, Pack, Threshold
from linli.domain.standards.rules.local import LocalFigure, merged
from linli.domain.standards.rules.reading import DemoFigure, Example
from linli.domain.standards.rules.reading.indicators import threshold_key

DAY = date(2026, 6, 30)


def with_demo_figures(pack: Pack) -> Pack:
    """The pack as it stands once the demo's figures are on record."""
    overlay = queries.demo_overlay()
    mine = [figure for figure in overlay.figures if figure.pack == pack.key]
    figures = [_on_record(n, figure, overlay.valid_from) for n, figure in enumerate(mine, 1)]
    return merged(pack, figures, (), (), queries.vocabulary())


def _on_record(number: int, figure: DemoFigure, day: date) -> LocalFigure:
    threshold = Threshold(
        key=threshold_key(figure.indicator, figure.bar, figure.types),
        bar=figure.bar,
        comparison=figure.comparison,
        value=figure.value,
        value_to=None,
        unit=figure.unit,
        confidence=Confidence.CONFIRMED,
        source="",
        clause="演示值",
        valid_from=day,
        types=figure.types,
        demo=True,
    )
    return LocalFigure(number, figure.indicator, threshold, "演示值", 0)


def pack_of(example: Example) -> Pack:
    pack = queries.pack(example.pack, day=example.day, local=False)
    return with_demo_figures(pack) if example.figures == "demo" else pack


def judged(example: Example, pack: Pack) -> tuple[dict[str, checkup.Finding], checkup.Verdict]:
    """Findings by indicator and the grade of the one community that the example describes."""
    findings = {}
    for indicator in pack.indicators:
        figures = checkup.figures_in_force(indicator, example.types, example.day)
        findings[indicator.key] = checkup.judge(figures, _value(indicator, example))
    return findings, checkup.grade(list(findings.values()), pack, example.types)


def _value(indicator: Indicator, example: Example) -> checkup.Value:
    number = example.values.get(indicator.key) if indicator.key in example.values else _rest(indicator, example)
    return checkup.Value(
        number=None if number is None else float(number),
        numerator=None,
        denominator=None,
        unit=indicator.measure.unit,
        estimated=False,
        lower_bound=indicator.key in example.incomplete,
        missing=checkup.Reason.DATA_MISSING if number is None else None,
        lower_is_better=indicator.measure.kind.value == "distance",
    )


def _rest(indicator: Indicator, example: Example) -> Fraction | None:
    if example.rest == "missing":
        return None
    first, second = (Bar.MINIMUM, Bar.TARGET) if example.rest == "at_minimum" else (Bar.TARGET, Bar.MINIMUM)
    for bar in (first, second):
        for threshold in indicator.thresholds:
            if threshold.bar is bar and (not threshold.types or threshold.types & example.types):
                return threshold.value
    return Fraction(100) if indicator.measure.unit == "%" else Fraction(1)


def all_packs() -> list[Pack]:
    return [queries.pack(key, day=DAY, local=False) for key in queries.packs()]
