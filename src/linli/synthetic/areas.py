"""Layers of areas: subdistricts, communities, grid cells."""

import numpy as np
from numpy.typing import NDArray

from linli.domain.places.rules.package import LayerTable
from linli.synthetic import names, shapes
from linli.synthetic.district import District, count_up
from linli.synthetic.tables import table

Ints = NDArray[np.int64]


def layers(made: District) -> list[LayerTable]:
    """Subdistricts, communities, grid cells."""
    drawn, members = made.drawn, made.communities
    plan_tiles = shapes.bent(shapes.tiles([lot.block for lot in drawn.parcels]), made.land)
    of_community = np.repeat(np.arange(len(made.members)), [len(area.communities) for area in made.members])
    cell, cell_community = made.cell, made.cell_community
    cell_keys = [
        f"{members[c].code}-{n + 1:02d}" for n, c in zip(count_up(cell_community), cell_community, strict=True)
    ]
    return [
        table(
            "subdistricts",
            [area.code for area in made.members],
            shapes.unions(plan_tiles, of_community[drawn.community], len(made.members)),
            {"name": [area.name for area in made.members]},
            day=made.day,
        ),
        table(
            "communities",
            [member.code for member in members],
            shapes.unions(plan_tiles, drawn.community, len(members)),
            {
                "name": [member.name for member in members],
                "subdistrict": [made.members[k].code for k in of_community],
                "kind": [member.kind for member in members],
                "people": made.people.total,
            },
            day=made.day,
        ),
        table(
            "grid_cells",
            cell_keys,
            shapes.unions(plan_tiles, cell, cell_community.size),
            {
                "name": [
                    f"{names.short(members[int(k[0])].name)}第{int(k[1])}网格" for k in _cell_numbers(cell_community)
                ]
            },
            day=made.day,
        ),
    ]


def _cell_numbers(cell_community: Ints) -> Ints:
    return np.column_stack([cell_community, count_up(cell_community) + 1])
