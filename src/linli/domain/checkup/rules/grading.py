"""From findings to a grade, with the reasons an officer can read out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from linli.domain.checkup.rules.findings import Finding, GradeReason, GradeReasonKind, Verdict
from linli.domain.standards.rules import Bar, Grade, Indicator, Pack, Requirement

ANY_TYPE = ""
"""Key under which a grade sets its scenes for types that it does not name, and for packs that know no types."""


@dataclass(frozen=True, slots=True)
class _Demand:
    """What a grade asks of one scene from a community, all its types taken together."""

    requirement: Requirement
    types: tuple[str, ...]
    """The types that ask so."""
    certain: bool
    """False where the types are unknown and not all would ask so."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    grade: Grade
    reached: bool | None
    defined: bool
    """Whether the text asks for any scene at this grade from these types."""
    first: _Outcome | None = None
    """Of the other grade that has to be reached too."""
    extra: GradeReason | None = None
    """What is missing in further scenes."""


def grade(findings: Sequence[Finding], pack: Pack, types: frozenset[str], *, community: int = -1) -> Verdict:
    """The grade that a community reaches by its findings, and what stands before the next one.

    Parameters
    ----------
    findings : one for each indicator of the pack that was measured there; one that another place added has none
    types : the pack's types of the community's compounds; several in a mixed community, none where none is recorded

    A scene is required where any of the types requires it. A scene that the text leaves unset neither requires nor
    excuses; a grade for which the text asks nothing of these types cannot be told to be reached. An indicator of a
    required scene counts unless it is guiding; where it cannot be assessed, a grade that needs it cannot be told, but a
    lower grade that is certain stands.
    """
    return Grader(pack, types).verdict(findings, community=community)


class Grader:
    """``grade`` for many communities of the same types: what a grade asks of them is worked out once."""

    def __init__(self, pack: Pack, types: frozenset[str]) -> None:
        self.pack = pack
        self.present = types & frozenset(t.key for t in pack.types)
        self.indicators = {i.key: i for i in pack.indicators}
        self.demands = {
            rung.key: {scene.key: _demand(pack, rung, scene.key, self.present) for scene in pack.scenes}
            for rung in pack.grades
        }
        self.explanations = {rung.key: _explanation(self, rung) for rung in pack.grades}

    def verdict(self, findings: Sequence[Finding], *, community: int = -1) -> Verdict:
        """The grade by the findings of one community, and what stands before the next one."""
        board = _Board(self, findings)
        outcomes: dict[str, _Outcome] = {}
        for rung in sorted(self.pack.grades, key=lambda g: -g.rank):
            outcomes[rung.key] = _outcome(board, rung, outcomes)
        return _verdict(board, community, outcomes)


def _verdict(board: _Board, community: int, outcomes: Mapping[str, _Outcome]) -> Verdict:
    ladder = sorted(outcomes.values(), key=lambda o: -o.grade.rank)
    reached = [o for o in ladder if o.reached]
    current = reached[-1] if reached else None
    if current is None and _is_open(ladder):
        key: str | None = None
    else:
        key = current.grade.key if current else ""
    following = _next(ladder, current)
    reasons = _reasons(board, ladder, current, following, key)
    return Verdict(community, key, following.grade.key if following else "", reasons)


def _reasons(
    board: _Board, ladder: list[_Outcome], current: _Outcome | None, following: _Outcome | None, key: str | None
) -> tuple[GradeReason, ...]:
    """Why this grade, then what the next one needs."""
    grader = board.grader
    said: list[GradeReason] = []
    if grader.pack.types and not grader.present:
        said.append(GradeReason(GradeReasonKind.TYPE_UNKNOWN, key or ""))
    if current:
        said += grader.explanations[current.grade.key]
    elif key is None:
        said += [_not_defined(board, o) for o in ladder if not o.defined and o.reached is None and o is not following]
    if following:
        said += grader.explanations[following.grade.key] if following.defined else ()
        said += _obstacles(board, following)
    return tuple(said)


def requirements(pack: Pack, grade_key: str, types: frozenset[str]) -> Mapping[str, bool | None]:
    """Scene → whether the grade requires it of communities of these types; None where the text leaves it unset."""
    rung = next((g for g in pack.grades if g.key == grade_key), None)
    if rung is None:
        return {}
    present = types & frozenset(t.key for t in pack.types)
    answer = {
        Requirement.REQUIRED: True,
        Requirement.OPTIONAL: False,
        Requirement.NOT_REQUIRED: False,
        Requirement.UNSET: None,
    }
    demands = {scene.key: _demand(pack, rung, scene.key, present) for scene in pack.scenes}
    return {scene: answer[d.requirement] if d.certain else None for scene, d in demands.items()}


def with_requirements(
    findings: Sequence[Finding], pack: Pack, verdict: Verdict, types: frozenset[str]
) -> list[Finding]:
    """The findings, each marked with whether the grade next above requires it."""
    scenes = requirements(pack, verdict.next_grade or verdict.grade or "", types)
    asked = {i.key: _is_required(i, scenes) for i in pack.indicators}
    return [_asking(f, asked[f.indicator]) for f in findings]


def _asking(f: Finding, required: bool | None) -> Finding:
    # Thousands of findings pass here in one check-up; dataclasses.replace takes ten times as long.
    if f.required is required:
        return f
    return Finding(
        f.community,
        f.indicator,
        f.value,
        f.state,
        f.reason,
        f.marked,
        f.thresholds,
        required,
        f.at_minimum,
        f.at_target,
    )


def _is_required(indicator: Indicator, scenes: Mapping[str, bool | None]) -> bool | None:
    asked = scenes.get(indicator.scene)
    return False if asked and not indicator.binding.counts else asked


def _is_open(ladder: list[_Outcome]) -> bool:
    """Whether some grade may yet be reached.

    One that the text does not define is no way past a lower one that failed.
    """
    failed = False
    for outcome in ladder:
        if outcome.reached is None and (outcome.defined or not failed):
            return True
        failed = failed or outcome.reached is False
    return False


def _next(ladder: list[_Outcome], current: _Outcome | None) -> _Outcome | None:
    above = [o for o in ladder if current is None or o.grade.rank < current.grade.rank]
    defined = [o for o in above if o.defined]
    return next(iter(defined or above), None)


class _Board:
    """The findings of one community by scene; alternatives stand together."""

    __slots__ = ("_counting", "_guiding", "_states", "grader")

    def __init__(self, grader: Grader, findings: Sequence[Finding]) -> None:
        self.grader = grader
        self._counting: dict[str, dict[str, list[Finding]]] = {}
        self._guiding: dict[str, dict[str, list[Finding]]] = {}
        self._states: dict[tuple[str, Bar], list[tuple[list[Finding], bool | None]]] = {}
        for finding in findings:
            indicator = grader.indicators[finding.indicator]
            if indicator.types and grader.present and not indicator.types & grader.present:
                continue
            board = self._counting if indicator.binding.counts else self._guiding
            mark = indicator.either or f"\0{indicator.key}"
            board.setdefault(indicator.scene, {}).setdefault(mark, []).append(finding)

    def states(self, scene: str, bar: Bar) -> list[tuple[list[Finding], bool | None]]:
        """The alternatives that count, and whether one of each reaches the bar.

        A scene of guiding indicators only is answered by these.
        """
        known = self._states.get((scene, bar))
        if known is None:
            groups = self._counting.get(scene) or self._guiding.get(scene, {})
            known = [(group, _any_at(group, bar)) for group in groups.values()]
            self._states[scene, bar] = known
        return known


def _any_at(alternatives: Sequence[Finding], bar: Bar) -> bool | None:
    states = [f.at_minimum if bar is Bar.MINIMUM else f.at_target for f in alternatives]
    return True if True in states else None if None in states else False


def _scene_reached(board: _Board, scene: str, bar: Bar) -> bool | None:
    states = [state for _, state in board.states(scene, bar)]
    return False if False in states else None if None in states or not states else True


def _demand(pack: Pack, rung: Grade, scene: str, present: frozenset[str]) -> _Demand:
    asked = {t: _requirement(rung, t, scene) for t in (sorted(present) or [t.key for t in pack.types] or [ANY_TYPE])}
    for requirement in (Requirement.REQUIRED, Requirement.UNSET, Requirement.OPTIONAL, Requirement.NOT_REQUIRED):
        types = tuple(t for t, r in asked.items() if r is requirement)
        if types:
            certain = bool(present) or not pack.types or len(types) == len(asked)
            return _Demand(requirement, types, certain)
    return _Demand(Requirement.UNSET, (), True)


def _requirement(rung: Grade, kind: str, scene: str) -> Requirement:
    return rung.requirement(kind if kind in rung.scenes else ANY_TYPE, scene)


_EXPLAINS = {
    Requirement.OPTIONAL: GradeReasonKind.SCENE_OPTIONAL,
    Requirement.NOT_REQUIRED: GradeReasonKind.SCENE_NOT_REQUIRED,
    Requirement.UNSET: GradeReasonKind.SCENE_UNSET,
}


def _outcome(board: _Board, rung: Grade, lower: Mapping[str, _Outcome]) -> _Outcome:
    first = lower.get(rung.above)
    required = _required(board, rung)
    if not required:
        # What the text leaves out is no demand that could be met, and no failure either.
        return _Outcome(rung, False if first and first.reached is False else None, False, first)
    parts: list[bool | None] = []
    for scene, demand in required.items():
        reached = _scene_reached(board, scene, rung.bar)
        # A scene that only some possible types would require cannot fail a community whose type is unknown.
        parts.append(reached if reached or demand.certain else None)
    if first:
        parts.append(first.reached)
    extra, missing = _extra_scenes(board, rung, first) if rung.extra_scenes else (True, None)
    parts.append(extra)
    return _Outcome(rung, False if False in parts else None if None in parts else True, True, first, missing)


def _required(board: _Board, rung: Grade) -> dict[str, _Demand]:
    demands = board.grader.demands[rung.key]
    return {scene: demand for scene, demand in demands.items() if demand.requirement is Requirement.REQUIRED}


def _not_defined(board: _Board, outcome: _Outcome) -> GradeReason:
    types = ",".join(sorted(board.grader.present))
    return GradeReason(GradeReasonKind.NOT_DEFINED, outcome.grade.key, type=types)


def _obstacles(board: _Board, outcome: _Outcome) -> list[GradeReason]:
    """What stands before a grade, headed by how many indicators that is."""
    rung, first = outcome.grade, outcome.first
    if not outcome.defined:
        return [_not_defined(board, outcome)]
    said = []
    if first and not first.reached:
        said.append(GradeReason(GradeReasonKind.LOWER_GRADE_FIRST, rung.key, scene=first.grade.key))
    for scene in _required(board, rung):
        said += _scene_obstacles(board, rung, scene)
    if outcome.extra:
        said.append(outcome.extra)
    return [*_heads(rung, said), *said]


def _explanation(grader: Grader, rung: Grade) -> tuple[GradeReason, ...]:
    said = []
    own = {scene.key for scene in grader.pack.scenes if scene.local_to is not None}
    for scene, demand in grader.demands[rung.key].items():
        types = ",".join(demand.types)
        if scene in own:
            continue
        if demand.requirement is not Requirement.REQUIRED:
            said.append(GradeReason(_EXPLAINS[demand.requirement], rung.key, scene=scene, type=types))
        elif len(demand.types) < len(grader.present):
            said.append(GradeReason(GradeReasonKind.SCENE_REQUIRED, rung.key, scene=scene, type=types))
    return tuple(said)


def _scene_obstacles(board: _Board, rung: Grade, scene: str) -> list[GradeReason]:
    groups = board.states(scene, rung.bar)
    if not groups:
        return [GradeReason(GradeReasonKind.SCENE_EMPTY, rung.key, scene=scene)]
    kinds = {False: GradeReasonKind.INDICATOR_SHORT, None: GradeReasonKind.INDICATOR_UNKNOWN}
    return [
        GradeReason(kinds[state], rung.key, scene=scene, indicator=",".join(f.indicator for f in group))
        for group, state in groups
        if not state
    ]


def _extra_scenes(board: _Board, rung: Grade, first: _Outcome | None) -> tuple[bool | None, GradeReason | None]:
    """Scenes reached beyond those that the other grade requires; a community's own scenes count."""
    grader = board.grader
    below = grader.demands[first.grade.key] if first else {}
    asked = {scene for scene, demand in below.items() if demand.requirement is Requirement.REQUIRED}
    states = [
        _scene_reached(board, s.key, rung.bar)
        for s in grader.pack.scenes
        if s.key not in asked and (s.local_to is None or board.states(s.key, rung.bar))
    ]
    sure, possible = states.count(True), states.count(True) + states.count(None)
    if sure >= rung.extra_scenes:
        return True, None
    missing = rung.extra_scenes - sure
    if possible >= rung.extra_scenes:
        return None, GradeReason(GradeReasonKind.EXTRA_SCENES_UNKNOWN, rung.key, count=missing)
    return False, GradeReason(GradeReasonKind.EXTRA_SCENES_SHORT, rung.key, count=missing)


def _heads(rung: Grade, obstacles: Sequence[GradeReason]) -> list[GradeReason]:
    """How many indicators fall short and how many cannot be assessed; a single one is named."""
    heads = []
    for kind, head in (
        (GradeReasonKind.INDICATOR_SHORT, GradeReasonKind.SHORT_BY),
        (GradeReasonKind.INDICATOR_UNKNOWN, GradeReasonKind.UNKNOWN_BY),
    ):
        found = [o for o in obstacles if o.kind == kind]
        if found:
            only = found[0] if len(found) == 1 else GradeReason(head, rung.key)
            heads.append(GradeReason(head, rung.key, scene=only.scene, indicator=only.indicator, count=len(found)))
    return heads
