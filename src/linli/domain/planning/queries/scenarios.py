"""Scenarios: what they say, how they stand to the newest edition, what they were found to change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from linli.domain.people.rules import NotPermitted, Permission, Scope
from linli.domain.places import queries as places
from linli.domain.planning import models
from linli.domain.planning.measures.scenarios.method import method_fingerprint
from linli.domain.planning.rules.scenarios.edits import Edit, can_be_kept, from_json
from linli.domain.planning.rules.scenarios.faults import EditFault
from linli.domain.planning.rules.scenarios.summaries import (
    EffectSummary,
    RevisionKind,
    Standing,
    fault_from_json,
    summary_from_json,
)


class NoSuchScenario(Exception):
    """No scenario of this id or link, or none that the scope may see."""


@dataclass(frozen=True, slots=True)
class ScenarioValue:
    """A scenario as its newest revision has it."""

    id: int
    district: int
    home: int
    name: str
    day: date
    edition: int
    edition_number: int
    edition_fingerprint: str
    newest_edition: int
    revision: int
    """Number of the revision, from 1; who revises says on which they build."""
    edits: tuple[Edit, ...]
    standing: Standing
    stuck_faults: tuple[EditFault, ...]
    """Why it could not be carried over to the newest edition."""
    token: str
    """Of its link; "" where it is not shared."""
    withdrawn_at: datetime | None
    withdrawn_because: str
    actor: int
    at: datetime
    revised_by: int
    revised_at: datetime

    @property
    def slices(self) -> tuple[str, ...]:
        """Time slices for which the scenario says something else than for all hours: "" first, then those named."""
        return tuple(dict.fromkeys(["", *(key for edit in self.edits for key in edit.slices)]))

    @property
    def cost_fen(self) -> int:
        """Of the edits whose cost is said."""
        return sum(edit.cost_fen for edit in self.edits if edit.cost_fen is not None)

    @property
    def cost_unknown(self) -> int:
        return sum(edit.cost_fen is None for edit in self.edits)


@dataclass(frozen=True, slots=True)
class RevisionValue:
    number: int
    kind: RevisionKind
    edition: int
    edition_number: int
    edits: tuple[Edit, ...]
    actor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class EffectValue:
    """What a revision was found to change, as it was kept."""

    scenario: int
    revision: int
    pack_key: str
    pack_fingerprint: str
    slice: str
    day: date
    inputs: str
    at: datetime
    is_of_this_method: bool
    summary: EffectSummary


def scenarios(scope: Scope, district: int, *, withdrawn: bool = False) -> tuple[ScenarioValue, ...]:
    """The scenarios of a district whose areas the scope sees, newest first; withdrawn ones only where asked for."""
    rows = _seen(scope).filter(scenario__district_id=district)
    if not withdrawn:
        rows = rows.filter(scenario__withdrawn_at=None)
    return _values(rows.order_by("-scenario_id"))


def scenario(scope: Scope, scenario: int) -> ScenarioValue:
    """One scenario.

    Raises
    ------
    NoSuchScenario
    """
    return _only(_seen(scope).filter(scenario_id=scenario), scenario)


def by_token(scope: Scope, token: str) -> ScenarioValue:
    """The scenario that a link names, for whoever sees the check-up of any area of its district.

    Raises
    ------
    NoSuchScenario
    """
    if not can_be_kept(token):
        raise NoSuchScenario(0)
    found = _only(_newest().filter(scenario__token=token, scenario__withdrawn_at=None), 0)
    seen = scope.places(Permission.VIEW_CHECKUP)
    try:
        if not seen:
            raise NotPermitted(Permission.VIEW_CHECKUP, found.district)
        places.edition_by_id(scope, found.edition)
    except NotPermitted:
        raise NoSuchScenario(found.id) from None
    return found


def revisions(scope: Scope, scenario: int) -> tuple[RevisionValue, ...]:
    """Everything that a scenario has said, newest first.

    Raises
    ------
    NoSuchScenario
    """
    if not _seen(scope).filter(scenario_id=scenario).exists():
        raise NoSuchScenario(scenario)
    rows = models.ScenarioRevision.objects.filter(scenario_id=scenario).select_related("edition")
    return tuple(
        RevisionValue(
            row.number,
            RevisionKind(row.kind),
            row.edition_id,
            row.edition.number,
            from_json(row.edits),
            row.actor,
            row.at,
        )
        for row in rows.defer("edition__header", "edition__population_grid").order_by("-number")
    )


def effects(scope: Scope, scenarios: Iterable[int], *, pack_key: str = "") -> Mapping[int, tuple[EffectValue, ...]]:
    """Scenario → the newest effect kept of its newest revision, for each pack and time slice. One question for all."""
    newest = _seen(scope).filter(scenario_id__in=list(scenarios)).values("id")
    rows = models.ScenarioEffect.objects.filter(revision_id__in=newest).select_related("revision")
    if pack_key:
        rows = rows.filter(pack_key=pack_key)
    kept: dict[tuple[int, str, str], EffectValue] = {}
    for row in rows.order_by("id"):
        kept[row.revision.scenario_id, row.pack_key, row.slice] = _effect(row)
    found: dict[int, tuple[EffectValue, ...]] = {}
    for (of, _, _), value in kept.items():
        found[of] = (*found.get(of, ()), value)
    return found


def is_effect_current(scenario: int, *, pack_key: str = "", pack_fingerprint: str = "") -> bool:
    """Whether a scenario stands on the newest edition and its effect at all its hours is kept by today's method.

    With a pack only effects by that pack count, with a fingerprint only those by the pack as it is now. Takes no scope:
    a step of a procedure asks, and learns no more than this.
    """
    row = _newest().filter(scenario_id=scenario, scenario__withdrawn_at=None).first()
    if row is None:
        return False
    value = _values([row])[0]
    if value.standing is not Standing.CURRENT:
        return False
    kept = models.ScenarioEffect.objects.filter(revision_id=row.pk, method=method_fingerprint())
    if pack_key:
        kept = kept.filter(pack_key=pack_key)
    if pack_fingerprint:
        kept = kept.filter(pack_fingerprint=pack_fingerprint)
    by_pack: dict[str, set[str]] = {}
    for key, slice in kept.values_list("pack_key", "slice"):
        by_pack.setdefault(key, set()).add(slice)
    return any(set(value.slices) <= slices for slices in by_pack.values())


def _newest() -> "QuerySet[models.ScenarioRevision]":
    """The newest revision of each scenario."""
    latest = models.ScenarioRevision.objects.order_by("scenario_id", "-number").distinct("scenario_id").values("id")
    return (
        models.ScenarioRevision.objects.filter(id__in=latest)
        .select_related("scenario", "edition")
        .defer("edition__header", "edition__population_grid")
    )


def _seen(scope: Scope) -> "QuerySet[models.ScenarioRevision]":
    return _newest().filter(scenario__home_id__in=scope.places(Permission.VIEW_CHECKUP))


def _only(rows: "QuerySet[models.ScenarioRevision]", scenario: int) -> ScenarioValue:
    found = _values(rows)
    if not found:
        raise NoSuchScenario(scenario)
    return found[0]


def _values(rows: Iterable[models.ScenarioRevision]) -> tuple[ScenarioValue, ...]:
    found = list(rows)
    newest = places.newest_of({row.scenario.district_id for row in found}) if found else {}
    return tuple(_value(row, newest[row.scenario.district_id]) for row in found)


def _value(row: models.ScenarioRevision, newest: places.NewestEdition) -> ScenarioValue:
    of = row.scenario
    return ScenarioValue(
        id=of.pk,
        district=of.district_id,
        home=of.home_id,
        name=of.name,
        day=of.day,
        edition=row.edition_id,
        edition_number=row.edition.number,
        edition_fingerprint=row.edition_fingerprint,
        newest_edition=newest.id,
        revision=row.number,
        edits=from_json(row.edits),
        standing=_standing(row, newest),
        stuck_faults=tuple(fault_from_json(fault) for fault in of.stuck_faults),
        token=of.token or "",
        withdrawn_at=of.withdrawn_at,
        withdrawn_because=of.withdrawn_because,
        actor=of.actor,
        at=of.at,
        revised_by=row.actor,
        revised_at=row.at,
    )


def _standing(row: models.ScenarioRevision, newest: places.NewestEdition) -> Standing:
    """Another edition of equal content is no other."""
    if row.scenario.withdrawn_at is not None:
        return Standing.WITHDRAWN
    if newest.fingerprint == row.edition_fingerprint:
        return Standing.CURRENT
    return Standing.STUCK if row.scenario.stuck_edition_id == newest.id else Standing.OLDER


def _effect(row: models.ScenarioEffect) -> EffectValue:
    return EffectValue(
        scenario=row.revision.scenario_id,
        revision=row.revision.number,
        pack_key=row.pack_key,
        pack_fingerprint=row.pack_fingerprint,
        slice=row.slice,
        day=row.day,
        inputs=row.inputs,
        at=row.at,
        is_of_this_method=row.method == method_fingerprint(),
        summary=summary_from_json(row.summary),
    )
