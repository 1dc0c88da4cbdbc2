"""Exports as jobs: each writes one file that only the person who asked for it can fetch."""

from collections.abc import Callable, Mapping
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
from linli.domain.people.rules import NotPermitted, Permission, Purpose, Scope, require
from linli.domain.places import queries as places
from linli.faces.components.scope import scope_for
from linli.faces.paper import reports, tables
from linli.faces.paper.typesetting import pdf
from linli.interchange.export import layer_sheet, write_geojson, write_geopackage, write_xlsx
from linli.runtime.jobs.registry import Running, job


def folder(job_id: int) -> Path:
    return Path(settings.VAR) / "exports" / str(job_id)


def _export(
    running: Running, round: int, name: str, write: Callable[[Scope, RoundValue, Path], None]
) -> Mapping[str, Any]:
    """Check the right, write the file, note it in the journal."""
    assert running.person is not None
    act = Act(running.person, timezone.now(), Channel.ONLINE)
    scope = scope_for(act.actor, Purpose.CHECKUP, timezone.localdate(act.at))
    found = checkup.round_by_id(scope, round)
    require(scope, Permission.EXPORT, found.district)
    running.progress(0, 1, _("正在写文件"))
    path = folder(running.id) / get_valid_filename(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    write(scope, found, path)
    journal.record(act, verb="paper.export", home=found.district, object=f"round:{round}", result={"file": path.name})
    return {"name": path.name}


@job("paper.district_report", refusals=(NotPermitted,))
def district_report(running: Running, *, round: int) -> Mapping[str, Any]:
    def write(scope: Scope, found: RoundValue, path: Path) -> None:
        name = next(area.name for area in places.areas_tree(scope) if area.place == found.district)
        path.write_bytes(
            pdf("report", reports.district_report(scope, found, name=name, printed_at=timezone.localtime()))
        )

    return _export(running, round, f"checkup-{round}.pdf", write)


@job("paper.workbook", refusals=(NotPermitted,))
def workbook(running: Running, *, round: int) -> Mapping[str, Any]:
    def write(scope: Scope, found: RoundValue, path: Path) -> None:
        write_xlsx(tables.round_sheets(scope, found), path)

    return _export(running, round, f"checkup-{round}.xlsx", write)


@job("paper.layers", refusals=(NotPermitted,))
def layers(running: Running, *, round: int, format: str) -> Mapping[str, Any]:
    """The district's layers and the graded communities as GeoPackage, or the communities alone as GeoJSON."""

    def write(scope: Scope, found: RoundValue, path: Path) -> None:
        graded = tables.community_layer(scope, found)
        if format == "geojson":
            write_geojson(graded, path)
            return
        package = places.package_of(scope, found.edition)
        plain = [layer_sheet(table) for key, table in package.layers.items() if key != "communities" and table.keys]
        write_geopackage([graded, *plain], path)

    return _export(running, round, f"checkup-{round}.{'geojson' if format == 'geojson' else 'gpkg'}", write)
