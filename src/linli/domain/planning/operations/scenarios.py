"""Make, revise, rename, share, carry over and withdraw a scenario."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils import timezone

from linli.domain.journal.rules import Act
from linli.domain.people.rules import NotPermitted, Permission, Scope, require
from linli.domain.places import queries as places
from linli.domain.places.queries import EditionValue
from linli.domain.planning import models, queries
from linli.domain.planning.measures.scenarios.ground import Ground, ground
from linli.domain.planning.measures.scenarios.resolving import resolve_all
from linli.domain.planning.measures.scenarios.touching import touched
from linli.domain.planning.operations import scenario_rows as rows
from linli.domain.planning.operations.scenario_effects import find_again
from linli.domain.planning.queries import ScenarioValue
from linli.domain.planning.rules.scenarios.edits import Edit, can_be_kept, to_json
from linli.domain.planning.rules.scenarios.faults import EditFault, EditsRefused
from linli.domain.planning.rules.scenarios.summaries import RevisionKind, fault_to_json
from linli.domain.standards import queries as standards

NAME_AT_MOST = 80
REASON_AT_MOST = 200


class NameNotPossible(Exception):
    """A scenario needs a name of at most 80 characters."""


class NameTaken(Exception):
    """Another scenario of the area has this name."""


class ReasonMissing(Exception):
    """Who withdraws a scenario says why, in at most 200 characters."""


class OutsideArea(Exception):
    """Edits lie outside the area that the scenario plans for; ``numbers`` names them, from 1."""

    def __init__(self, numbers: Sequence[int]) -> None:
        super().__init__(*numbers)
        self.numbers = tuple(numbers)


class SameEdition(Exception):
    """The scenario stands on that edition already."""


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """What came of carrying a scenario over: where it stands now, and what kept it where it was."""

    scenario: ScenarioValue
    faults: tuple[EditFault, ...]


@transaction.atomic
def create_scenario(
    act: Act,
    scope: Scope,
    *,
    district: int,
    name: str,
    edits: Sequence[Edit],
    home: int | None = None,
    edition: int | None = None,
    day: date | None = None,
    ground: Ground | None = None,
    cache: Path | None = None,
) -> ScenarioValue:
    """Keep a list of edits under a name; one journal line.

    Parameters
    ----------
    home : the area within which the edits lie, default the largest that the person may plan for and that holds them
    edition : id, default the newest
    day : what the scenario is dated, default the day of the act
    ground : of the edition's situation, where the caller has it

    Raises
    ------
    NotPermitted, NoSuchEdition, EmptyEdition, NameNotPossible, NameTaken, OutsideArea
    EditsRefused
        Naming every fault, in whatever time slice.
    """
    name = _named(name)
    on = _edition(scope, district, edition)
    area = _home(scope, district) if home is None else home
    require(scope, Permission.PLAN, area)
    _check(scope, on, edits, area, ground, cache)
    try:
        with transaction.atomic():
            row = models.Scenario.objects.create(
                district_id=district,
                home_id=area,
                name=name,
                day=day or timezone.localdate(act.at),
                **rows.by(act),
            )
    except IntegrityError as error:
        if "planning_scenario_name_once_an_area" in str(error):
            raise NameTaken(name) from error
        raise
    _revise(act, row, 1, RevisionKind.CREATED, on, edits)
    rows.record(act, "planning.create_scenario", row, {"name": name, "edits": len(edits), "edition": on.fingerprint})
    return queries.scenario(scope, row.pk)


@transaction.atomic
def revise_scenario(
    act: Act,
    scope: Scope,
    *,
    scenario: int,
    based_on: int,
    edits: Sequence[Edit],
    edition: int | None = None,
    ground: Ground | None = None,
    cache: Path | None = None,
) -> ScenarioValue:
    """Say something else by a scenario, as a new revision; what it said stays on record. Saying the same does nothing.

    Parameters
    ----------
    based_on : number of the revision that the person saw
    edition : id, default the scenario's own; a newer one moves the scenario there

    Raises
    ------
    NoSuchScenario, NotPermitted, NoSuchEdition, EmptyEdition, AlreadyWithdrawn, OutsideArea, EditsRefused
    ScenarioChanged
        If it was revised in the meantime.
    """
    row, newest = rows.locked(scope, scenario)
    on = _edition(scope, row.district_id, newest.edition_id if edition is None else edition)
    if newest.edits == to_json(edits) and newest.edition_id == on.id:
        return queries.scenario(scope, scenario)
    if newest.number != based_on:
        raise rows.ScenarioChanged(newest.number)
    _check(scope, on, edits, row.home_id, ground, cache)
    _revise(act, row, newest.number + 1, RevisionKind.REVISED, on, edits)
    result = {"revision": newest.number + 1, "edits": len(edits), "edition": on.fingerprint}
    rows.record(act, "planning.revise_scenario", row, result)
    return queries.scenario(scope, scenario)


@transaction.atomic
def carry_over(
    act: Act,
    scope: Scope,
    *,
    scenario: int,
    edition: int | None = None,
    ground: Ground | None = None,
    cache: Path | None = None,
) -> CarriedOver:
    """Put a scenario on another edition, by default the newest, as it is, and find its effects there anew: by every
    pack by which they were kept before.

    Where some of its edits do not hold there, it stays where it is and the reasons are kept with it, until somebody
    revises it.

    Raises
    ------
    NoSuchScenario, NotPermitted, NoSuchEdition, EmptyEdition, AlreadyWithdrawn, OutsideArea, SameEdition
    """
    row, newest = rows.locked(scope, scenario)
    on = _edition(scope, row.district_id, edition)
    if on.id == newest.edition_id:
        raise SameEdition(on.id)
    edits = queries.scenario(scope, scenario).edits
    result: dict[str, object] = {"edition": on.fingerprint}
    faults: tuple[EditFault, ...] = ()
    try:
        where = _check(scope, on, edits, row.home_id, ground, cache)
    except EditsRefused as refused:
        faults = refused.faults
        row.stuck_edition_id, row.stuck_faults = on.id, [fault_to_json(fault) for fault in faults]
        row.save(update_fields=["stuck_edition", "stuck_faults"])
        result["stuck"] = [[fault.number, fault.kind.value] for fault in faults]
    else:
        _revise(act, row, newest.number + 1, RevisionKind.CARRIED_OVER, on, edits)
        result["revision"] = newest.number + 1
        result["packs"] = find_again(act, scope, scenario, newest, where)
    rows.record(act, "planning.carry_over_scenario", row, result)
    return CarriedOver(queries.scenario(scope, scenario), faults)


@transaction.atomic
def rename_scenario(act: Act, scope: Scope, *, scenario: int, name: str) -> None:
    """Give a scenario another name.

    Raises
    ------
    NoSuchScenario, NotPermitted, AlreadyWithdrawn, NameNotPossible, NameTaken
    """
    name = _named(name)
    row, _ = rows.locked(scope, scenario)
    if row.name == name:
        return
    before, row.name = row.name, name
    try:
        with transaction.atomic():
            row.save(update_fields=["name"])
    except IntegrityError as error:
        raise NameTaken(name) from error
    rows.record(act, "planning.rename_scenario", row, {"before": before, "after": name})


@transaction.atomic
def share_scenario(act: Act, scope: Scope, *, scenario: int) -> str:
    """The token of a scenario's link, for whoever may see the check-up of any area of the district; made once.

    Raises
    ------
    NoSuchScenario, NotPermitted, AlreadyWithdrawn
    """
    row, _ = rows.locked(scope, scenario)
    if row.token is None:
        row.token = secrets.token_urlsafe(32)
        row.save(update_fields=["token"])
        rows.record(act, "planning.share_scenario", row, {})
    return row.token


@transaction.atomic
def stop_sharing_scenario(act: Act, scope: Scope, *, scenario: int) -> bool:
    """End a scenario's link; whether there was one.

    Raises
    ------
    NoSuchScenario, NotPermitted, AlreadyWithdrawn
    """
    row, _ = rows.locked(scope, scenario)
    if row.token is None:
        return False
    row.token = None
    row.save(update_fields=["token"])
    rows.record(act, "planning.stop_sharing_scenario", row, {})
    return True


@transaction.atomic
def withdraw_scenario(act: Act, scope: Scope, *, scenario: int, reason: str) -> None:
    """Take a scenario back. It stays on record with the reason, and its link ends.

    Raises
    ------
    NoSuchScenario, NotPermitted, AlreadyWithdrawn, ReasonMissing
    """
    reason = reason.strip()
    if not reason or len(reason) > REASON_AT_MOST:
        raise ReasonMissing
    row, _ = rows.locked(scope, scenario)
    row.withdrawn_at, row.withdrawn_because, row.token = act.at, reason, None
    row.save(update_fields=["withdrawn_at", "withdrawn_because", "token"])
    rows.record(act, "planning.withdraw_scenario", row, {"reason": reason})


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > NAME_AT_MOST or not can_be_kept(name):
        raise NameNotPossible(name)
    return name


def _edition(scope: Scope, district: int, edition: int | None) -> EditionValue:
    """The edition asked for, which has to be one of the district's own, else the newest."""
    if edition is None:
        return places.current(scope, district)
    found = places.edition_by_id(scope, edition)
    if found.district != district:
        raise places.NoSuchEdition(district, edition)
    return found


def _home(scope: Scope, district: int) -> int:
    """The largest area of a district that the person may plan for; the first of several."""
    held = scope.places(Permission.PLAN)
    areas = [area.place for area in places.areas_tree(scope) if area.district == district and area.place in held]
    if not areas:
        raise NotPermitted(Permission.PLAN, district)
    return areas[0]


def _check(
    scope: Scope, on: EditionValue, edits: Sequence[Edit], home: int, given: Ground | None, cache: Path | None
) -> Ground:
    """Refuse edits that do not hold on an edition or lie outside an area; what they were looked up in."""
    where = given
    if where is None or where.situation.fingerprint != on.fingerprint:
        kinds = tuple(kind.key for kind in standards.facility_kinds())
        where = ground(places.situation(scope, on.id, facility_kinds=kinds, area=home, cache=cache))
    resolve_all(where.situation, edits, slices=standards.time_slices(), ground=where)
    if home == on.district:
        return where
    inside = places.descendants([home], scope.day)
    place = where.situation.areas.place.tolist()
    outside = [
        number
        for number, rows in enumerate(touched(where, edits), start=1)
        if any(place[row] not in inside for row in rows)
    ]
    if outside:
        raise OutsideArea(outside)
    return where


def _revise(
    act: Act, row: models.Scenario, number: int, kind: RevisionKind, on: EditionValue, edits: Sequence[Edit]
) -> None:
    models.ScenarioRevision.objects.create(
        scenario=row,
        number=number,
        kind=kind.value,
        edition_id=on.id,
        edition_fingerprint=on.fingerprint,
        edits=to_json(edits),
        **rows.by(act),
    )
    if row.stuck_edition_id is not None:
        row.stuck_edition, row.stuck_faults = None, []
        row.save(update_fields=["stuck_edition", "stuck_faults"])
