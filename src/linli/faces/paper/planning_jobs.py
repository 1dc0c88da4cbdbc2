"""Exports of scenarios, sitings and units as jobs, like those of rounds: one file, for one person, for a day."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.utils import timezone, translation
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act, Channel
from linli.domain.people.rules import NotPermitted, Purpose, Scope
from linli.domain.places import queries as places
from linli.domain.planning import queries
from linli.domain.planning.queries import units
from linli.domain.planning.queries.units import NoSuchUnitStudy
from linli.domain.planning.rules.scenarios.faults import EditsRefused
from linli.faces.components.planning import files
from linli.faces.components.planning.effect_report import effect_report
from linli.faces.components.planning.effect_sheets import effect_sheets
from linli.faces.components.planning.siting_report import siting_report
from linli.faces.components.planning.siting_sheets import siting_sheets
from linli.faces.components.planning.unit_report import unit_report
from linli.faces.components.planning.unit_sheets import unit_sheets
from linli.faces.components.scope import scope_for
from linli.faces.paper import planning
from linli.faces.paper.planning import NothingToExport
from linli.runtime.jobs.registry import Running, job

FORMATS = tuple(ending.removeprefix(".") for ending in files.ENDINGS)


class ExportRefused(Exception):
    """Why there is no file, as a sentence for the person who asked."""


Write = Callable[[Scope, Path, datetime], tuple[int, str]]
"""Write the file; in whose chain the journal's line stands, and of what."""


def _export(running: Running, purpose: str, name: str, format: str, write: Write) -> Mapping[str, Any]:
    from linli.faces.paper.jobs import folder, sweep

    assert running.person is not None
    assert format in FORMATS, "the address names no other"
    act = Act(running.person, timezone.now(), Channel.ONLINE)
    sweep(act.at)
    scope = scope_for(act.actor, Purpose(purpose), timezone.localdate(act.at))
    running.progress(0, 1, _("正在写文件"))
    path = folder(running.id) / get_valid_filename(f"{name}.{format}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with translation.override("zh-hans"):
            home, of = write(scope, path, timezone.localtime(act.at))
    except (queries.NoSuchScenario, queries.NoSuchSiting, NoSuchUnitStudy):
        raise ExportRefused(_("这项内容已经没有了,或您看不到它。")) from None
    except NothingToExport:
        raise ExportRefused(_("还没有结果,算完以后再导出。")) from None
    except EditsRefused:
        raise ExportRefused(_("方案里有改动不成立,没有可导出的影响。请先在方案页改正。")) from None
    result = {"file": path.name, "purpose": purpose}
    journal.record(act, verb="paper.export", home=home, object=of, result=result)
    return {"name": path.name}


@job("paper.scenario", refusals=(NotPermitted, ExportRefused))
def scenario(
    running: Running, *, scenario: int, pack: str, day: str, slice: str, purpose: str, format: str
) -> Mapping[str, Any]:
    """The effect of a scenario by one standard in one time slice."""

    def write(scope: Scope, path: Path, at: datetime) -> tuple[int, str]:
        found = queries.scenario(scope, scenario)
        edition = places.edition(scope, found.district, number=found.edition_number)
        told = planning.scenario_told(scope, found, pack=pack, day=date.fromisoformat(day), slice=slice, at=at)
        page = planning.page(scope, edition, told.situation.name, f"{found.name} · {day}", at)
        files.write(path, effect_sheets(told), lambda: effect_report(told, page))
        return found.home, f"scenario:{scenario}"

    return _export(running, purpose, f"scenario-{scenario}", format, write)


@job("paper.siting", refusals=(NotPermitted, ExportRefused))
def siting(running: Running, *, siting: int, purpose: str, format: str) -> Mapping[str, Any]:
    """The answer of a siting with its reasons and its projects."""

    def write(scope: Scope, path: Path, at: datetime) -> tuple[int, str]:
        found = queries.siting(scope, siting)
        sited = planning.siting_told(scope, found)
        edition = places.edition_by_id(scope, found.edition)
        district = next(one.name for one in places.districts() if one.place == found.district)
        page = planning.page(scope, edition, district, f"{found.name} · {found.day.isoformat()}", at)
        files.write(path, siting_sheets(sited), lambda: siting_report(sited, page))
        return found.home, f"siting:{siting}"

    return _export(running, purpose, f"siting-{siting}", format, write)


@job("paper.units", refusals=(NotPermitted, ExportRefused))
def unit_proposals(
    running: Running, *, study: int, proposal: int | None, purpose: str, format: str
) -> Mapping[str, Any]:
    """One proposal of a study of units, or all that were drawn."""

    def write(scope: Scope, path: Path, at: datetime) -> tuple[int, str]:
        found = units.unit_study(scope, study)
        every = [one.id for one in units.unit_proposals(scope, study) if one.revises is None]
        if proposal is not None and units.unit_proposal(scope, proposal).study != study:
            raise NoSuchUnitStudy
        drawn = planning.units_drawn(scope, every if proposal is None else [proposal])
        edition = places.edition_by_id(scope, found.edition)
        district = next(one.name for one in places.districts() if one.place == found.district)
        page = planning.page(scope, edition, district, f"{found.name} · {found.day.isoformat()}", at)
        files.write(path, unit_sheets(drawn), lambda: unit_report(drawn, page))
        return found.district, f"unit_study:{study}"

    return _export(running, purpose, f"units-{proposal or study}", format, write)
