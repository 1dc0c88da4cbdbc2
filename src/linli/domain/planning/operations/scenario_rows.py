"""The rows behind acts on scenarios, and their lines in the journal."""

from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act
from linli.domain.people.rules import Permission, Scope, require
from linli.domain.planning import models, queries


class AlreadyWithdrawn(Exception):
    """The scenario was withdrawn before."""


class ScenarioChanged(Exception):
    """Somebody has revised the scenario since; ``revision`` is the number of the newest revision."""

    def __init__(self, revision: int) -> None:
        super().__init__(revision)
        self.revision = revision


def locked(scope: Scope, scenario: int) -> tuple[models.Scenario, models.ScenarioRevision]:
    """A scenario that the person may change, held until the act ends, and its newest revision."""
    seen = scope.places(Permission.VIEW_CHECKUP) | scope.places(Permission.PLAN)
    row = models.Scenario.objects.select_for_update().filter(pk=scenario, home_id__in=seen).first()
    if row is None:
        raise queries.NoSuchScenario(scenario)
    require(scope, Permission.PLAN, row.home_id)
    if row.withdrawn_at is not None:
        raise AlreadyWithdrawn(scenario)
    newest = row.revisions.order_by("-number").first()
    assert newest is not None
    return row, newest


def by(act: Act) -> dict[str, object]:
    return {"actor": act.actor, "behalf_of": act.behalf_of, "channel": act.channel, "at": act.at}


def record(act: Act, verb: str, row: models.Scenario, result: dict[str, object]) -> None:
    journal.record(act, verb=verb, home=row.home_id, object=f"scenario:{row.pk}", result=result)
