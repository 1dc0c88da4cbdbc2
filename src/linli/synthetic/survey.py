"""Made-up answers of a baseline survey: plausible, seeded, better in some communities than in others, not complete."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from linli.domain.places.rules.situation import Situation
from linli.domain.standards.rules import Pack, Question, QuestionKind
from linli.domain.standards.rules.reading import DemoAnswer
from linli.synthetic.drawing import stream
from linli.synthetic.standing import standing

Floats = NDArray[np.float64]
SILENT_SHARE = 0.02
"""Communities that have not reported at all."""
CARELESS_SHARE = 0.2
"""Communities in which some of this is missing."""
MISSING_SHARE = 0.06
UNPROVED_SHARE = 0.08
"""Answers of yes for which nobody handed in a photo or document."""
_OWN = 0.85
"""How much of an answer the community's standing explains; the rest is luck."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What was reported: a number; 1 or 0; or those satisfied of those asked."""

    numerator: float
    denominator: float | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """One community's answers, by question, and the questions of which there is proof."""

    community: int
    """Index in the situation."""
    figures: Mapping[str, Figure]
    proved: frozenset[str]


def answers(
    seed: int, situation: Situation, ranges: Iterable[DemoAnswer], questions: Iterable[Question], *, wave: int
) -> tuple[Answered, ...]:
    """The answers of every community that reports.

    In each ``wave`` after the first a third of the communities has become better; what did not change stays the same.
    """
    rng = stream(seed, "survey")
    count = len(situation.areas.code)
    good = standing(seed, is_new(situation))
    for _ in range(wave):
        good = good + 0.7 * (rng.random(count) < 1 / 3)
    # Luck is drawn from a stream of its own, or it would differ from wave to wave.
    luck = stream(seed, "luck")
    silent = luck.random(count) < SILENT_SHARE
    careless = luck.random(count) < CARELESS_SHARE
    kinds = {question.key: question.kind for question in questions}
    known = _stocks(situation)
    columns: dict[str, list[Figure | None]] = {}
    for spread in ranges:
        place = ndtr(_OWN * good + np.sqrt(1 - _OWN**2) * luck.normal(size=count))
        given = ~careless | (luck.random(count) >= MISSING_SHARE)
        numbers, columns[spread.question] = _column(spread, kinds[spread.question], place, known, given & ~silent, luck)
        known[spread.question] = numbers
    unproved = careless[:, None] & (luck.random((count, len(columns))) < UNPROVED_SHARE)
    return tuple(_answered(n, columns, unproved[n]) for n in range(count) if not silent[n])


def proofs(packs: Iterable[Pack]) -> dict[str, frozenset[str]]:
    """For each question that a yes must be proved for: by what."""
    wanted: dict[str, frozenset[str]] = {}
    for pack in packs:
        for indicator in pack.indicators:
            kinds = cast(tuple[str, ...], indicator.measure.parameters.get("evidence", ()))
            for question in indicator.measure.questions if kinds else ():
                wanted[question] = wanted.get(question, frozenset()) | frozenset(kinds)
    return wanted


def _column(
    spread: DemoAnswer,
    kind: QuestionKind,
    place: Floats,
    known: Mapping[str, Floats],
    given: NDArray[np.bool_],
    luck: np.random.Generator,
) -> tuple[Floats, list[Figure | None]]:
    """Numbers of all communities, and what they report."""
    low, high = float(spread.low), float(spread.high)
    if kind is QuestionKind.YES_NO:
        numbers = (1 - place < (low + high) / 2).astype(np.float64)
        return numbers, [Figure(float(n)) if said else None for n, said in zip(numbers, given, strict=True)]
    numbers = low + place * (high - low)
    if kind is QuestionKind.SATISFACTION:
        asked = luck.integers(32, 161, place.size)
        satisfied = np.round(numbers * asked)
        pairs = zip(satisfied.tolist(), asked.tolist(), given, strict=True)
        return numbers, [Figure(float(yes), float(all_)) if said else None for yes, all_, said in pairs]
    if spread.share_of:
        numbers = numbers * known[spread.share_of]
    numbers = np.round(numbers)
    given = given & np.isfinite(numbers)
    return numbers, [Figure(float(n)) if said else None for n, said in zip(numbers, given, strict=True)]


def _answered(community: int, columns: Mapping[str, list[Figure | None]], unproved: NDArray[np.bool_]) -> Answered:
    figures = {question: column[community] for question, column in columns.items()}
    given = {question: figure for question, figure in figures.items() if figure is not None}
    bare = {question for question, without in zip(columns, unproved, strict=True) if without}
    return Answered(community, given, frozenset(given) - bare)


def is_new(situation: Situation) -> NDArray[np.bool_]:
    """Communities of nothing but new compounds."""
    compounds = situation.compounds
    older = np.array([bool(kind) and kind != "new_build" for kind in compounds.type]) & (compounds.community >= 0)
    return np.bincount(compounds.community[older], minlength=len(situation.areas.code)) == 0


def _stocks(situation: Situation) -> dict[str, Floats]:
    """What each community consists of, as far as answers are shares of it."""
    homes, count = situation.buildings, len(situation.areas.code)
    at = homes.residential & (homes.community >= 0)

    def total(weight: NDArray[np.generic]) -> Floats:
        values = np.maximum(np.nan_to_num(np.asarray(weight, dtype=np.float64)[at]), 0.0)
        return np.bincount(homes.community[at], weights=values, minlength=count).astype(np.float64)

    compounds = situation.compounds.community
    return {
        "households": total(homes.households),
        "dwellings": total(homes.dwellings),
        "floor_area_m2": total(homes.floor_area_m2),
        "residential_buildings": total(np.ones(homes.community.size)),
        "compounds": np.bincount(compounds[compounds >= 0], minlength=count).astype(np.float64),
        "land_area_m2": situation.areas.area_m2,
    }
