"""Find what a scenario changes, and keep it: for all hours and for every time slice that it names."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from linli.compute.hierarchy import prepare as order_network
from linli.domain.checkup import queries as checkup
from linli.domain.checkup.rules import Answers
from linli.domain.journal.rules import Act
from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import queries as places
from linli.domain.places.rules.situation import Situation
from linli.domain.planning import models, queries
from linli.domain.planning.measures import effects as measures
from linli.domain.planning.measures.ground import ground
from linli.domain.planning.measures.scenario_method import method_fingerprint
from linli.domain.planning.operations import scenario_rows as rows
from linli.domain.planning.queries import EffectValue
from linli.domain.planning.rules.scenarios import EffectSummary, summary_of, summary_to_json
from linli.domain.standards import queries as standards


@dataclass(frozen=True, slots=True)
class Found:
    """The effect of one revision in one time slice by one pack, ready to be kept."""

    slice: str
    edited: str
    """Fingerprint of the situation with the edits."""
    summary: EffectSummary


@transaction.atomic
def keep_effects(
    act: Act,
    scope: Scope,
    *,
    scenario: int,
    revision: int,
    pack_key: str,
    pack_fingerprint: str,
    answers_fingerprint: str,
    day: date,
    effects: Iterable[Found],
) -> int:
    """Keep what a revision was found to change; equal inputs and method are kept once. Returns how many are new.

    Raises
    ------
    NoSuchScenario, NotPermitted, AlreadyWithdrawn
    ScenarioChanged
        If it was revised since the effects were found.
    """
    row, newest = rows.locked(scope, scenario)
    if newest.number != revision:
        raise rows.ScenarioChanged(newest.number)
    new = 0
    for one in effects:
        mark = "\0".join((one.edited, pack_fingerprint, answers_fingerprint, day.isoformat()))
        _, is_new = models.ScenarioEffect.objects.get_or_create(
            revision=newest,
            pack_key=pack_key,
            slice=one.slice,
            inputs=sha256(mark.encode()).hexdigest(),
            method=method_fingerprint(),
            defaults={
                "pack_fingerprint": pack_fingerprint,
                "day": day,
                "summary": summary_to_json(one.summary),
                "actor": act.actor,
                "at": act.at,
            },
        )
        new += is_new
    if new:
        result = {"revision": revision, "pack": pack_key, "new": new}
        rows.record(act, "planning.keep_scenario_effects", row, result)
    return new


def find_effects(
    act: Act,
    scope: Scope,
    *,
    scenario: int,
    pack_key: str,
    day: date | None = None,
    cache: Path | None = None,
) -> tuple[EffectValue, ...]:
    """Find what a scenario changes by a pack on a day, default that of the act, and keep it.

    What people had reported by the moment of the act counts. The work is done before anything is locked.

    Raises
    ------
    NoSuchScenario, NotPermitted, AlreadyWithdrawn, UnknownPack, PackFault, EmptyEdition
    EditsRefused
        If the edits do not hold any more, since what edits mean has changed.
    ScenarioChanged
        If it was revised while the effects were being found.
    """
    value = queries.scenario(scope, scenario)
    require(scope, Permission.PLAN, value.home)
    on = timezone.localdate(act.at) if day is None else day
    kinds = tuple(kind.key for kind in standards.facility_kinds())
    situation = places.situation(scope, value.edition, facility_kinds=kinds, area=value.home, cache=cache)
    pack = standards.pack(pack_key, day=on, district=value.district)
    said = checkup.answers_in_force(situation.areas.place.tolist(), day=on, at=act.at)
    ranks = {grade.key: grade.rank for grade in pack.grades}
    ready, ordered = ground(situation), order_network(situation.network)
    found = []
    for key in value.slices:
        base = measures.base(
            situation,
            pack,
            by_index(situation, said),
            on,
            slice=key,
            slices=standards.time_slices(),
            hierarchy=ordered,
            ground=ready,
        )
        resolved = measures.resolved_over(base, value.edits)
        effect = measures.effect_of(base, resolved, measures.after(base, resolved))
        found.append(Found(key, resolved.fingerprint, summary_of(effect, situation.areas.code, ranks)))
    keep_effects(
        act,
        scope,
        scenario=scenario,
        revision=value.revision,
        pack_key=pack_key,
        pack_fingerprint=pack.fingerprint,
        answers_fingerprint=said.fingerprint,
        day=on,
        effects=found,
    )
    return queries.effects(scope, [scenario], pack_key=pack_key)[scenario]


def by_index(situation: Situation, said: checkup.AnswersInForce) -> Answers:
    """Answers by place of a community, by its index in the situation."""
    index = {place: number for number, place in enumerate(situation.areas.place.tolist())}
    return {(index[place], question): answer for (place, question), answer in said.answers.items()}
