"""A proposal as a file to take away."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from linli.domain.people.rules import Permission
from linli.domain.planning.queries import units as queries
from linli.domain.planning.rules.units import Proposal
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request
from linli.faces.desk.frame import Frame
from linli.faces.desk.planning.unit_files import atom_sheet, unit_sheet
from linli.faces.desk.views.planning.unit_proposals import proposal_of
from linli.faces.desk.views.planning.units import READING
from linli.interchange.export import Sheet, write_geojson, write_geopackage, write_xlsx


def _first(sheets: list[Sheet], path: Path) -> None:
    """GeoJSON holds one table: the units."""
    write_geojson(sheets[0], path)


FORMS: dict[str, tuple[Callable[[list[Sheet], Path], None], str]] = {
    "gpkg": (write_geopackage, "application/geopackage+sqlite3"),
    "geojson": (_first, "application/geo+json"),
    "xlsx": (write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


@require_GET
@declares(Permission.EXPORT, purpose=READING)
def export(request: Request, study: int, proposal: int, form: str) -> HttpResponse:
    if form not in FORMS:
        raise Http404
    frame = Frame(request)
    _study, value = proposal_of(frame, study, proposal)
    write, content_type = FORMS[form]
    name = f"units-{study}-{value.number}.{value.revision}.{form}"
    answer = HttpResponse(_file(frame, queries.drawn_proposal(frame.scope, value.id), write, name), content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _file(frame: Frame, drawn: Proposal, write: Callable[[list[Sheet], Path], None], name: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="linli-units-") as folder:
        path = Path(folder) / name
        write([unit_sheet(drawn, dict(frame.kinds)), atom_sheet(drawn)], path)
        return path.read_bytes()
