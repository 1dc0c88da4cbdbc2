"""Draw the units that were asked for, and keep every proposal; a search that is stopped keeps what it has."""

from collections.abc import Callable
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act
from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import queries as places
from linli.domain.places.rules.situation import Situation
from linli.domain.planning import models
from linli.domain.planning.measures.units import proposing as measures
from linli.domain.planning.operations.units import UnitStudyEnded, UnitStudyWithdrawn, proposal_fields
from linli.domain.planning.queries import units as queries
from linli.domain.planning.rules.units import keeping as unit_keeping
from linli.domain.planning.rules.units.proposals import Atoms, Proposal
from linli.domain.planning.rules.units.studies import UnitStudyState
from linli.domain.standards import queries as standards

__all__ = ["NoHomes", "draw_units"]

NoHomes = measures.NoHomes
"""Nobody lives in the district, so there is nothing to draw."""

Progress = Callable[[int, int, str], None]
"""Steps done, steps in all, and what comes next; it may raise to give the work up and keep nothing."""


def draw_units(
    act: Act,
    scope: Scope,
    *,
    study: int,
    cache: Path | None = None,
    should_stop: Callable[[], bool] | None = None,
    progress: Progress | None = None,
) -> queries.UnitStudyValue:
    """Search for proposals by the study's rules and keep them; one journal line.

    The search runs outside any transaction, so that a stop can be asked for meanwhile.

    Parameters
    ----------
    cache : folder in which situations are kept between calls
    should_stop : asked now and then; True ends the search with what it has

    Raises
    ------
    NotPermitted, NoSuchUnitStudy, UnitStudyWithdrawn, EmptyEdition, NoHomes
    UnitStudyEnded
        If it was drawn before: a worker that died may be asked twice.
    """
    row = _open(scope, study)
    tell = progress or _silent
    tell(0, 100, _("正在读取地图"))
    kinds = tuple(kind.key for kind in standards.facility_kinds())
    situation = places.situation(scope, row.edition_id, facility_kinds=kinds, cache=cache)
    package = places.package_of(scope, row.edition_id)
    rules = unit_keeping.rules_of_json(row.rules)
    tell(5, 100, _("正在切分基本块"))
    atoms = measures.atoms(situation, package, rules)
    found = measures.proposals(
        atoms,
        rules,
        runs=row.runs,
        seed=row.seed,
        should_stop=should_stop or _never,
        progress=lambda done, total: tell(10 + 85 * done // max(total, 1), 100, _("正在寻找划法")),
    )
    stopped = bool(should_stop and should_stop())
    return _keep(act, scope, study, situation, atoms, found, stopped=stopped)


@transaction.atomic
def _keep(
    act: Act,
    scope: Scope,
    study: int,
    situation: Situation,
    atoms: Atoms,
    found: tuple[Proposal, ...],
    *,
    stopped: bool,
) -> queries.UnitStudyValue:
    row = _open(scope, study, lock=True)
    row.atoms = _kept(atoms, situation)
    row.method = measures.method_fingerprint()
    row.state = UnitStudyState.STOPPED if stopped else UnitStudyState.DRAWN
    row.ended_at = act.at
    row.save(update_fields=["atoms", "method", "state", "ended_at"])
    models.UnitProposal.objects.bulk_create(
        models.UnitProposal(**proposal_fields(row, number, proposal), actor=act.actor, at=act.at)
        for number, proposal in enumerate(found, start=1)
    )
    journal.record(
        act,
        verb="planning.draw_units",
        home=row.district_id,
        object=f"unit_study:{row.pk}",
        result={"proposals": len(found), "atoms": len(atoms), "method": row.method, "stopped": stopped},
    )
    return queries.study_value(row)


def _open(scope: Scope, study: int, *, lock: bool = False) -> models.UnitStudy:
    rows = models.UnitStudy.objects.select_for_update() if lock else models.UnitStudy.objects.all()
    row = queries.visible_study(scope, rows.filter(pk=study))
    require(scope, Permission.PLAN, row.district_id)
    if row.withdrawn_at is not None:
        raise UnitStudyWithdrawn(study)
    if row.state != UnitStudyState.ASKED:
        raise UnitStudyEnded(study)
    return row


def _kept(atoms: Atoms, situation: Situation) -> models.KeptAtoms:
    row, _is_new = models.KeptAtoms.objects.get_or_create(
        fingerprint=atoms.fingerprint,
        defaults={
            "content": unit_keeping.packed_atoms(atoms),
            "community_places": situation.areas.place.tolist(),
        },
    )
    return row


def _silent(done: int, total: int, message: str) -> None:
    """Report nothing."""


def _never() -> bool:
    return False
