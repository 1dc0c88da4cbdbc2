"""Run a round; compute an old one again by today's method."""

import zlib
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from linli.domain.checkup import models, queries
from linli.domain.checkup.measures import CheckupResult, Reach, check_up, method_fingerprint, prepare
from linli.domain.checkup.queries.rounds import kept_pack, value
from linli.domain.checkup.rules import Answers, Finding, keeping
from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act
from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import queries as places
from linli.domain.places.rules.situation import PeopleSource, Situation
from linli.domain.standards import queries as standards
from linli.domain.standards.rules import Pack

Progress = Callable[[int, int, str], None]
"""Steps done, steps in all, and what comes next; it may raise to stop the work."""

_STEPS = 4


class SameRound(Exception):
    """The old round was computed by today's method already; there is nothing to recompute."""


@transaction.atomic
def run_round(
    act: Act,
    scope: Scope,
    *,
    district: int,
    pack_key: str,
    day: date,
    edition: int | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> queries.RoundValue:
    """Measure all communities of a district by a pack, grade them and keep everything; one journal line.

    Parameters
    ----------
    edition : id, default the newest
    cache : folder in which situations are kept between calls

    Raises
    ------
    NotPermitted, NoSuchEdition, EmptyEdition, UnknownPack, PackFault
    """
    require(scope, Permission.RUN_CHECKUP, district)
    of = _edition(scope, district, edition)
    pack = standards.pack(pack_key, day=day, district=district)
    row = _run(act, scope, district, of, pack, day, act.at, None, cache, progress or _silent)
    return value(row)


@transaction.atomic
def recompute(
    act: Act, scope: Scope, *, round: int, cache: Path | None = None, progress: Progress | None = None
) -> queries.RoundValue:
    """Compute an old round's inputs by today's method. The new round stands beside the old one, which stays as it is.

    Raises
    ------
    NotPermitted, NoSuchRound
    SameRound
        If the method has not changed since.
    """
    old = queries.round_by_id(scope, round)
    require(scope, Permission.RUN_CHECKUP, old.district)
    if old.method == method_fingerprint():
        raise SameRound(round)
    pack = kept_pack(round)
    row = _run(act, scope, old.district, old.edition, pack, old.day, old.answers_at, round, cache, progress or _silent)
    return value(row)


def _edition(scope: Scope, district: int, edition: int | None) -> int:
    """The edition asked for, which has to be one of the district's own, else the newest."""
    if edition is None:
        return places.current(scope, district).id
    found = places.edition_by_id(scope, edition)
    if found.district != district:
        raise places.NoSuchEdition(district, edition)
    return edition


def _silent(done: int, total: int, message: str) -> None:
    """Report nothing."""


def _run(
    act: Act,
    scope: Scope,
    district: int,
    edition: int,
    pack: Pack,
    day: date,
    answers_at: datetime,
    recomputes: int | None,
    cache: Path | None,
    progress: Progress,
) -> models.Round:
    progress(0, _STEPS, _("正在读取地图"))
    kinds = tuple(kind.key for kind in standards.facility_kinds())
    situation = places.situation(scope, edition, facility_kinds=kinds, cache=cache)
    said = queries.answers_in_force(situation.areas.place.tolist(), day=day, at=answers_at)
    progress(1, _STEPS, _("正在计算步行距离"))
    reach = prepare(situation)
    progress(2, _STEPS, _("正在测算指标"))
    answers = by_index(situation, said)
    result = check_up(situation, pack, answers, day, reach=reach)
    progress(3, _STEPS, _("正在保存结果"))
    row = models.Round.objects.create(
        district_id=district,
        edition_id=edition,
        edition_fingerprint=situation.fingerprint,
        pack=_keep_pack(pack),
        pack_key=pack.key,
        walks=_keep_walks(situation, reach),
        day=day,
        answers_at=answers_at,
        answers_fingerprint=said.fingerprint,
        inputs=_inputs(situation.fingerprint, pack.fingerprint, said.fingerprint, day),
        method=method_fingerprint(),
        recomputes_id=recomputes,
        bands_known=situation.bands_known,
        synthetic=situation.synthetic,
        actor=act.actor,
        behalf_of=act.behalf_of,
        channel=act.channel,
        at=act.at,
    )
    _store(row.pk, situation, result)
    journal.record(
        act,
        verb="checkup.recompute" if recomputes else "checkup.run_round",
        home=district,
        object=f"round:{row.pk}",
        result={"pack": pack.key, "day": day, "edition": situation.fingerprint, "inputs": row.inputs},
    )
    progress(4, _STEPS, "")
    return row


def by_index(situation: Situation, said: queries.AnswersInForce) -> Answers:
    """Answers by place of a community, by its index in the situation."""
    index = {place: number for number, place in enumerate(situation.areas.place.tolist())}
    return {(index[place], question): answer for (place, question), answer in said.answers.items()}


def _inputs(edition: str, pack: str, answers: str, day: date) -> str:
    return sha256("\0".join((edition, pack, answers, day.isoformat())).encode()).hexdigest()


def _keep_pack(pack: Pack) -> models.KeptPack:
    row, _is_new = models.KeptPack.objects.get_or_create(
        key=pack.key, fingerprint=pack.fingerprint, defaults={"content": keeping.packed(pack)}
    )
    return row


def _keep_walks(situation: Situation, reach: Reach) -> models.Walks:
    """The distances from every inhabited building to every kind, unless a round on the same edition kept them."""
    buildings = situation.buildings.place[reach.rows]
    row, is_new = models.Walks.objects.get_or_create(
        edition_fingerprint=situation.fingerprint,
        method=method_fingerprint(),
        defaults={
            "buildings": buildings.astype("<i8").tobytes(),
            "communities": situation.areas.place[reach.community].astype("<i8").tobytes(),
        },
    )
    if is_new:
        columns = enumerate(situation.facility_kinds)
        models.WalksToKind.objects.bulk_create(
            models.WalksToKind(
                walks=row,
                kind=kind,
                distance_cm=zlib.compress(np.ascontiguousarray(reach.distance_cm[:, n], dtype="<i4").tobytes(), 1),
            )
            for n, kind in columns
        )
    return row


# --- Storing --------------------------------------------------------------------------------------------------------


def _store(round: int, situation: Situation, result: CheckupResult) -> None:
    place = situation.areas.place.tolist()
    _copy(
        "COPY checkup_result (round_id, community_id, indicator, value, numerator, denominator, unit, state, reason,"
        " at_minimum, at_target, required, marked, estimated, lower_bound, thresholds) FROM STDIN",
        (_result_row(round, place, finding) for finding in result.findings),
    )
    _copy(
        "COPY checkup_graderesult (round_id, community_id, subdistrict_id, code, name, people, people_estimated, types,"
        " grade, next_grade, reasons) FROM STDIN",
        _grade_rows(round, situation, result),
    )
    building = situation.buildings.place
    _copy(
        "COPY checkup_shortfall (round_id, community_id, indicator, people, people_total, buildings) FROM STDIN",
        (
            (
                round,
                place[short.community],
                short.indicator,
                list(short.people),
                short.people_total,
                Jsonb([[int(building[b]), cm] for b, cm in short.buildings]),
            )
            for short in result.shortfalls
        ),
    )


def _copy(statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _result_row(round: int, place: list[int], finding: Finding) -> tuple[Any, ...]:
    figure = finding.value
    return (
        round,
        place[finding.community],
        finding.indicator,
        figure.number,
        figure.numerator,
        figure.denominator,
        figure.unit,
        finding.state.value,
        finding.reason.value if finding.reason else "",
        finding.at_minimum,
        finding.at_target,
        finding.required,
        finding.marked,
        figure.estimated,
        figure.lower_bound,
        list(finding.thresholds),
    )


def _grade_rows(round: int, situation: Situation, result: CheckupResult) -> Iterable[tuple[Any, ...]]:
    areas, buildings = situation.areas, situation.buildings
    people = np.zeros((len(areas.code), buildings.people.shape[1]), dtype=np.int64)
    inside = buildings.community >= 0
    np.add.at(people, buildings.community[inside], buildings.people[inside])
    guessed = inside & (buildings.people.sum(axis=1) > 0) & (buildings.people_source != PeopleSource.REGISTER)
    estimated = np.bincount(buildings.community[guessed], minlength=len(areas.code)) > 0
    verdicts = {verdict.community: verdict for verdict in result.verdicts}
    for community, place in enumerate(areas.place.tolist()):
        verdict = verdicts.get(community)
        at = int(areas.subdistrict[community])
        yield (
            round,
            place,
            int(areas.subdistrict_place[at]) if at >= 0 else None,
            areas.code[community],
            areas.name[community],
            people[community].tolist(),
            bool(estimated[community]),
            sorted(result.types[community]),
            verdict.grade if verdict else None,
            verdict.next_grade if verdict else "",
            Jsonb([asdict(reason) for reason in verdict.reasons] if verdict else []),
        )
