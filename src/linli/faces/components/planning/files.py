"""Tables and pages of planning written to a file in the format that its ending names, whole or not at all."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from linli.faces.components.typesetting import pdf
from linli.interchange import export
from linli.interchange.export import Sheet

ENDINGS = (".gpkg", ".geojson", ".xlsx", ".pdf")


def write(path: Path, sheets: Sequence[Sheet], report: Callable[[], Mapping[str, Any]]) -> None:
    """Write the tables, or for ``.pdf`` the pages of the template ``report``, which is made only then."""
    ending = path.suffix.lower()
    with export.whole(path) as draft:
        if ending == ".pdf":
            draft.write_bytes(pdf("report", report()))
        elif ending == ".xlsx":
            export.write_xlsx([Sheet(one.key, one.title, one.columns) for one in sheets], draft)
        elif ending == ".geojson":
            export.write_geojson_layers(sheets, draft)
        else:
            export.write_geopackage(sheets, draft)
