"""Find what a scenario changes, and keep it: for all hours and for every time slice that it names."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from linli.compute.hierarchy import Hierarchy
from linli.compute.hierarchy import prepare as order_network
from linli.domain.checkup import queries as checkup
from linli.domain.checkup.rules import Answers
from linli.domain.journal.rules import Act
from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import queries as places
from linli.domain.places.rules.situation import Situation
from linli.domain.planning import models, queries
from linli.domain.planning.measures.scenarios import effects as measures
from linli.domain.planning.measures.scenarios.ground import Ground, ground
from linli.domain.planning.measures.scenarios.method import method_fingerprint
from linli.domain.planning.operations import scenario_rows as rows
from linli.domain.planning.queries import EffectValue, ScenarioValue
from linli.domain.planning.rules.scenarios.summaries import EffectSummary, summary_of, summary_to_json
from linli.domain.standards import queries as standards
from linli.domain.standards.rules import Pack


@dataclass(frozen=True, slots=True)
class Found:
    """The effect of one revision in one time slice by one pack, ready to be kept."""

    slice: str
    edited: str
    """Fingerprint of the situation with the edits."""
    summary: EffectSummary


@dataclass(frozen=True, slots=True)
class _ByPack:
    """Effects of one revision by one pack, with what they rest on."""

    pack_key: str
    pack_fingerprint: str
    answers_fingerprint: str
    day: date
    found: tuple[Found, ...]


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
    new = _store(act, newest, _ByPack(pack_key, pack_fingerprint, answers_fingerprint, day, tuple(effects)))
    if new:
        result: dict[str, object] = {"revision": revision, "pack": pack_key, "new": new}
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
    kinds = tuple(kind.key for kind in standards.facility_kinds())
    situation = places.situation(scope, value.edition, facility_kinds=kinds, area=value.home, cache=cache)
    (by_pack,) = _find(value, ground(situation), [pack_key], day or timezone.localdate(act.at), act.at)
    keep_effects(
        act,
        scope,
        scenario=scenario,
        revision=value.revision,
        pack_key=pack_key,
        pack_fingerprint=by_pack.pack_fingerprint,
        answers_fingerprint=by_pack.answers_fingerprint,
        day=by_pack.day,
        effects=by_pack.found,
    )
    return queries.effects(scope, [scenario], pack_key=pack_key)[scenario]


def find_again(act: Act, scope: Scope, scenario: int, before: models.ScenarioRevision, where: Ground) -> int:
    """Find and keep effects of the newest revision by the packs of an earlier one, within an act that writes its own
    line; the number of packs.
    """
    kept = models.ScenarioEffect.objects.filter(revision=before).order_by("pack_key")
    packs = list(kept.values_list("pack_key", flat=True).distinct())
    known = [key for key in packs if key in standards.packs()]
    if not known:
        return 0
    value = queries.scenario(scope, scenario)
    newest = models.ScenarioRevision.objects.get(scenario_id=scenario, number=value.revision)
    for by_pack in _find(value, where, known, timezone.localdate(act.at), act.at):
        _store(act, newest, by_pack)
    return len(known)


def _store(act: Act, revision: models.ScenarioRevision, by_pack: _ByPack) -> int:
    new = 0
    for one in by_pack.found:
        rests_on = (one.edited, by_pack.pack_fingerprint, by_pack.answers_fingerprint, by_pack.day.isoformat())
        _, is_new = models.ScenarioEffect.objects.get_or_create(
            revision=revision,
            pack_key=by_pack.pack_key,
            slice=one.slice,
            inputs=sha256("\0".join(rests_on).encode()).hexdigest(),
            method=method_fingerprint(),
            defaults={
                "pack_fingerprint": by_pack.pack_fingerprint,
                "day": by_pack.day,
                "summary": summary_to_json(one.summary),
                "actor": act.actor,
                "at": act.at,
            },
        )
        new += is_new
    return new


def _find(
    value: ScenarioValue, where: Ground, pack_keys: Sequence[str], day: date, answers_at: datetime
) -> Iterator[_ByPack]:
    """The effects of a scenario by some packs, at every hour that it names."""
    situation = where.situation
    ordered = order_network(situation.network)
    said = checkup.answers_in_force(situation.areas.place.tolist(), day=day, at=answers_at)
    answers = by_index(situation, said)
    for key in pack_keys:
        pack = standards.pack(key, day=day, district=value.district)
        found = tuple(_in_slice(value, where, ordered, pack, answers, day, slice) for slice in value.slices)
        yield _ByPack(key, pack.fingerprint, said.fingerprint, day, found)


def _in_slice(
    value: ScenarioValue, where: Ground, ordered: Hierarchy, pack: Pack, answers: Answers, day: date, slice: str
) -> Found:
    base = measures.base(
        where.situation,
        pack,
        answers,
        day,
        slice=slice,
        slices=standards.time_slices(),
        hierarchy=ordered,
        ground=where,
    )
    resolved = measures.resolved_over(base, value.edits)
    effect = measures.effect_of(base, resolved, measures.after(base, resolved))
    ranks = {grade.key: grade.rank for grade in pack.grades}
    return Found(slice, resolved.fingerprint, summary_of(effect, where.situation.areas.code, ranks))


def by_index(situation: Situation, said: checkup.AnswersInForce) -> Answers:
    """Answers by place of a community, by its index in the situation."""
    index = {place: number for number, place in enumerate(situation.areas.place.tolist())}
    return {(index[place], question): answer for (place, question), answer in said.answers.items()}
