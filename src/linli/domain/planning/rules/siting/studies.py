"""Studies of siting: what becomes of a question, and the next question when a rule has to give."""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil

from linli.domain.planning.rules.siting.problems import Origin, Relaxation, Rule, SitingProblem


class StudyState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    """Somebody stopped it; it holds the best found until then, if anything was."""
    INFEASIBLE = "infeasible"
    FAILED = "failed"
    """Something unforeseen; the job's line says more."""


ENDED = (StudyState.DONE, StudyState.STOPPED, StudyState.INFEASIBLE, StudyState.FAILED)
ANSWERED = (StudyState.DONE, StudyState.INFEASIBLE)


@dataclass(frozen=True, slots=True)
class Dot:
    """One home whose people come newly within the limit of a function."""

    at: tuple[float, float]
    people: int
    kind: str
    choice: int
    """Number of the nearest chosen place, from 0 in the order of the answer."""
    walk_m: float


@dataclass(frozen=True, slots=True)
class ClosedShortfall:
    """A shortfall that is none any more with all choices in place; ``alone``: choices each of which would do it."""

    community: int
    """Permanent id."""
    indicator: str
    people: int
    alone: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SitingGains:
    """What an answer changes, home by home."""

    dots: tuple[Dot, ...]
    shortfalls: tuple[ClosedShortfall, ...]
    pack: str = ""
    """By which shortfalls are told; "" where nobody has run a check-up."""


class NotRelaxable(ValueError):
    """The study does not offer this."""


def relaxed(problem: SitingProblem, one: Relaxation) -> SitingProblem:
    """The problem with one rule relaxed as far as is needed, rounded up to what people would write."""
    match one.rule:
        case Rule.BUDGET:
            return _with_budget(problem, ceil(one.works_from))
        case Rule.FACILITIES:
            return replace(problem, facilities_most=ceil(one.works_from))
        case Rule.COVER_SHARE:
            return replace(problem, cover_share=max(0.001, one.works_from))
        case Rule.WALKING_LIMIT:
            functions = tuple(
                replace(each, limit_m=float(ceil(one.works_from))) if each.kind == one.place else each
                for each in problem.functions
            )
            return replace(problem, functions=functions)
        case Rule.CAPACITY:
            raise NotRelaxable(one.rule)  # more room is nothing that asking again gives


def _with_budget(problem: SitingProblem, fen: int) -> SitingProblem:
    """A total of so much; the budgets of years grow in proportion, in whole fen, so that they add up to no less."""
    if not problem.budgets_fen:
        return replace(problem, budget_fen=fen)
    together = sum(problem.budgets_fen)
    if together >= fen:
        return replace(problem, budget_fen=None if problem.budget_fen is None else max(fen, problem.budget_fen))
    grown = tuple(-(-each * fen // max(together, 1)) if together else -(-fen // problem.years)
                  for each in problem.budgets_fen)  # fmt: skip
    return replace(problem, budget_fen=None if problem.budget_fen is None else fen, budgets_fen=grown)


def is_drawn(problem: SitingProblem, candidate: str) -> bool:
    """Whether the candidate is a point that somebody drew, and no record."""
    return any(one.key == candidate and one.origin is Origin.POINT for one in problem.candidates)
