"""Packages on the disk, as the command is given them."""

from dataclasses import replace
from pathlib import Path

from builders import a_small_district

from linli.interchange import export

KINDS = {"pharmacy": "daily_services", "clinic": "health_station", "canteen": "elder_meal"}


def a_written_package(folder: Path, **changes: object) -> Path:
    """The small district, its types and kinds as the packs spell them."""
    package = a_small_district(complete_kinds=frozenset(), **changes)
    layers = dict(package.layers)
    facilities = layers["facilities"]
    layers["facilities"] = replace(
        facilities, attributes=tuple({**r, "kind": KINDS.get(str(r["kind"]), r["kind"])} for r in facilities.attributes)
    )
    compounds = layers["compounds"]
    layers["compounds"] = replace(
        compounds,
        attributes=tuple(
            {**r, **({"type": str(r["type"]).lower()} if "type" in r else {})} for r in compounds.attributes
        ),
    )
    export.write_package(replace(package, layers=layers), folder)
    return folder
