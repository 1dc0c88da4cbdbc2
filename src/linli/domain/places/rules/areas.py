"""Communities in their subdistricts, and the cells of the grid."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.domain.places.rules import membership
from linli.domain.places.rules.package import LayerTable
from linli.domain.places.rules.records import Records
from linli.domain.places.rules.situation import Areas, GridCells

_CODE_LENGTH = 12
_SUBDISTRICT_DIGITS = 9


def areas(communities: Records, subdistricts: Records) -> Areas:
    return Areas(
        place=communities.place,
        code=communities.keys,
        name=communities.texts("name"),
        kind=tuple(
            kind or kind_of_code(code) for kind, code in zip(communities.texts("kind"), communities.keys, strict=True)
        ),
        area_m2=shapely.area(communities.shape),
        subdistrict=subdistrict_of(
            communities.keys,
            communities.values("subdistrict"),
            communities.point,
            subdistricts.keys,
            subdistricts.shape,
        ),
        subdistrict_place=subdistricts.place,
        subdistrict_code=subdistricts.keys,
        subdistrict_name=subdistricts.texts("name"),
    )


def kind_of_code(code: str) -> str:
    """Community or village by the last three of twelve digits of the statistical division code; "" where it does not
    say.
    """
    if len(code) != _CODE_LENGTH or not code.isdecimal():
        return ""
    number = int(code[-3:])
    for low, high, kind in _KIND_OF_NUMBER:
        if low <= number <= high:
            return kind
    return ""


# Statistical division codes, National Bureau of Statistics: the last three digits tell the kind.
_KIND_OF_NUMBER = (
    (1, 199, "community"),
    (200, 399, "village"),
    (400, 499, "community_like"),
    (500, 599, "village_like"),
)


def subdistrict_of(
    codes: tuple[str, ...],
    named: Sequence[object],
    points: NDArray[np.object_],
    subdistrict_keys: tuple[str, ...],
    shapes: NDArray[np.object_],
) -> NDArray[np.int32]:
    """Index of each community's subdistrict: as named, else by the first nine digits, else by place; -1 for none."""
    keys = {key: number for number, key in enumerate(subdistrict_keys)}
    said = [value or code[:_SUBDISTRICT_DIGITS] for value, code in zip(named, codes, strict=True)]
    return membership.named_else_at(said, keys, points, shapes)


def subdistrict_codes(communities: LayerTable, subdistricts: LayerTable | None) -> list[str | None]:
    """Code of each community's subdistrict by the same rule, None for none."""
    if subdistricts is None:
        return [None] * len(communities.keys)
    found = subdistrict_of(
        communities.keys,
        [record.get("subdistrict") for record in communities.attributes],
        membership.places_of(communities.geometry),
        subdistricts.keys,
        subdistricts.geometry,
    )
    return [subdistricts.keys[row] if row >= 0 else None for row in found]


def grid_cells(table: Records, communities: Records) -> GridCells:
    return GridCells(
        key=table.keys,
        name=table.texts("name"),
        place=table.place,
        community=membership.area_at(table.point, communities.shape),
    )
