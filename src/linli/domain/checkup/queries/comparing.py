"""Two rounds side by side: what moved and why; two standards over the same data."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from linli.domain.checkup import models
from linli.domain.checkup.queries.results import CommunityValue, ResultValue, communities, results
from linli.domain.checkup.queries.rounds import RoundValue, kept_pack, round_by_id, value, visible
from linli.domain.checkup.rules import Value
from linli.domain.people.rules import Scope
from linli.domain.standards.rules import Indicator, Pack, Quantity, QuantityKind


class Cause(StrEnum):
    """What moved a figure."""

    DATA = "data"
    """Another edition of the district."""
    ANSWERS = "answers"
    """Other reports, evidence or survey answers."""
    FIGURES = "figures"
    """Other thresholds, limits or indicators in the pack, or another day for them."""
    METHOD = "method"
    SEVERAL = "several"
    """More than one of these changed, and no recomputed round tells them apart."""


@dataclass(frozen=True, slots=True)
class Move:
    """One indicator in one community that is not as it was; None where a round did not measure it."""

    community: int
    indicator: str
    before: ResultValue | None
    after: ResultValue | None
    cause: Cause


@dataclass(frozen=True, slots=True)
class GradeMove:
    community: int
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class RoundComparison:
    before: RoundValue
    after: RoundValue
    changed: frozenset[Cause]
    """What differs between the inputs of the two rounds, whether it moved anything or not."""
    moves: tuple[Move, ...]
    grades: tuple[GradeMove, ...]


@dataclass(frozen=True, slots=True)
class StandardsRow:
    """One community by two standards."""

    first: CommunityValue
    second: CommunityValue


@dataclass(frozen=True, slots=True)
class StandardsComparison:
    first: RoundValue
    second: RoundValue
    same_data: bool
    """Whether both rounds rest on the same edition and the same reports; otherwise data, too, makes a difference."""
    rows: tuple[StandardsRow, ...]
    alike: tuple[tuple[str, str], ...]
    """Indicators (first, second) that measure the same thing, so that only their figures differ."""


class NotComparable(Exception):
    """The rounds are of different districts, or, where one standard is asked for, of different packs."""


def compare_rounds(scope: Scope, before: int, after: int) -> RoundComparison:
    """What moved between two rounds of one pack, and whether data, answers, figures or method moved it.

    Where both data and method changed, a round that recomputes the older one by the newer method tells them apart.

    Raises
    ------
    NoSuchRound, NotComparable
    """
    one, two = round_by_id(scope, before), round_by_id(scope, after)
    if (one.district, one.pack_key) != (two.district, two.pack_key):
        raise NotComparable(before, after)
    seen = visible(scope, one) | visible(scope, two)
    packs = kept_pack(before), kept_pack(after)
    old = {(r.community, r.indicator): r for r in results(one, packs[0], seen)}
    new = {(r.community, r.indicator): r for r in results(two, packs[1], seen)}
    changed = _changed(one, two)
    judge = _Judge(packs, changed, _bridge(one, two, seen))
    moves = [
        Move(*key, old.get(key), new.get(key), judge.cause(key, old.get(key), new.get(key)))
        for key in dict.fromkeys([*old, *new])
        if _moved(old.get(key), new.get(key))
    ]
    return RoundComparison(one, two, changed, tuple(moves), _grade_moves(scope, before, after))


def compare_standards(scope: Scope, first: int, second: int) -> StandardsComparison:
    """The communities of one district by two standards.

    Raises
    ------
    NoSuchRound, NotComparable
    """
    one, two = round_by_id(scope, first), round_by_id(scope, second)
    if one.district != two.district:
        raise NotComparable(first, second)
    others = {c.place: c for c in communities(scope, second)}
    rows = [StandardsRow(c, others[c.place]) for c in communities(scope, first) if c.place in others]
    same = one.edition_fingerprint == two.edition_fingerprint and one.answers_fingerprint == two.answers_fingerprint
    return StandardsComparison(one, two, same, tuple(rows), _alike(kept_pack(first), kept_pack(second)))


def _changed(one: RoundValue, two: RoundValue) -> frozenset[Cause]:
    pairs = {
        Cause.DATA: (one.edition_fingerprint, two.edition_fingerprint),
        Cause.ANSWERS: (one.answers_fingerprint, two.answers_fingerprint),
        Cause.FIGURES: (one.pack_fingerprint, two.pack_fingerprint),
        Cause.METHOD: (one.method, two.method),
    }
    return frozenset(cause for cause, (a, b) in pairs.items() if a != b)


def _moved(old: ResultValue | None, new: ResultValue | None) -> bool:
    if old is None or new is None:
        return True
    return (old.value.number, old.value.missing, old.state) != (new.value.number, new.value.missing, new.state)


def _bridge(one: RoundValue, two: RoundValue, seen: frozenset[int]) -> Mapping[tuple[int, str], ResultValue] | None:
    """Results of the older inputs by the newer method, if that was ever computed."""
    same = models.Round.objects.filter(inputs=one.inputs, method=two.method).exclude(pk__in=[one.id, two.id])
    row = same.select_related("pack").order_by("-id").first()
    if row is None:
        return None
    return {(r.community, r.indicator): r for r in results(value(row), kept_pack(row.pk), seen)}


class _Judge:
    """Tells what moved a figure from what changed among the inputs."""

    def __init__(
        self,
        packs: tuple[Pack, Pack],
        changed: frozenset[Cause],
        bridge: Mapping[tuple[int, str], ResultValue] | None,
    ) -> None:
        self.changed = changed
        self.bridge = bridge
        self.before = {i.key: i for i in packs[0].indicators}
        self.after = {i.key: i for i in packs[1].indicators}

    def cause(self, key: tuple[int, str], old: ResultValue | None, new: ResultValue | None) -> Cause:
        one, two = self.before.get(key[1]), self.after.get(key[1])
        if one is None or two is None or one.measure != two.measure:
            return Cause.FIGURES
        if old is None or new is None:
            return Cause.DATA if Cause.DATA in self.changed else Cause.FIGURES
        possible = set(self.changed)
        if (old.value.number, old.value.missing) == (new.value.number, new.value.missing):
            # The same figure in another state: other thresholds or types, or another way to judge.
            possible -= {Cause.ANSWERS}
            if one.thresholds == two.thresholds and one.types == two.types:
                possible -= {Cause.FIGURES}
        else:
            possible &= _sources(two, old.value, new.value) | {Cause.METHOD}
        if Cause.METHOD in possible and len(possible) > 1 and self.bridge is not None and key in self.bridge:
            half = self.bridge[key]
            if not _moved(half, new):
                return Cause.METHOD
            if not _moved(old, half):
                possible -= {Cause.METHOD}
        return next(iter(possible)) if len(possible) == 1 else Cause.SEVERAL


def _sources(indicator: Indicator, old: Value, new: Value) -> set[Cause]:
    """Whether places or reports can have moved the figure; of a quotient, by the part of it that moved."""
    measure = indicator.measure
    if not measure.questions:
        return {Cause.DATA}
    if not measure.quantities or all(q.kind is QuantityKind.ANSWER for q in measure.quantities):
        return {Cause.ANSWERS}
    parts = {"numerator": measure.parameters.get("numerator", measure.parameters.get("of"))}
    parts["denominator"] = measure.parameters.get("denominator")
    moved = {name for name in parts if getattr(old, name) != getattr(new, name)}
    if old.number is None or new.number is None or not moved:
        return {Cause.DATA, Cause.ANSWERS}
    return {
        Cause.ANSWERS if isinstance(of, Quantity) and of.kind is QuantityKind.ANSWER else Cause.DATA
        for name, of in parts.items()
        if name in moved
    }


def _grade_moves(scope: Scope, before: int, after: int) -> tuple[GradeMove, ...]:
    old = {c.place: c.grade for c in communities(scope, before)}
    new = {c.place: c.grade for c in communities(scope, after)}
    both = [place for place in new if place in old]
    return tuple(GradeMove(place, old[place], new[place]) for place in both if old[place] != new[place])


def _alike(one: Pack, two: Pack) -> tuple[tuple[str, str], ...]:
    pairs = []
    for first in one.indicators:
        for second in two.indicators:
            a, b = first.measure, second.measure
            if (a.kind, a.unit, a.parameters) == (b.kind, b.unit, b.parameters):
                pairs.append((first.key, second.key))
    return tuple(pairs)
