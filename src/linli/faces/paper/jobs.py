"""Exports as jobs: each writes one file that only the person who asked for it can fetch, for a day."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from linli.domain.checkup import queries as checkup
from linli.domain.checkup.queries import RoundValue
from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act, Channel
from linli.domain.people.rules import NotPermitted, Permission, Purpose, Scope
from linli.domain.places import queries as places
from linli.domain.places.rules.layers import LAYERS
from linli.faces.components.scope import scope_for
from linli.faces.components.typesetting import pdf
from linli.faces.paper import tables
from linli.faces.paper.district_report import district_report as report_values
from linli.interchange.export import Sheet, layer_sheet, write_geojson, write_geopackage, write_xlsx
from linli.runtime.jobs.registry import Running, job

KEPT_FOR = timedelta(days=1)


def exports() -> Path:
    return Path(settings.VAR) / "exports"


def folder(job_id: int) -> Path:
    return exports() / str(job_id)


def sweep(at: datetime) -> int:
    """Delete the files of exports that are older than a day; how many there were."""
    old = [one for one in _folders() if one.stat().st_mtime < (at - KEPT_FOR).timestamp()]
    for one in old:
        shutil.rmtree(one, ignore_errors=True)
    return len(old)


def _folders() -> Iterator[Path]:
    return (one for one in exports().glob("*") if one.is_dir())


def area_of(scope: Scope, round: RoundValue) -> tuple[int, str]:
    """For which area someone exports a round: the district, else the largest of their own areas in it; and its name.

    Raises
    ------
    NotPermitted
        If the person may export nothing of this round.
    """
    held = scope.places(Permission.EXPORT)
    largest = ("district", "subdistricts", "communities")
    mine = [one for one in places.areas_tree(scope) if one.place in held and one.district == round.district]
    mine.sort(key=lambda one: (largest.index(one.layer), one.code))
    if not mine:
        raise NotPermitted(Permission.EXPORT, round.district)
    same = [one.name for one in mine if one.layer == mine[0].layer]
    return mine[0].place, same[0] if len(same) == 1 else _("%(name)s等") % {"name": same[0]}


def _export(
    running: Running, round: int, purpose: str, name: str, write: Callable[[Scope, RoundValue, Path], None]
) -> Mapping[str, Any]:
    """Check the right, write the file, note it in the journal."""
    assert running.person is not None
    act = Act(running.person, timezone.now(), Channel.ONLINE)
    sweep(act.at)
    scope = scope_for(act.actor, Purpose(purpose), timezone.localdate(act.at))
    found = checkup.round_by_id(scope, round)
    area, _name = area_of(scope, found)
    running.progress(0, 1, _("正在写文件"))
    path = folder(running.id) / get_valid_filename(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    write(scope, found, path)
    result = {"file": path.name, "purpose": purpose}
    journal.record(act, verb="paper.export", home=area, object=f"round:{round}", result=result)
    return {"name": path.name}


@job("paper.district_report", refusals=(NotPermitted,))
def district_report(running: Running, *, round: int, purpose: str) -> Mapping[str, Any]:
    """The report on all that the person may export of a round."""

    def write(scope: Scope, found: RoundValue, path: Path) -> None:
        _area, name = area_of(scope, found)
        path.write_bytes(pdf("report", report_values(scope, found, name=name, printed_at=timezone.localtime())))

    return _export(running, round, purpose, f"checkup-{round}.pdf", write)


@job("paper.workbook", refusals=(NotPermitted,))
def workbook(running: Running, *, round: int, purpose: str) -> Mapping[str, Any]:
    def write(scope: Scope, found: RoundValue, path: Path) -> None:
        write_xlsx(tables.round_sheets(scope, found), path)

    return _export(running, round, purpose, f"checkup-{round}.xlsx", write)


@job("paper.layers", refusals=(NotPermitted,))
def layers(running: Running, *, round: int, purpose: str, format: str) -> Mapping[str, Any]:
    """The layers as far as they are seen and the graded communities as GeoPackage, or the communities as GeoJSON."""

    def write(scope: Scope, found: RoundValue, path: Path) -> None:
        graded = tables.community_layer(scope, found)
        if format == "geojson":
            write_geojson(graded, path)
            return
        write_geopackage([graded, *_plain(scope, found)], path)

    return _export(running, round, purpose, f"checkup-{round}.{'geojson' if format == 'geojson' else 'gpkg'}", write)


def _plain(scope: Scope, round: RoundValue) -> list[Sheet]:
    """Every other layer of the round's edition that has records in sight."""
    found = {one.key: places.records(scope, one.key, round.edition) for one in LAYERS if one.key != "communities"}
    return [layer_sheet(tables.layer_table(layer, rows)) for layer, rows in found.items() if rows]
