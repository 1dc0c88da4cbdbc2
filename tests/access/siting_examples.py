"""How the endpoints of sitings are called. A study is about one area, and is seen by who sees that area."""

from django.utils import timezone

from access.world import World
from linli.domain.people.rules import Purpose
from linli.domain.places import queries as places
from linli.domain.planning import models, operations
from linli.domain.planning.rules.siting.keeping import problem_as_json
from linli.domain.planning.rules.siting.problems import (
    Candidate,
    Choice,
    Ending,
    Function,
    Infeasible,
    Objective,
    Origin,
    Relaxation,
    Rule,
    SitingAnswer,
    SitingProblem,
    Supply,
    SupplyWay,
)
from linli.domain.planning.rules.siting.studies import StudyState

ASKED = {"kind-0": "elder_meal", "most": "1", "objective": "maximal_covering", "origin-premises": "on"}
_WAYS = (SupplyWay(Supply.BUILD, 100),)
_SITE = Candidate("point-1", "图上第 1 点", (120.17, 30.25), Origin.POINT, _WAYS)
_PROBLEM = SitingProblem(Objective.MAXIMAL_COVERING, (Function("elder_meal", 500.0),), (_SITE,), facilities_most=1)
_CHOICE = Choice("point-1", ("elder_meal",), Supply.BUILD, 0, 100, 0, (), 1.0, "", (), 0.0)
_ANSWER = SitingAnswer(
    Objective.MAXIMAL_COVERING, (_CHOICE,), 1.0, 1.0, 0.0, Ending.PROVEN, 0.1, (), 100, (100,), (), ()
)
_REFUSAL = Infeasible((Relaxation(Rule.FACILITIES, 1, 2, True),), 0.1)


def waiting(world: World, place: int) -> int:
    """A study of an area that nobody has answered yet."""
    return world.once(("siting", place), lambda: _study(world, place))


def _study(world: World, place: int) -> int:
    edition = places.edition(world.scope(Purpose.PLANNING), world.district, number=1)
    return models.SitingStudy.objects.create(
        district_id=world.district, home_id=place, edition_id=edition.id, edition_fingerprint=edition.fingerprint,
        name="助餐点选址", day=world.day, problem=problem_as_json(_PROBLEM), limit_s=20, actor=0, channel="online",
        at=timezone.now(),
    ).pk  # fmt: skip


def _kept(world: World, place: int, answer: SitingAnswer | Infeasible) -> int:
    study = _study(world, place)
    operations.keep_answer(world.act, world.scope(Purpose.PLANNING), study, answer)
    assert models.SitingStudy.objects.get(pk=study).state != StudyState.QUEUED.value
    return study


def answered(world: World, place: int) -> int:
    return world.once(("siting answered", place), lambda: _kept(world, place, _ANSWER))


def refused(world: World, place: int) -> int:
    """One that nothing satisfies, with a rule to relax."""
    return world.once(("siting infeasible", place), lambda: _kept(world, place, _REFUSAL))


def project(world: World, place: int) -> int:
    def make() -> int:
        scope = world.scope(Purpose.PLANNING)
        study = _kept(world, place, _ANSWER)
        return operations.propose_projects(world.act, scope, study, choices=["point-1"])[0]

    return world.once(("project", place), make)
