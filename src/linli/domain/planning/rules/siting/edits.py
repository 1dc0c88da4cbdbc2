"""From places of an answer to edits of a scenario, so that their whole effect can be seen."""

from collections.abc import Sequence

from linli.domain.planning.rules.scenarios.edits import Edit, EditKind
from linli.domain.planning.rules.siting.problems import Candidate, Choice, Function, Origin, SitingProblem


def edits_of(problem: SitingProblem, choices: Sequence[Choice]) -> tuple[Edit, ...]:
    """Idle premises become the facility that is wanted; elsewhere one is added. A place counts its cost once."""
    candidates = {one.key: one for one in problem.candidates}
    functions = {one.kind: one for one in problem.functions}
    return tuple(
        _edit(candidates[choice.candidate], functions[kind], choice, is_first=n == 0)
        for choice in choices
        for n, kind in enumerate(choice.functions)
    )


def _edit(candidate: Candidate, function: Function, choice: Choice, *, is_first: bool) -> Edit:
    # Premises become one facility; what shares them is added at the same spot.
    converts = candidate.origin is Origin.PREMISES and is_first
    return Edit(
        kind=EditKind.CONVERT_PREMISES if converts else EditKind.ADD_FACILITY,
        line=() if converts else (candidate.at,),
        target=candidate.key if converts else "",
        facility_kind=function.kind,
        capacity=candidate.capacity if candidate.capacity is not None else function.capacity,
        area_m2=function.area_m2 or None,
        cost_fen=choice.cost_fen if is_first else 0,
    )
